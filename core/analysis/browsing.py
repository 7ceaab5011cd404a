"""What a set of digits shows before any network is trained: balance, means, ink, slant; choosing and paging."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import ImageDataset, Normalisation, Splits
from core.errors import DataError

TRAINING, VALIDATION, TEST = SPLIT_NAMES = ("Training", "Validation", "Test")

_IMAGES_PER_CHUNK = 500


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


@dataclass(frozen=True, eq=False)
class ClassImages:
    """Mean and standard deviation of every pixel within each class.

    Parameters
    ----------
    mean, std
        float64, shape ``(K, 28, 28)``, on the scale 0–255; 0 for a class without images.
    """

    class_names: tuple[str, ...]
    mean: NDArray[np.float64]
    std: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class IntensityHistogram:
    """How often each pixel value occurs, and what normalisation makes of it.

    Parameters
    ----------
    counts
        int64, shape ``(256,)``: pixels that have the value 0 … 255.
    normalisation
        The mean and standard deviation that are taken off and divided by.
    """

    counts: NDArray[np.int64]
    normalisation: Normalisation

    @property
    def raw(self) -> NDArray[np.float64]:
        """float64, shape ``(256,)``: the pixel values on the 0–1 scale."""
        return np.arange(256) / 255

    @property
    def normalised(self) -> NDArray[np.float64]:
        """float64, shape ``(256,)``: the same values after normalisation, in standard deviations."""
        return (self.raw - self.normalisation.mean) / self.normalisation.std

    @property
    def shares(self) -> NDArray[np.float64]:
        """float64, shape ``(256,)``: part of all pixels, 0–1."""
        return self.counts / max(int(self.counts.sum()), 1)


@dataclass(frozen=True, eq=False)
class InkMeasures:
    """How much ink each image has and how far it leans.

    Parameters
    ----------
    ink
        float32, shape ``(N,)``: mean pixel as a share of full white, 0–1; thick strokes have more.
    slant
        float32, shape ``(N,)``, degrees: 0 is upright, positive leans to the right (``/``), negative to the left.
    """

    ink: NDArray[np.float32]
    slant: NDArray[np.float32]


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


def split_named(splits: Splits, name: str) -> ImageDataset:
    """The images of the split of this name, one of ``SPLIT_NAMES``."""
    return dict(zip(SPLIT_NAMES, (splits.train, splits.validation, splits.test), strict=True))[name]


def splits_of_file(splits: Splits, split_name: str) -> tuple[str, ...]:
    """The splits that share a file with this one: training and validation, and a test set that was cut from it."""
    if np.isin(splits.test.file_indices, splits.train.file_indices).any():
        # Published apart, both are numbered from 0.
        return (TEST,) if split_name == TEST else (TRAINING, VALIDATION)
    return SPLIT_NAMES


def file_size(splits: Splits, split_name: str) -> int:
    """Images in the file that a split comes from: one more than the highest index."""
    parts = [split_named(splits, name) for name in splits_of_file(splits, split_name)]
    return max((int(part.file_indices.max()) + 1 for part in parts if len(part)), default=0)


def find_sample(splits: Splits, split_name: str, index: int) -> Sample:
    """The image with this place in the file of a split, whichever split of that file it belongs to.

    Raises
    ------
    DataError
        If no split has it.
    """
    for name in splits_of_file(splits, split_name):
        dataset = split_named(splits, name)
        position = int(np.searchsorted(dataset.file_indices, index))
        if position < len(dataset) and dataset.file_indices[position] == index:
            return Sample(name, index, dataset.images[position], int(dataset.labels[position]))
    raise DataError(f"No image has the index {index:,}.")


def class_balance(splits: Splits) -> ClassBalance:
    """Images of each class in training, validation and test."""
    names = splits.train.class_names
    counts = np.stack([np.bincount(split_named(splits, name).labels, minlength=len(names)) for name in SPLIT_NAMES])
    return ClassBalance(SPLIT_NAMES, names, counts.astype(np.int64))


def class_images(dataset: ImageDataset) -> ClassImages:
    """Mean and standard deviation image of each class."""
    classes = len(dataset.class_names)
    sums, squares = np.zeros((2, classes, 28 * 28))
    for start in range(0, len(dataset), _IMAGES_PER_CHUNK):
        pixels = dataset.images[start : start + _IMAGES_PER_CHUNK].reshape(-1, 28 * 28).astype(np.float32)
        members = np.eye(classes, dtype=np.float32)[:, dataset.labels[start : start + _IMAGES_PER_CHUNK]]
        sums += members @ pixels
        squares += members @ np.square(pixels)
    counts = np.maximum(np.bincount(dataset.labels, minlength=classes), 1)[:, np.newaxis]
    mean = sums / counts
    std = np.sqrt(np.maximum(squares / counts - np.square(mean), 0))
    return ClassImages(dataset.class_names, mean.reshape(-1, 28, 28), std.reshape(-1, 28, 28))


def intensity_histogram(dataset: ImageDataset, normalisation: Normalisation) -> IntensityHistogram:
    """Count the pixel values of all images."""
    counts = np.zeros(256, dtype=np.int64)
    for start in range(0, len(dataset), _IMAGES_PER_CHUNK):
        counts += np.bincount(dataset.images[start : start + _IMAGES_PER_CHUNK].ravel(), minlength=256)
    return IntensityHistogram(counts, normalisation)


def ink_measures(images: NDArray[np.uint8]) -> InkMeasures:
    """Ink and slant of each image, from its moments up to the second.

    The slant is the angle of the line along which a row's centre of ink moves with its height: the shear that
    MNIST's deslanting would undo, ``atan(cov(x, y) / var(y))``.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``. An image without ink, or with ink in one row only, has slant 0.
    """
    moments = np.empty((len(images), 5), dtype=np.float64)
    basis = _moment_basis()
    for start in range(0, len(images), _IMAGES_PER_CHUNK):
        chunk = images[start : start + _IMAGES_PER_CHUNK].reshape(-1, 28 * 28)
        moments[start : start + _IMAGES_PER_CHUNK] = chunk.astype(np.float32) @ basis
    mass, x, y, xy, yy = moments.T
    whole = np.maximum(mass, 1)
    covariance = xy / whole - x * y / whole**2
    variance = yy / whole - (y / whole) ** 2
    tangent = np.where(variance > 1e-6, covariance / np.maximum(variance, 1e-6), 0)
    return InkMeasures((mass / (28 * 28 * 255)).astype(np.float32), np.degrees(np.arctan(tangent)).astype(np.float32))


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


def page_count(items: int, page_size: int) -> int:
    """Pages that hold so many items; one page at least."""
    return max(1, -(-items // page_size))


def page_slice(positions: NDArray[np.int64], page: int, page_size: int) -> NDArray[np.int64]:
    """What stands on a page, 1 the first; a page beyond the last gives the last."""
    start = (min(max(page, 1), page_count(len(positions), page_size)) - 1) * page_size
    return positions[start : start + page_size]


def _moment_basis() -> NDArray[np.float32]:
    """float32, shape ``(784, 5)``: 1, x, y, xy, y² of each pixel from the middle of the image, y upwards."""
    rows, columns = np.mgrid[0:28, 0:28].astype(np.float32)
    x, y = columns.ravel() - 13.5, 13.5 - rows.ravel()
    return np.stack([np.ones_like(x), x, y, x * y, y * y], axis=1)
