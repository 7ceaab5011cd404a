"""The CNN's convolution, ReLU and pooling in NumPy: forwards, and its gradient backwards."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.models.shapes import KERNEL

Maps = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ConvolutionMaps:
    """What one convolution makes of images.

    Parameters
    ----------
    filtered
        After the filters and ReLU, float32 ``(N, filters, height, width)``: 24 × 24, then 8 × 8.
    pooled
        The largest of each 2 × 2 of it, float32 ``(N, filters, height / 2, width / 2)``.
    """

    filtered: Maps
    pooled: Maps


def convolve(maps: Maps, kernel: Maps, bias: Maps) -> ConvolutionMaps:
    """A convolution without padding, ReLU, and the largest of each 2 × 2.

    Parameters
    ----------
    maps
        float32 ``(N, inputs, height, width)``.
    kernel, bias
        float32 ``(filters, inputs, 5, 5)`` and ``(filters,)``.
    """
    count, height, width = len(maps), maps.shape[2] - KERNEL + 1, maps.shape[3] - KERNEL + 1
    # Every filter becomes a column: one matrix product.
    z = _patches(maps) @ kernel.reshape(len(kernel), -1).T + bias
    filtered = np.maximum(z, 0).reshape(count, height, width, -1)
    pools = filtered.reshape(count, height // 2, 2, width // 2, 2, -1)
    return ConvolutionMaps(filtered.transpose(0, 3, 1, 2), pools.max(axis=(2, 4)).transpose(0, 3, 1, 2))


def convolution_gradient(maps: ConvolutionMaps, kernel: Maps, upstream: Maps) -> Maps:
    """The gradient by what went into :func:`convolve`, float32 ``(N, inputs, height + 4, width + 4)``.

    Parameters
    ----------
    upstream
        The gradient by ``maps.pooled``. Of equal largest values the first gets it.
    """
    delta = _before_pooling(maps, upstream)
    count, _, height, width = delta.shape
    inputs = kernel.shape[1]
    said = np.zeros((count, inputs, height + KERNEL - 1, width + KERNEL - 1), dtype=np.float32)
    for row in range(KERNEL):
        for column in range(KERNEL):
            share = np.einsum("nfhw,fi->nihw", delta, kernel[:, :, row, column], optimize=True)
            said[:, :, row : row + height, column : column + width] += share
    return said


def kernel_gradient(below: Maps, maps: ConvolutionMaps, upstream: Maps) -> Maps:
    """The gradient by the filters of :func:`convolve`, summed over images, float32 ``(filters, inputs, 5, 5)``.

    Parameters
    ----------
    below
        What went into it, float32 ``(N, inputs, height + 4, width + 4)``.
    upstream
        As for :func:`convolution_gradient`.
    """
    delta = _before_pooling(maps, upstream).transpose(1, 0, 2, 3)
    summed: Maps = delta.reshape(len(delta), -1) @ _patches(below)
    return summed.reshape(len(delta), below.shape[1], KERNEL, KERNEL)


def _patches(maps: Maps) -> Maps:
    """Every place of every image as a row: what a filter is laid on there, float32 ``(N · places, inputs · 25)``."""
    windows = sliding_window_view(maps, (KERNEL, KERNEL), axis=(2, 3)).transpose(0, 2, 3, 1, 4, 5)
    rows: Maps = windows.reshape(-1, maps.shape[1] * KERNEL**2)
    return rows


def _before_pooling(maps: ConvolutionMaps, upstream: Maps) -> Maps:
    """The gradient by the sums of the filters, float32 ``(N, filters, height, width)``."""
    count, filters, height, width = maps.filtered.shape
    blocks = maps.filtered.reshape(count, filters, height // 2, 2, width // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    blocks = blocks.reshape(*blocks.shape[:4], 4)
    chosen = np.zeros_like(blocks)
    np.put_along_axis(chosen, blocks.argmax(axis=-1)[..., None], upstream[..., None], axis=-1)
    delta = chosen.reshape(count, filters, height // 2, width // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5)
    by_sums: Maps = delta.reshape(count, filters, height, width) * (maps.filtered > 0)
    return by_sums
