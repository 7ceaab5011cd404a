"""What the pixels of many images have in common: the mean image of each class, and how often each value occurs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import ImageDataset, Normalisation

_IMAGES_PER_CHUNK = 500


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
        The mean and standard deviation that are subtracted and divided by.
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
