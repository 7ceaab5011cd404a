"""Images of tables and arrays → MNIST’s form, where they have another: what pictures in folders get."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.data.framing import Framing, framing_of
from core.data.importing.form import Form, in_mnist_form, usual_form
from core.data.importing.sides import SIDES, to_side
from core.drawings.preprocessing import framed
from core.errors import UploadError

INVERTED_SHARE = 0.9
"""A set is inverted when nearly all of its images have a light border."""
MIXED_SHARE = 0.05
"""It is only talked about when some do: photographs such as SVHN’s have ink of either kind."""
FEWEST_INVERTED = 10
"""Of fewer images a light border says little: a bag may fill its picture."""

_LOOKED_AT = 100
_TRIED = 10
# Border pixels are paper.
_LIGHT = 127
# Of written digits this share of the pixels and more is paper, which differs by less than this from its border.
_PAPER_SHARE, _PAPER_RANGE = 0.4, 0.15
# Without grain or shadows there is nothing to tell ink from.
_CLEAN, _CLEAN_SHARE = 8, 0.6
_CHUNK = 4096


@dataclass(frozen=True, eq=False)
class Brought:
    """Images in MNIST’s form.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``; all 0 where no ink was found.
    has_ink
        Shape ``(N,)``.
    """

    images: NDArray[np.uint8]
    has_ink: NDArray[np.bool_]


def form_of_arrays(images: NDArray[np.uint8], class_names: Sequence[str]) -> Form | None:
    """What is usual for them; None where they have MNIST’s size and colours, so that there is nothing to choose.

    Digits and letters on paper get MNIST’s form, unless scaling and inverting is enough to give it to them.

    Parameters
    ----------
    images
        uint8, shape ``(N, H, W)``.
    """
    if not len(images) or any(side not in SIDES for side in images.shape[1:]):
        return None
    some = _some(images)
    small, light = to_side(some), light_share(some)
    is_mixed = MIXED_SHARE < light < INVERTED_SHARE
    if images.shape[1:] == (IMAGE_SIDE, IMAGE_SIDE) and light <= MIXED_SHARE:
        return None
    small = 255 - small if light >= INVERTED_SHARE else small
    needed = _is_clean(_dark(some)) if is_mixed else framing_of(small) is Framing.RESIZED
    needed = needed and _is_written(some)
    needed = needed and float(bring(some[:_TRIED]).has_ink.mean()) > 0.5
    return usual_form([needed], class_names)


def has_mnist_form(images: NDArray[np.uint8]) -> bool:
    """Whether images, uint8 ``(N, H, W)``, are as MNIST’s: where others get its form, nothing is to be done to them."""
    some = _some(images)
    is_small = images.shape[1:] == (IMAGE_SIDE, IMAGE_SIDE)
    return is_small and light_share(some) <= MIXED_SHARE and framing_of(some) is Framing.MNIST


def bring(images: NDArray[np.uint8]) -> Brought:
    """Bring each image, uint8 ``(N, H, W)``, to MNIST’s form by itself."""
    is_clean = _is_clean(_dark(images[:_LOOKED_AT]))
    brought = np.zeros((len(images), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    for index, image in enumerate(images):
        if is_clean:
            brought[index] = framed(_dark(image[None])[0])
        else:
            brought[index] = _by_its_ink(image)
    return Brought(brought, np.asarray(brought.any(axis=(1, 2))))


def light_share(images: NDArray[np.uint8]) -> float:
    """Share of images (0–1) whose border is mostly light: dark ink on paper."""
    light = sum(int(_are_light(images[start : start + _CHUNK]).sum()) for start in range(0, len(images), _CHUNK))
    return light / max(1, len(images))


def _some(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return images[:: max(1, len(images) // _LOOKED_AT)][:_LOOKED_AT]


def _are_light(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    return np.asarray((_borders(images) > _LIGHT).mean(axis=1) > 0.5)


def _dark(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Light on dark, each by itself."""
    return np.where(_are_light(images)[:, None, None], 255 - images, images)


def _borders(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.concatenate([images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1]], axis=1)


def _is_written(images: NDArray[np.uint8]) -> bool:
    """Whether most is paper; a hand, a coat or a house is not."""
    flat = images.reshape(len(images), -1).astype(np.float32)
    paper = np.median(_borders(images), axis=1).astype(np.float32)
    spread = flat.max(axis=1) - flat.min(axis=1)
    near = np.abs(flat - paper[:, None]) <= _PAPER_RANGE * spread[:, None]
    return float(near.mean()) >= _PAPER_SHARE


def _is_clean(images: NDArray[np.uint8]) -> bool:
    return bool(len(images)) and float((_borders(images) <= _CLEAN).mean()) >= _CLEAN_SHARE


def _by_its_ink(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    try:
        return in_mnist_form(image.astype(np.float32))
    except UploadError:
        return np.zeros((IMAGE_SIDE, IMAGE_SIDE), np.uint8)
