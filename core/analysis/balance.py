"""How many images of each class each split has."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import SPLIT_NAMES, Splits


@dataclass(frozen=True, eq=False)
class ClassBalance:
    """How many images of each class each split has.

    Parameters
    ----------
    counts
        int64, shape ``(splits, K)``.
    """

    split_names: tuple[str, ...]
    class_names: tuple[str, ...]
    counts: NDArray[np.int64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """float64, shape ``(splits, K)``: part of its split that a class is, 0–1; 0 in a split without images."""
        shares: NDArray[np.float64] = self.counts / np.maximum(self.counts.sum(axis=1, keepdims=True), 1)
        return shares


def class_balance(splits: Splits) -> ClassBalance:
    """Images of each class in training, validation and test."""
    names = splits.train.class_names
    counts = np.stack([np.bincount(splits.named(name).labels, minlength=len(names)) for name in SPLIT_NAMES])
    return ClassBalance(SPLIT_NAMES, names, counts.astype(np.int64))
