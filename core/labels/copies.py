"""Near-duplicates across splits: training images that are almost the pixels of a validation or test image."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE, ImageDataset
from core.stopping import ShouldStop, look, never

NEAR = 0.15
"""Largest distance of a near-duplicate, as a share of the held-out image's length.

Saved again as a JPEG, or with a little noise, an image is as near. Of MNIST's 15,000 images that are held out, two ones
lie within it, and nothing but ones up to 0.2.
"""
MOST_COPIES = 200
_BLOCK = 4
_AT_ONCE = 250


@dataclass(frozen=True, eq=False)
class Copies:
    """Pairs of images, the nearest first.

    Parameters
    ----------
    held_out, training
        int64, shape ``(P,)``: positions in either split.
    distances
        float64, shape ``(P,)``: Euclidean, as a share of the held-out image's length, 0 … ``NEAR``.
    """

    held_out: NDArray[np.int64]
    training: NDArray[np.int64]
    distances: NDArray[np.float64]


def near_copies(train: ImageDataset, held_out: ImageDataset, should_stop: ShouldStop = never) -> Copies:
    """The nearest training image of each held-out image that has one within ``NEAR``; at most ``MOST_COPIES``.

    Sums over blocks of 4 × 4 pixels are compared first. By Cauchy and Schwarz their distance is at most four times that
    of the pixels, so that nothing is missed.

    Raises
    ------
    StoppedError
        If it should stop.
    """
    sums, lengths = _block_sums(train.images), _lengths(train.images)
    found = []
    for start in range(0, len(held_out), _AT_ONCE):
        look(should_stop)
        found.append(_nearest(train, held_out, sums, lengths, slice(start, start + _AT_ONCE)))
    pairs = np.concatenate([part for part in found if len(part)] or [np.empty((0, 3))])
    pairs = pairs[np.argsort(pairs[:, 2], kind="stable")][:MOST_COPIES]
    return Copies(pairs[:, 0].astype(np.int64), pairs[:, 1].astype(np.int64), pairs[:, 2])


def _nearest(
    train: ImageDataset,
    held_out: ImageDataset,
    sums: NDArray[np.float32],
    lengths: NDArray[np.float64],
    part: slice,
) -> NDArray[np.float64]:
    """Position among the held-out, position in training and distance of the pairs of a part, ``(P, 3)``."""
    images = held_out.images[part]
    limits = NEAR * _lengths(images)
    own = _block_sums(images)
    squared = np.einsum("ij,ij->i", own, own)[:, None] - 2 * own @ sums.T + np.einsum("ij,ij->i", sums, sums)
    # Float32 is wrong by less than one part in ten thousand of what was subtracted.
    slack = 1e-4 * np.einsum("ij,ij->i", own, own)
    rows, columns = np.nonzero(squared <= ((_BLOCK * limits) ** 2 + slack)[:, None])
    near = np.abs(lengths[columns] - limits[rows] / NEAR) <= limits[rows]
    rows, columns = rows[near], columns[near]
    distances = _distances(images, train.images, rows, columns)
    shares = np.divide(distances, limits[rows] / NEAR, out=np.zeros(len(rows)), where=limits[rows] > 0)
    close = np.flatnonzero(shares <= NEAR)
    order = close[np.lexsort((columns[close], shares[close], rows[close]))]
    _, first = np.unique(rows[order], return_index=True)
    best = order[first]
    return np.stack([rows[best] + part.start, columns[best], shares[best]], 1).astype(np.float64)


def _distances(
    images: NDArray[np.uint8], others: NDArray[np.uint8], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Euclidean distances of pairs, exact, in pieces."""
    found = np.empty(len(rows))
    for start in range(0, len(rows), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        difference = images[rows[some]].astype(np.int32) - others[columns[some]]
        found[some] = np.sqrt(np.einsum("nij,nij->n", difference, difference))
    return found


def _block_sums(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Sums over blocks of 4 × 4 pixels, ``(N, 49)``."""
    side = IMAGE_SIDE // _BLOCK
    blocks = images.reshape(len(images), side, _BLOCK, side, _BLOCK)
    sums: NDArray[np.float32] = blocks.sum(axis=(2, 4), dtype=np.uint16).astype(np.float32)
    return sums.reshape(len(images), side * side)


def _lengths(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Euclidean length of each image, ``(N,)``."""
    flat = images.reshape(len(images), -1)
    parts = [flat[start : start + 2_000].astype(np.float32) for start in range(0, len(flat), 2_000)]
    squared = np.concatenate([np.einsum("ij,ij->i", part, part) for part in parts] or [np.empty(0)])
    lengths: NDArray[np.float64] = np.sqrt(squared).astype(np.float64)
    return lengths
