"""Teacher: a trained network that answers for the very images that another is being trained on."""

import torch
from torch import Tensor

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.models.build import build_network
from core.models.distillation import Lesson
from core.models.numpy_model import NumpyModel


class Teacher:
    """A network on the device of its pupil.

    Parameters
    ----------
    config
        Of the pupil: how much the teacher counts, and at which temperature.
    normalisation
        Of the pupil’s images, which the teacher may have seen at another scale.
    """

    def __init__(
        self, model: NumpyModel, config: TrainConfig, normalisation: Normalisation, device: torch.device
    ) -> None:
        self._share, self._temperature = config.teacher_share, config.temperature
        self._network = build_network(model.config, len(model.class_names))
        self._network.to_device(device)
        self._network.load_weights(model.weights)
        theirs = model.normalisation
        self._is_same_scale = theirs == normalisation
        self._factor = normalisation.std / theirs.std
        self._shift = (normalisation.mean - theirs.mean) / theirs.std

    @torch.no_grad()
    def lesson(self, images: Tensor) -> Lesson:
        """What it says of normalised, changed, mixed images ``(B, 784)``."""
        seen = images if self._is_same_scale else images * self._factor + self._shift
        answers = torch.softmax(self._network(seen) / self._temperature, 1)
        return Lesson(answers, self._share, self._temperature)
