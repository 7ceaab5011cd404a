"""Images that are there more than once, within a part of a split and between its parts."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE, Splits


@dataclass(frozen=True)
class OverlapReport:
    """How many images of a later part are identical to one of an earlier part.

    Parameters
    ----------
    duplicates
        Training images that are identical to an earlier training image.
    """

    validation_in_train: int
    test_in_train: int
    test_in_validation: int
    duplicates: int

    @property
    def is_clean(self) -> bool:
        """Whether no part holds an image of another."""
        return not (self.validation_in_train or self.test_in_train or self.test_in_validation)


def overlap(splits: Splits) -> OverlapReport:
    """Count identical images within and between the parts of a split; about a quarter of a second for MNIST."""
    train, validation, test = (fingerprints(part.images) for part in (splits.train, splits.validation, splits.test))
    in_train, in_validation = set(train), set(validation)
    return OverlapReport(
        validation_in_train=sum(print_ in in_train for print_ in validation),
        test_in_train=sum(print_ in in_train for print_ in test),
        test_in_validation=sum(print_ in in_validation for print_ in test),
        duplicates=len(train) - len(in_train),
    )


def fingerprints(images: NDArray[np.uint8]) -> list[bytes]:
    """128 bits for each image of shape ``(N, 28, 28)``; equal images and no others have equal ones."""
    rows = np.ascontiguousarray(images).reshape(len(images), IMAGE_SIDE * IMAGE_SIDE)
    return [hashlib.blake2b(row.data, digest_size=16).digest() for row in rows]
