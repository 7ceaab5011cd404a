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
    patches = sliding_window_view(maps, (KERNEL, KERNEL), axis=(2, 3)).transpose(0, 2, 3, 1, 4, 5)
    count, height, width = patches.shape[:3]
    # Every place of every image becomes a row, every filter a column: one matrix product.
    z = patches.reshape(count * height * width, -1) @ kernel.reshape(len(kernel), -1).T + bias
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
    count, filters, height, width = maps.filtered.shape
    blocks = maps.filtered.reshape(count, filters, height // 2, 2, width // 2, 2).transpose(0, 1, 2, 4, 3, 5)
    blocks = blocks.reshape(*blocks.shape[:4], 4)
    chosen = np.zeros_like(blocks)
    np.put_along_axis(chosen, blocks.argmax(axis=-1)[..., None], upstream[..., None], axis=-1)
    delta = chosen.reshape(count, filters, height // 2, width // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5)
    delta = delta.reshape(count, filters, height, width) * (maps.filtered > 0)
    inputs = kernel.shape[1]
    said = np.zeros((count, inputs, height + KERNEL - 1, width + KERNEL - 1), dtype=np.float32)
    for row in range(KERNEL):
        for column in range(KERNEL):
            share = np.einsum("nfhw,fi->nihw", delta, kernel[:, :, row, column], optimize=True)
            said[:, :, row : row + height, column : column + width] += share
    return said
