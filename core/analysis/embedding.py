"""Digits as points on a map, such that digits that look alike lie close to each other."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

SAMPLE_SIZE = 3_000
"""Digits on a map; t-SNE takes some ten seconds for this many."""


def sample_positions(labels: NDArray[np.int64], size: int = SAMPLE_SIZE, seed: int = 0) -> NDArray[np.int64]:
    """Draw the images that go on a map.

    Returns
    -------
    NDArray
        int64, shape ``(min(size, N),)``, sorted.
    """
    generator = np.random.default_rng(seed)
    return np.sort(generator.choice(len(labels), size=min(size, len(labels)), replace=False)).astype(np.int64)


def pca_map(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Project on the two directions in which the images differ most.

    The server makes this map by itself, so it is NumPy: scikit-learn is for workers.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``.

    Returns
    -------
    NDArray
        float64, shape ``(N, 2)``. The sign of each axis is chosen so that its largest weight is positive.
    """
    return pca_points(pixel_rows(images))


def pca_points(rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """The same of any rows of numbers, for instance what a layer says: float32 ``(N, F)`` → float64 ``(N, 2)``."""
    if len(rows) < 2:
        return np.zeros((len(rows), 2))
    return Projection.of(rows).points(rows)


@dataclass(frozen=True, eq=False)
class Projection:
    """The two directions in which some rows differ most, for other rows as well.

    Parameters
    ----------
    mean
        float32 ``(F,)``: lies in the middle.
    axes
        float32 ``(F, 2)``.
    """

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]

    @classmethod
    def of(cls, rows: NDArray[np.float32]) -> Self:
        """Of at least two rows, float32 ``(N, F)``."""
        mean: NDArray[np.float32] = rows.mean(axis=0)
        centred = rows - mean
        # Of rows of one number each, the second direction is none.
        axes = _main_axes(np.pad(centred, ((0, 0), (0, max(0, 2 - rows.shape[1])))))
        axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
        return cls(mean, axes[: rows.shape[1]])

    def points(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        """Where these rows lie, float64 ``(N, 2)``."""
        points: NDArray[np.float64] = ((rows - self.mean) @ self.axes).astype(np.float64)
        return points


def class_centres(points: NDArray[np.float64], labels: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Median point of each class, shape ``(K, 2)``; NaN for a class without points."""
    centres = np.full((classes, 2), np.nan)
    for label in np.unique(labels):
        centres[label] = np.median(points[labels == label], axis=0)
    return centres


def positions_in_box(
    points: NDArray[np.float64], across: tuple[int, int], upwards: tuple[int, int]
) -> NDArray[np.int64]:
    """Points within a rectangle, given in percent of the map's width from the left and of its height from below."""
    if not len(points):
        return np.empty(0, dtype=np.int64)
    lowest, extent = points.min(axis=0), np.ptp(points, axis=0)
    low, high = np.array([across, upwards]).T / 100
    inside = (points >= lowest + low * extent) & (points <= lowest + high * extent)
    return np.flatnonzero(inside.all(axis=1))


def pixel_rows(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Images ``(N, 28, 28)`` as rows of numbers from 0 to 1, float32 ``(N, 784)``."""
    pixels: NDArray[np.float32] = images.reshape(len(images), math.prod(images.shape[1:])).astype(np.float32)
    return pixels / np.float32(255)


def _main_axes(centred: NDArray[np.float32]) -> NDArray[np.float32]:
    """The two directions in which rows ``(N, F)`` around 0 differ most, float32 ``(F, 2)``."""
    count, width = centred.shape
    # Eigenvalues rise: the two largest come last.
    if width <= count:
        few: NDArray[np.float32] = np.linalg.eigh(centred.T @ centred).eigenvectors[:, :-3:-1]
        return few
    # Of fewer rows than numbers the products of the rows are the smaller matrix, and have the same eigenvalues.
    axes: NDArray[np.float32] = centred.T @ np.linalg.eigh(centred @ centred.T).eigenvectors[:, :-3:-1]
    axes /= np.maximum(np.linalg.norm(axes, axis=0), np.float32(1e-12))
    return axes
