"""What changes of images are made of: drawing them again through a matrix, smoothing, rounding to bytes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE

CENTRE = (IMAGE_SIDE - 1) / 2
_BORDER = 1
"""Pixels of background around an image while it is sampled, so that its edge fades as any other."""


def warp(images: NDArray[np.uint8], matrices: NDArray[np.float64], moves: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Take each pixel from where its matrix says, counted from the centre of the image.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``.
    matrices
        Shape ``(N, 2, 2)``: from a place of the result to its source, across before down, both counted from the
        centre.
    moves
        Shape ``(N, 2)``: added to the source, in pixels, across before down.

    Returns
    -------
    NDArray
        uint8, shape ``(N, 28, 28)``: bilinear; what comes from outside of an image is background.
    """
    places = np.arange(IMAGE_SIDE) - CENTRE
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    sources = grid @ matrices.transpose(0, 2, 1) + moves[:, np.newaxis] + CENTRE
    across, down = sources[..., 0], sources[..., 1]
    sampled = _bilinear(np.pad(images, ((0, 0), (_BORDER, _BORDER + 1), (_BORDER, _BORDER + 1))), across, down)
    return to_bytes(sampled.reshape(images.shape))


def turning(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrices ``(N, 2, 2)`` for :func:`warp` that turn by angles ``(N,)`` in radians."""
    cosine, sine = np.cos(angles), np.sin(angles)
    return np.stack([np.stack([cosine, -sine], -1), np.stack([sine, cosine], -1)], -2)


def scaling(factors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Matrices ``(N, 2, 2)`` for :func:`warp` that enlarge ``(N,)`` times."""
    return np.eye(2) / factors[:, np.newaxis, np.newaxis]


def unmoved(count: int) -> NDArray[np.float64]:
    """Moves for :func:`warp` that are none, ``(N, 2)``."""
    return np.zeros((count, 2))


def unturned(count: int) -> NDArray[np.float64]:
    """Matrices for :func:`warp` that change nothing, ``(N, 2, 2)``."""
    return np.broadcast_to(np.eye(2), (count, 2, 2))


def to_bytes(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Values on the scale of bytes, rounded and cut off at 0 and 255."""
    rounded: NDArray[np.uint8] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded


def smoothed(images: NDArray[Any], sigma: float, beyond: str = "nearest") -> NDArray[np.float64]:
    """A Gaussian blur of each image, float64 ``(N, 28, 28)``.

    Parameters
    ----------
    sigma
        In pixels.
    beyond
        What is around an image: ``nearest`` continues as it ends, ``constant`` is 0.
    """
    from scipy.ndimage import gaussian_filter

    smooth: NDArray[np.float64] = gaussian_filter(images.astype(np.float64), (0, sigma, sigma), mode=beyond)
    return smooth


def _bilinear(padded: NDArray[np.uint8], across: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values of padded images ``(N, 31, 31)`` at places ``(N, P)`` of the images within them."""
    across = np.clip(across, -_BORDER, IMAGE_SIDE) + _BORDER
    down = np.clip(down, -_BORDER, IMAGE_SIDE) + _BORDER
    left, top = across.astype(np.intp), down.astype(np.intp)
    right_share, below_share = across - left, down - top
    width = padded.shape[2]
    corners = np.arange(len(padded))[:, np.newaxis] * width * width + top * width + left
    flat = padded.reshape(-1)
    above = flat[corners] * (1 - right_share) + flat[corners + 1] * right_share
    below = flat[corners + width] * (1 - right_share) + flat[corners + width + 1] * right_share
    values: NDArray[np.float64] = above * (1 - below_share) + below * below_share
    return values
