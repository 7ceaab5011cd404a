"""NumpyModel: a trained network that answers without PyTorch, for the server."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES, IMAGE_SIDE, Normalisation
from core.errors import RunError
from core.preprocessing import normalise

_CHUNK = 1_000
Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class NumpyModel:
    """Weights of one run at one moment, with what is needed to use them.

    Parameters
    ----------
    run_id
        The run that trained them.
    weights
        float32 by name: ``layers.0.weight`` of shape ``(outputs, inputs)``, ``layers.0.bias`` of ``(outputs,)``, …

    Raises
    ------
    RunError
        If names or shapes are not those of the config's network.
    """

    run_id: str
    config: TrainConfig
    weights: Weights
    normalisation: Normalisation
    class_names: tuple[str, ...] = DIGIT_NAMES

    def __post_init__(self) -> None:
        check_weights(self.config, self.weights, classes=len(self.class_names))

    def layers(self) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        """Weight ``(outputs, inputs)`` and bias ``(outputs,)`` from the first layer to the last."""
        for index in range(self.config.hidden_layers + 1):
            yield self.weights[f"layers.{index}.weight"], self.weights[f"layers.{index}.bias"]

    def logits(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Scores ``(N, K)``, float32, of uint8 images ``(N, 28, 28)``."""
        parts = [self._forward(images[start : start + _CHUNK]) for start in range(0, len(images), _CHUNK)]
        return np.concatenate(parts) if parts else np.empty((0, len(self.class_names)), dtype=np.float32)

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Softmax of the logits, float32 ``(N, K)``; rows sum to 1."""
        logits = self.logits(images)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: NDArray[np.float32] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return probabilities

    def first_layer_images(self) -> NDArray[np.float32]:
        """Incoming weights of each unit of the first layer, float32 ``(units, 28, 28)``."""
        return self.weights["layers.0.weight"].reshape(-1, IMAGE_SIDE, IMAGE_SIDE)

    def _forward(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        a = normalise(images, self.normalisation)
        *hidden, (last_weight, last_bias) = self.layers()
        for weight, bias in hidden:
            a = _activate(self.config.activation, a @ weight.T + bias)
        return a @ last_weight.T + last_bias


def check_weights(config: TrainConfig, weights: Weights, *, inputs: int = 784, classes: int = 10) -> None:
    """Raise RunError unless names and shapes are those of the config's network."""
    widths = config.layer_widths(inputs, classes)
    expected: dict[str, tuple[int, ...]] = {}
    for index, (fan_in, fan_out) in enumerate(pairwise(widths)):
        expected |= {f"layers.{index}.weight": (fan_out, fan_in), f"layers.{index}.bias": (fan_out,)}
    found = {name: array.shape for name, array in weights.items()}
    if found != expected:
        raise RunError(f"The weights do not fit a {'-'.join(map(str, widths))} network.")


def _activate(name: str, z: NDArray[np.float32]) -> NDArray[np.float32]:
    if name == "relu":
        return np.maximum(z, 0)
    if name == "tanh":
        return np.tanh(z)
    # exp of a large positive number overflows; the logistic function through tanh never does.
    half: NDArray[np.float32] = np.float32(0.5) * (1 + np.tanh(z / 2))
    return half
