"""How many images a training run would be given, told from the catalogue without loading any."""

import math
from dataclasses import dataclass

from core.config import TrainConfig
from core.data.dataset import DatasetEntry
from core.data.splits import held_out_size


@dataclass(frozen=True)
class SplitSizes:
    """Numbers of images."""

    train: int
    validation: int
    test: int


def split_sizes(config: TrainConfig, entry: DatasetEntry) -> SplitSizes:
    """As :func:`core.data.splits.make_splits` would divide them.

    With class imbalance the training images are counted as if all classes had been equally common.
    """
    test = entry.test_images or held_out_size(config.test_size, entry.images, config.split)
    rest = entry.images if entry.test_images else entry.images - test
    validation = held_out_size(config.validation_size, rest, config.split)
    train = max(0, rest - validation)
    if config.split == "in_order":
        # There "the first 1,000" are taken before classes become rarer.
        train = min(train, config.training_size)
    train = round(train * _share_kept(config.imbalance, len(entry.class_names)))
    return SplitSizes(min(train, config.training_size), validation, test)


def _share_kept(imbalance: float, classes: int) -> float:
    """Mean over the classes of the share that each keeps: 1 of the first, ``1 - imbalance`` of the last."""
    if not imbalance:
        return 1.0
    shares = [math.pow(1 - imbalance, label / max(1, classes - 1)) for label in range(classes)]
    return sum(shares) / classes
