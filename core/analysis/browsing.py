"""Finding digits in a set: by a filter, or by their place in the file."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.ink_measures import InkMeasures
from core.data.dataset import SPLIT_NAMES, TEST, TRAINING, VALIDATION, Splits
from core.errors import DataError


@dataclass(frozen=True)
class SampleFilter:
    """Which digits to show.

    Parameters
    ----------
    labels
        The classes to keep; empty keeps all.
    ink
        Lowest and highest rank in percent, 0 the thinnest image of the set and 100 the thickest.
    slant
        Lowest and highest slant in degrees; an end of ±90 has no limit.
    shuffle_seed
        Draws the order; None keeps the order of the file.
    """

    labels: tuple[int, ...] = ()
    ink: tuple[int, int] = (0, 100)
    slant: tuple[int, int] = (-90, 90)
    shuffle_seed: int | None = None


@dataclass(frozen=True, eq=False)
class Sample:
    """One image, where it stands and what it is.

    Parameters
    ----------
    split_name
        ``Training``, ``Validation`` or ``Test``.
    index
        Place in the file of its split; training and validation share a file.
    image
        uint8, shape ``(28, 28)``.
    """

    split_name: str
    index: int
    image: NDArray[np.uint8]
    label: int


def splits_of_file(splits: Splits, split_name: str) -> tuple[str, ...]:
    """The splits that share a file with this one: training and validation, and a test set that was cut from it."""
    if not splits.has_own_test:
        return SPLIT_NAMES
    # Published apart, both files are numbered from 0.
    return (TEST,) if split_name == TEST else (TRAINING, VALIDATION)


def file_size(splits: Splits, split_name: str) -> int:
    """Images in the file that a split comes from: one more than the highest index."""
    parts = [splits.named(name) for name in splits_of_file(splits, split_name)]
    return max((int(part.file_indices.max()) + 1 for part in parts if len(part)), default=0)


def find_sample(splits: Splits, split_name: str, index: int) -> Sample:
    """The image with this place in the file of a split, whichever split of that file it belongs to.

    Raises
    ------
    DataError
        If no split has it.
    """
    for name in splits_of_file(splits, split_name):
        dataset = splits.named(name)
        position = int(np.searchsorted(dataset.file_indices, index))
        if position < len(dataset) and dataset.file_indices[position] == index:
            return Sample(name, index, dataset.images[position], int(dataset.labels[position]))
    raise DataError(f"No image has the index {index:,}.")


def choose_samples(labels: NDArray[np.int64], measures: InkMeasures, wanted: SampleFilter) -> NDArray[np.int64]:
    """Positions of the images that a filter keeps, in the order in which they are shown.

    Returns
    -------
    NDArray
        int64, shape ``(≤N,)``.
    """
    keep = np.ones(len(labels), dtype=bool)
    if wanted.labels:
        keep &= np.isin(labels, wanted.labels)
    if len(labels) and wanted.ink != (0, 100):
        low, high = np.quantile(measures.ink, np.array(wanted.ink) / 100)
        keep &= (measures.ink >= low) & (measures.ink <= high)
    if wanted.slant[0] > -90:
        keep &= measures.slant >= wanted.slant[0]
    if wanted.slant[1] < 90:
        keep &= measures.slant <= wanted.slant[1]
    positions = np.flatnonzero(keep)
    if wanted.shuffle_seed is None:
        return positions
    return np.random.default_rng(wanted.shuffle_seed).permutation(positions)
