"""How the pictures of a dataset were brought to 28×28: like MNIST's digits, or only resized."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

LOOKED_AT = 100
"""Pictures that are enough to tell."""

# Of MNIST's 70,000 digits over 99% pass both; of clothes, hiragana and shapes that fill their picture, few.
_LONGEST_SIDES = range(18, 22)
_FARTHEST_FROM_MIDDLE = 1.0
_SHARE_NEEDED = 0.9
# Fainter than 1/8 of the darkest stroke is the blur around it.
_INK_SHARE = 1 / 8


class Framing(StrEnum):
    """What was done to the pictures, and is therefore done to a drawing for a network that learned from them."""

    MNIST = "mnist"
    """Bounding box, longest side 20 pixels, centre of mass in the middle."""

    RESIZED = "resized"
    """Scaled to 28×28 as they were, margins and all."""


def framing_of(images: NDArray[np.uint8]) -> Framing:
    """Tell from the pictures themselves, regardless of who framed them.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``, light ink on dark; the first ``LOOKED_AT`` count.
    """
    looked_at = images[:LOOKED_AT]
    inked = looked_at[looked_at.any(axis=(1, 2))]
    if not len(inked):
        return Framing.MNIST
    framed = [_is_framed(image) for image in inked]
    return Framing.MNIST if float(np.mean(framed)) >= _SHARE_NEEDED else Framing.RESIZED


def _is_framed(image: NDArray[np.uint8]) -> bool:
    """Longest side about 20, mass in the middle."""
    ink = image >= max(1.0, float(image.max()) * _INK_SHARE)
    profiles = [image.sum(axis=axis, dtype=np.int64) for axis in (0, 1)]
    places = [np.flatnonzero(ink.any(axis=axis)) for axis in (0, 1)]
    longest = max(int(place[-1] - place[0]) + 1 for place in places)
    middle = image.shape[0] / 2
    away = max(abs(float(profile @ np.arange(len(profile))) / float(profile.sum()) - middle) for profile in profiles)
    return longest in _LONGEST_SIDES and away <= _FARTHEST_FROM_MIDDLE
