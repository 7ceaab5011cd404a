"""Training, validation and test images out of what was published."""

import math

import numpy as np
from numpy.typing import NDArray

from core.config import TRAINING_IMAGES
from core.data.dataset import ImageDataset, Normalisation, Splits
from core.errors import DataError

VALIDATION_IMAGES = 5_000

_IMAGES_PER_CHUNK = 400


def make_splits(
    train: ImageDataset,
    test: ImageDataset,
    *,
    training_size: int = TRAINING_IMAGES,
    split_seed: int = 0,
    validation_size: int = VALIDATION_IMAGES,
) -> Splits:
    """Draw stratified validation images from ``train`` and leave ``test`` whole.

    The validation images depend on ``split_seed`` and ``validation_size`` alone. A ``training_size`` below what
    is left takes a stratified part of it. Every part keeps the order of the file.

    Raises
    ------
    DataError
        If there are not enough images.
    """
    kept, held_out = stratified_split(train.labels, validation_size, split_seed)
    if not 1 <= training_size <= len(kept):
        raise DataError(f"The training set can have 1 to {len(kept):,} images, not {training_size:,}.")
    if training_size < len(kept):
        _, chosen = stratified_split(train.labels[kept], training_size, split_seed)
        kept = kept[chosen]
    training = _read_only(train.subset(kept))
    return Splits(training, _read_only(train.subset(held_out)), test, normalisation_of(training.images))


def stratified_split(
    labels: NDArray[np.int64], held_out: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hold out some positions at random so that every class loses the same share.

    Parameters
    ----------
    labels
        int64, shape ``(N,)``.
    held_out
        How many, ``0 … N``. What does not divide evenly goes to the classes with the largest remainders.

    Returns
    -------
    kept, held_out
        int64, shapes ``(N - held_out,)`` and ``(held_out,)``, each sorted; together ``0 … N-1``.

    Raises
    ------
    DataError
        If more are to be held out than there are.
    """
    if not 0 <= held_out <= len(labels):
        raise DataError(f"{held_out:,} images cannot be set aside from {len(labels):,}.")
    generator = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), dtype=bool)
    classes = np.unique(labels)
    for label, count in zip(classes, _quotas(labels, classes, held_out), strict=True):
        chosen[generator.permutation(np.flatnonzero(labels == label))[:count]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def normalisation_of(images: NDArray[np.uint8]) -> Normalisation:
    """Mean and standard deviation of all pixels on the 0–1 scale, from exact integer sums.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``. Without images, or with one value everywhere, the deviation is 1.
    """
    total = squares = 0
    for start in range(0, len(images), _IMAGES_PER_CHUNK):
        chunk = images[start : start + _IMAGES_PER_CHUNK]
        total += int(chunk.sum(dtype=np.uint32))
        squares += int(np.square(chunk, dtype=np.uint16).sum(dtype=np.uint64))
    count = max(images.size, 1)
    variance = (squares * count - total * total) / (count * count)
    return Normalisation(total / count / 255, math.sqrt(variance) / 255 or 1.0)


def _quotas(labels: NDArray[np.int64], classes: NDArray[np.int64], held_out: int) -> list[int]:
    """How many of each class are held out: shares rounded down, the rest by largest remainder."""
    counts = [int((labels == label).sum()) for label in classes]
    quotas = [held_out * count // max(len(labels), 1) for count in counts]
    remainders = [held_out * count % max(len(labels), 1) for count in counts]
    by_remainder = sorted(range(len(classes)), key=lambda index: -remainders[index])
    for index in by_remainder[: held_out - sum(quotas)]:
        quotas[index] += 1
    return quotas


def _read_only(dataset: ImageDataset) -> ImageDataset:
    """The same data set, its arrays protected: it is shared by all sessions of a server."""
    for array in (dataset.images, dataset.labels, dataset.file_indices):
        array.setflags(write=False)
    return dataset
