"""Rows that hold red, green, blue and opacity of each pixel, as the data of a browser’s canvas do."""

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.data.importing.sides import SIDES

COLOURS = np.array([0.299, 0.587, 0.114], np.float32)
"""How the eye weighs red, green and blue (ITU-R BT.601)."""
_LOOKED_AT = 100
_CHUNK = 2_048
_OPAQUE = 255


def grey_of_canvas(images: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Rows of such values that were taken for grey images of twice the side, as the images that they are.

    None of others: in no written image is every fourth pixel white and the rest not, or coloured alike wherever the
    fourth is full and black wherever that is. What has MNIST’s size is never taken for anything else.

    Parameters
    ----------
    images
        uint8, shape ``(N, H, W)``.

    Returns
    -------
    uint8, shape ``(N, H / 2, H / 2)``: the grey values, or the opacity of ink on nothing.
    """
    height, width = images.shape[1:]
    if not len(images) or height != width or height == IMAGE_SIDE or height % 2 or height // 2 not in SIDES:
        return None
    pixels = images.reshape(len(images), height // 2, height // 2, 4)
    some = pixels[:_LOOKED_AT]
    if _are_opaque(some) and _are_opaque(pixels):
        return np.concatenate([_grey(pixels[start : start + _CHUNK]) for start in range(0, len(pixels), _CHUNK)])
    return pixels[..., 3].copy() if _are_ink(some) and _are_ink(pixels) else None


def _are_opaque(pixels: NDArray[np.uint8]) -> bool:
    """Whether all is opaque and not all is white; an image may have been cleared."""
    opaque = (pixels[..., 3] == _OPAQUE).all(axis=(1, 2))
    coloured = (pixels[..., :3] != _OPAQUE).any(axis=(1, 2, 3))
    return bool((opaque | ~pixels.any(axis=(1, 2, 3))).all()) and bool((opaque & coloured).any())


def _are_ink(pixels: NDArray[np.uint8]) -> bool:
    """Whether there is ink, of one colour in each image, and nothing around it."""
    colours, opacity = pixels[..., :3], pixels[..., 3]
    if not opacity.any() or opacity.all() or colours[opacity == 0].any():
        return False
    inked = (opacity == opacity.max(axis=(1, 2), keepdims=True))[..., None]
    darkest = colours.min(axis=(1, 2), initial=_OPAQUE, where=inked)
    if (darkest != colours.max(axis=(1, 2), initial=0, where=inked)).any():
        return False
    # Else each value is there four times: an image that was enlarged.
    return bool((colours != opacity[..., None]).any())


def _grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(np.rint(pixels[..., :3].astype(np.float32) @ COLOURS), np.uint8)
