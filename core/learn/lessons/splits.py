"""Which images a split sets aside, from their labels alone."""

import numpy as np
from numpy.typing import NDArray

from core.config import Split, TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.data.splits import make_splits


def published_labels(splits: Splits) -> NDArray[np.int64]:
    """Labels of the file that training and validation images come from, in its order, int64 ``(N,)``."""
    parts = (splits.train, splits.validation)
    labels = np.empty(sum(map(len, parts)), np.int64)
    for part in parts:
        labels[part.file_indices] = part.labels
    return labels


def hold_out(splits: Splits, kind: Split, size: int, seed: int) -> Splits:
    """Set ``size`` images aside by :func:`core.data.splits.make_splits`; labels are right, pixels all 0.

    Which images are set aside hangs on labels alone, and nobody has to wait for 60,000 images to be copied.
    """
    labels = published_labels(splits)
    nothing = np.broadcast_to(np.uint8(0), (len(labels), *splits.train.images.shape[1:]))
    blank = ImageDataset(splits.train.name, nothing, labels, splits.train.class_names)
    config = TrainConfig(split=kind, validation_size=size, split_seed=seed, normalisation="zero_one")
    return make_splits(blank, splits.test, config.replace(training_size=len(labels)))
