"""The digits of a number that somebody drew or photographed, each as the network gets it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.drawings.preprocessing import DigitSteps, framed, ink_box
from core.drawings.several import split_number


@dataclass(frozen=True, eq=False)
class NumberDigit:
    """One digit of a number.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``, built as MNIST's digits are.
    box
        Left, top, right and bottom, in pixels of the picture as it was read; the last two are beyond the digit.
    """

    image: NDArray[np.uint8]
    box: tuple[int, int, int, int]


def digits_of(steps: DigitSteps) -> tuple[NumberDigit, ...]:
    """The digits of a drawing that shows several, from left to right; nothing where they cannot be told apart."""
    if not steps.is_several:
        return ()
    top, bottom, left, right = ink_box(steps.original)
    parts = split_number(steps.original[top:bottom, left:right])
    if len(parts) < 2:
        return ()
    return tuple(NumberDigit(framed(part.ink), _moved(part.box, left, top)) for part in parts)


def _moved(box: tuple[int, int, int, int], left: int, top: int) -> tuple[int, int, int, int]:
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top
