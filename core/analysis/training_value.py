"""What a network makes of its training images once it is trained: not what the curve of the training shows.

The curve is measured batch by batch while the weights change, with dropout and augmentation on.
"""

from dataclasses import dataclass

import numpy as np

from core.analysis.accuracy import share_correct
from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.models.functional import mean_loss
from core.models.numpy_model import NumpyModel
from core.models.shapes import multiplications

MOST_IMAGES, FEWEST_IMAGES = 10_000, 500
MOST_PRODUCTS = 2e10
"""About a second of one core: of large networks fewer images are read."""


@dataclass(frozen=True)
class TrainingValue:
    """Accuracy (0–1) and mean loss on this many training images, as they are and with the whole network."""

    accuracy: float
    loss: float
    images: int


def training_value(model: NumpyModel, train: ImageDataset) -> TrainingValue:
    """Measure a trained network on training images, evenly spread over all of them where there are too many."""
    affordable = int(MOST_PRODUCTS / multiplications(model.config, len(model.class_names)))
    count = min(len(train), max(FEWEST_IMAGES, min(MOST_IMAGES, affordable)))
    positions = np.linspace(0, len(train) - 1, count).astype(np.int64)
    logits, labels = model.logits(train.images[positions]), train.labels[positions]
    loss = mean_loss(model.config.loss, logits, labels)
    return TrainingValue(share_correct(logits, labels), loss, count)


def training_conditions(config: TrainConfig) -> str:
    """What made training harder than reading: ``dropout on``, ``dropout and augmentation on``, or nothing."""
    harder = [
        name
        for name, is_on in (
            ("dropout", config.dropout > 0),
            ("augmentation", config.augments),
            ("mixup", config.mixup > 0),
        )
        if is_on
    ]
    *others, last = harder or [""]
    return f"{', '.join(others)} and {last} on" if others else f"{last} on" if last else ""
