"""Which images a split sets aside, from their labels alone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.balance import ClassBalance
from core.config import Split
from core.data.dataset import SPLIT_NAMES, Splits
from core.data.splits import random_split, stratified_split


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Images of each class in each part, and the places of those set aside, int64, sorted."""

    balance: ClassBalance
    places: NDArray[np.int64]


def published_labels(splits: Splits) -> NDArray[np.int64]:
    """Labels of the file that training and validation images come from, in its order, int64 ``(N,)``."""
    parts = (splits.train, splits.validation)
    labels = np.empty(sum(map(len, parts)), np.int64)
    for part in parts:
        labels[part.file_indices] = part.labels
    return labels


def hold_out(splits: Splits, kind: Split, size: int, seed: int) -> HeldOut:
    """Set ``size`` images aside as :func:`core.data.splits.make_splits` does, its other settings at their defaults."""
    labels, names = published_labels(splits), splits.train.class_names
    if kind == "stratified":
        kept, places = stratified_split(labels, size, seed)
    elif kind == "random":
        kept, places = random_split(len(labels), size, seed)
    else:
        kept, places = np.split(np.arange(len(labels)), [len(labels) - size])
    parts = (labels[kept], labels[places], splits.test.labels)
    counts = np.stack([np.bincount(part, minlength=len(names)) for part in parts])
    return HeldOut(ClassBalance(SPLIT_NAMES, names, counts.astype(np.int64)), places)
