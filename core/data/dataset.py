"""ImageDataset and Splits: what every source of images is turned into."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.data.framing import Framing
from core.data.purpose import Purpose
from core.errors import DataError

IMAGE_SIDE = 28
DIGIT_NAMES = tuple("0123456789")
TRAINING, VALIDATION, TEST = SPLIT_NAMES = ("Training", "Validation", "Test")


@dataclass(frozen=True, eq=False)
class ImageDataset:
    """Labelled grey images.

    Parameters
    ----------
    name
        Where they come from, for instance ``mnist``.
    images
        uint8, shape ``(N, 28, 28)``; 0 is background, 255 a full stroke.
    labels
        int64, shape ``(N,)``, values ``0 … K-1``.
    class_names
        K names, in label order.
    indices
        int64, shape ``(N,)``: place of each image in the file that it came from; ``0 … N-1`` if left out.

    Raises
    ------
    DataError
        If shapes, types or label range do not fit.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...] = DIGIT_NAMES
    indices: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if self.images.dtype != np.uint8 or self.images.shape[1:] != (IMAGE_SIDE, IMAGE_SIDE):
            raise DataError(f"Images must be bytes of shape (N, 28, 28), not {self.images.dtype} {self.images.shape}.")
        if self.labels.shape != self.images.shape[:1]:
            raise DataError(f"Images and labels differ in number: {len(self.images):,} and {len(self.labels):,}.")
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < len(self.class_names):
            raise DataError(f"Labels must be from 0 to {len(self.class_names) - 1}.")
        if self.indices is None:
            object.__setattr__(self, "indices", np.arange(len(self.labels), dtype=np.int64))

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def file_indices(self) -> NDArray[np.int64]:
        """``indices``, never None."""
        assert self.indices is not None
        return self.indices

    @cached_property
    def digest(self) -> str:
        """SHA-256 over images and labels, in hexadecimal."""
        sha = hashlib.sha256(np.ascontiguousarray(self.images).data)
        sha.update(np.ascontiguousarray(self.labels).data)
        return sha.hexdigest()

    def subset(self, positions: NDArray[np.int64]) -> "ImageDataset":
        """The images at these positions, in this order, keeping their place in the file."""
        return ImageDataset(
            self.name,
            self.images[positions],
            self.labels[positions],
            self.class_names,
            self.file_indices[positions],
        )


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of the training images, on the 0–1 scale."""

    mean: float
    std: float


@dataclass(frozen=True, eq=False)
class Splits:
    """Training, validation and test images, with the normalisation that the training images give.

    Parameters
    ----------
    has_own_test
        Whether the test images were published apart; if not, all three parts come from one file.
    """

    train: ImageDataset
    validation: ImageDataset
    test: ImageDataset
    normalisation: Normalisation
    has_own_test: bool = True

    def named(self, name: str) -> ImageDataset:
        """The part of this name, one of ``SPLIT_NAMES``."""
        return dict(zip(SPLIT_NAMES, (self.train, self.validation, self.test), strict=True))[name]


@dataclass(frozen=True, eq=False)
class SourceDataset:
    """A dataset as it was published: in one part, or training and test apart; for testing only, ``train`` is empty."""

    train: ImageDataset
    test: ImageDataset | None = None

    @property
    def purpose(self) -> Purpose:
        """What it is kept for."""
        return Purpose.TRAINING if len(self.train) else Purpose.TESTING

    @property
    def first_images(self) -> ImageDataset:
        """The images to train on, or to test on where there are no others."""
        return self.train if self.test is None or len(self.train) else self.test

    @property
    def digest(self) -> str:
        """SHA-256 over both parts and the class names, in hexadecimal."""
        parts = [self.train.digest, self.test.digest if self.test else "", self.train.class_names]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True)
class DatasetEntry:
    """What the catalogue says about a dataset without loading it.

    Parameters
    ----------
    name
        What configs and URLs call it.
    images, test_images
        How many there are to train and validate on, and in a test set of its own (0: there is none).
    class_names
        K names, in label order.
    is_built_in
        Whether it comes with the product and cannot be deleted.
    framing
        How its pictures were brought to 28×28: a drawing for a network that learned from them is brought there alike.
    purpose
        What it is kept for; for testing only, all images are in the test set.
    number
        Which version of somebody’s drawings it is, from 1; 0 of every other dataset.
    beside
        Of drawings that lie beside the images of a run, that run’s settings of its images, as JSON.
    owner
        The mark of the person who imported or drew it, :mod:`core.data.drawn`; empty where it is nobody’s own.
    """

    name: str
    title: str
    description: str
    images: int
    test_images: int
    class_names: tuple[str, ...] = DIGIT_NAMES
    is_built_in: bool = True
    framing: Framing = Framing.MNIST
    purpose: Purpose = Purpose.TRAINING
    number: int = 0
    beside: str = ""
    owner: str = ""
