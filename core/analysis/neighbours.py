"""The images that are nearest to one image, pixel by pixel."""

import numpy as np
from numpy.typing import NDArray

_IMAGES_PER_CHUNK = 500
_ROUNDING = 2e4
"""More than float32 sums of 784 products of bytes can be wrong: 3 · 784 · 2⁻²⁴ · 784 · 255² is 7e3."""


def nearest_neighbours(
    query: NDArray[np.uint8],
    images: NDArray[np.uint8],
    k: int,
    *,
    lengths: NDArray[np.float32] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Exact nearest neighbours by Euclidean distance.

    A quick pass in float32 finds all that can be among the nearest; these are compared exactly, in integers.

    Parameters
    ----------
    query
        uint8, shape ``(28, 28)``.
    images
        uint8, shape ``(N, 28, 28)``.
    k
        How many; all N if there are fewer.
    lengths
        What :func:`squared_lengths` says of ``images``; spares half the time when it is known.

    Returns
    -------
    positions, distances
        int64 and float64, shape ``(min(k, N),)``, nearest first and of equals the one with the lower position;
        distances on the 0–1 scale of pixels, 0 … 28.
    """
    k = min(max(k, 0), len(images))
    if k == 0:
        return np.empty(0, dtype=np.int64), np.empty(0)
    known = squared_lengths(images) if lengths is None else lengths
    rough = known - 2 * _products(query, images)
    candidates = np.flatnonzero(rough <= np.partition(rough, k - 1)[k - 1] + 2 * _ROUNDING)
    difference = images[candidates].astype(np.int64) - query
    squared = np.einsum("nij,nij->n", difference, difference)
    nearest = np.argsort(squared, kind="stable")[:k]
    return candidates[nearest], np.sqrt(squared[nearest]) / 255


def squared_lengths(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Sum of the squared pixels of each image, to be kept for many queries.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``.

    Returns
    -------
    NDArray
        float32, shape ``(N,)``.
    """
    lengths = np.empty(len(images), dtype=np.float32)
    for start in range(0, len(images), _IMAGES_PER_CHUNK):
        chunk = images[start : start + _IMAGES_PER_CHUNK].reshape(-1, 28 * 28).astype(np.float32)
        lengths[start : start + _IMAGES_PER_CHUNK] = np.einsum("ij,ij->i", chunk, chunk)
    return lengths


def _products(query: NDArray[np.uint8], images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Sum over the pixels of query times image, shape ``(N,)``; in pieces, to stay in the cache."""
    target = query.reshape(-1).astype(np.float32)
    products = np.empty(len(images), dtype=np.float32)
    for start in range(0, len(images), _IMAGES_PER_CHUNK):
        chunk = images[start : start + _IMAGES_PER_CHUNK].reshape(-1, 28 * 28)
        products[start : start + _IMAGES_PER_CHUNK] = chunk.astype(np.float32) @ target
    return products
