"""What a network that reads digits may be shown: digits, and what it has never learned from."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.analysis.strangers import noise, quarter_turned, scribbles
from core.drawings.preprocessing import drawing_to_digit

LETTERS = "AKMWRTXYFH"
"""Letters that look like no digit."""
_SIDE = 280


def letter(name: str) -> NDArray[np.uint8]:
    """A capital letter in print, brought to 28×28 as drawings are; uint8 ``(28, 28)``."""
    from PIL import Image, ImageDraw, ImageFont

    canvas = Image.new("L", (_SIDE, _SIDE), 0)
    font = ImageFont.load_default(200)
    ImageDraw.Draw(canvas).text((_SIDE / 2, _SIDE / 2), name, fill=255, font=font, anchor="mm", stroke_width=4)
    return drawing_to_digit(np.asarray(canvas)).digit


def shown_to_it(kind: str, number: int, digits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The picture of a kind that has this number, uint8 ``(28, 28)``; the same at every call.

    Parameters
    ----------
    kind
        One of ``KINDS``.
    digits
        uint8 ``(N, 28, 28)``, N at least 1: what is shown as a digit, upright or turned.
    """
    return _MADE[kind](number, digits)


def _turned(number: int, digits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    turned: NDArray[np.uint8] = quarter_turned(digits[number % len(digits)][None])[0]
    return turned


_MADE: Mapping[str, Callable[[int, NDArray[np.uint8]], NDArray[np.uint8]]] = MappingProxyType(
    {
        "digit": lambda number, digits: digits[number % len(digits)],
        "letter": lambda number, _: letter(LETTERS[number % len(LETTERS)]),
        "scribble": lambda number, _: scribbles(1, number)[0],
        "turned": _turned,
        "noise": lambda number, _: noise(1, number)[0],
    }
)
KINDS = tuple(_MADE)
"""In the order in which a page offers them."""
