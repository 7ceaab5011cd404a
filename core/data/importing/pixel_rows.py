"""Pixels of any scale, collected in pieces and kept as bytes: 0 … 255, 0 … 1, −1 … 1, −½ … ½, or whole ones to 16."""

from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.importing.canvas_rows import grey_of_canvas
from core.errors import DataError

_NEARLY = 1e-4
# Cubic curves, as of resizing, go a little beyond 0 and 1 beside edges. Pixels that are standardised never stay within
# this: numbers of mean 0 from -b to 1 + b have at most the variance b (1 + b) (Bhatia and Davis 2000), which is 1 only
# from b = 0.62 on; and of those that have lost their mean about half are below 0.
_BEYOND, _MOST_BEYOND = 0.35, 0.4
_SIXTEEN_SIDE = 8
"""scikit-learn's digits of this side have values from 0 to 16."""


class _Scale(Enum):
    BYTES = "0 to 255"
    UNIT = "0 to 1"
    WHOLE_UNIT = "0 and 1"
    SIGNED = "-1 to 1"
    HALF = "-0.5 to 0.5"


class PixelRows:
    """Room for this many images, filled piece by piece.

    Parameters
    ----------
    name
        Of the file, for sentences.
    width
        Where it is not the side.
    """

    def __init__(self, count: int, side: int, name: str, width: int = 0) -> None:
        self._height, self._width = side, width or side
        self._pixels = np.empty((count, self._height * self._width), np.uint8)
        self._name, self._count = name, 0
        self._pieces: list[tuple[slice, _Scale]] = []
        self._has_decimals = False
        self._lowest, self._highest, self._beyond = 0.0, 1.0, 0
        self._signed: list[tuple[slice, NDArray[np.uint8]]] = []

    def add(self, values: NDArray[Any]) -> None:
        """Take some more images, ``(n, side²)`` of any number type, all within :func:`out_of_scale`."""
        place = slice(self._count, self._count + len(values))
        scale, stored, is_whole = _stored(values)
        self._pixels[place] = stored
        self._has_decimals |= scale is _Scale.BYTES and not is_whole
        if scale is _Scale.UNIT:
            self._look_beyond(values, place)
        self._pieces.append((place, scale))
        self._count = place.stop

    def _look_beyond(self, values: NDArray[Any], place: slice) -> None:
        """Count what is beyond 0 and 1: only all pieces together tell whether that is little, or another scale."""
        self._lowest = min(self._lowest, float(values.min()))
        self._highest = max(self._highest, float(values.max()))
        is_below = values < -_NEARLY
        self._beyond += int((is_below | (values > 1 + _NEARLY)).sum())
        if is_below.any():
            self._signed.append((place, _as_signed(values)))

    def images(self) -> tuple[NDArray[np.uint8], list[str]]:
        """All images, uint8 ``(N, side, side)`` from 0 to 255, and sentences about what was done to them.

        Of rows with four values for each pixel, the side is half of that.

        Raises
        ------
        DataError
            If the pieces contradict each other.
        """
        pixels, scales = self._pixels[: self._count], {scale for _, scale in self._pieces}
        is_beyond = self._lowest < -_NEARLY or self._highest > 1 + _NEARLY
        is_negative = _Scale.SIGNED in scales or self._lowest < -_NEARLY
        is_spread = self._beyond > _MOST_BEYOND * pixels.size
        is_bytes = _Scale.BYTES in scales or (is_spread and self._highest > 1 + _NEARLY)
        self._has_decimals |= is_spread
        if (is_bytes and is_negative) or (_Scale.HALF in scales and len(scales) > 1):
            raise DataError(
                f"{self._name} has negative pixels: they must be from 0 to 255, from 0 to 1 or from -1 to 1."
            )
        notes = []
        if is_bytes:
            notes += self._spread_bytes(pixels)
        elif _Scale.SIGNED in scales or is_spread:
            self._change(_Scale.UNIT, lambda piece: (piece.astype(np.uint16) + 255) // 2)
            for place, signed in self._signed:
                pixels[place] = signed
            self._change(_Scale.WHOLE_UNIT, lambda piece: np.where(piece > 0, 255, 128))
            notes.append(f"The pixels of {self._name} were from -1 to 1: they have been scaled to 0 to 255.")
        elif _Scale.HALF in scales:
            notes.append(f"The pixels of {self._name} were from -0.5 to 0.5: they have been scaled to 0 to 255.")
        elif pixels.any():
            self._change(_Scale.WHOLE_UNIT, lambda piece: piece * np.uint8(255))
            span = f"{self._lowest:.2f} to {self._highest:.2f}" if is_beyond else "0 to 1"
            done = "cut off at 0 and 1, and " if is_beyond else ""
            notes.append(f"The pixels of {self._name} were from {span}: they have been {done}multiplied by 255.")
        images = pixels.reshape(self._count, self._height, self._width)
        if (grey := grey_of_canvas(images)) is None:
            return images, notes
        notes.append(
            f"The rows of {self._name} hold red, green, blue and opacity of each pixel: they have been read as grey "
            f"images of {grey.shape[1]}×{grey.shape[2]}."
        )
        return grey, notes

    def _spread_bytes(self, pixels: NDArray[np.uint8]) -> list[str]:
        self._change(_Scale.UNIT, lambda piece: piece // 128)
        if self._height == _SIXTEEN_SIDE and self._count and int(pixels.max()) <= 16:
            np.copyto(pixels, np.rint(pixels * (255 / 16)), casting="unsafe")
            return [f"The pixels of {self._name} were from 0 to 16: they have been scaled to 0 to 255."]
        return [f"The pixels of {self._name} had decimals: they have been rounded."] if self._has_decimals else []

    def _change(self, scale: _Scale, change: Any) -> None:
        for place, its_scale in self._pieces:
            if its_scale is scale:
                self._pixels[place] = change(self._pixels[place])


def out_of_scale(values: NDArray[Any]) -> tuple[int, int] | None:
    """Row and column of the first value that fits no scale; None where all fit one."""
    if values.dtype == np.uint8 or not values.size:
        return None
    lowest, highest = float(values.min()), float(values.max())
    if (lowest >= 0 and highest <= 255) or (lowest >= -1 - _NEARLY and highest <= 1 + _NEARLY):
        return None
    if _is_near_unit(lowest, highest):
        return None
    wrong = ~((values >= 0) & (values <= 255))
    row, column = np.argwhere(wrong)[0]
    return int(row), int(column)


def _is_near_unit(lowest: float, highest: float) -> bool:
    """Whether all are from 0 to 1, or a little beyond."""
    return lowest >= -_BEYOND and highest <= 1 + _BEYOND


def _stored(values: NDArray[Any]) -> tuple[_Scale, NDArray[np.uint8], bool]:
    """The scale of a piece, its bytes, and whether all values were whole."""
    if not values.size:
        return _Scale.WHOLE_UNIT, values.astype(np.uint8), True
    lowest, highest = float(values.min()), float(values.max())
    is_whole = values.dtype.kind in "iub" or bool((values == np.rint(values)).all())
    is_unit = not is_whole and _is_near_unit(lowest, highest)
    if highest > 1 + _NEARLY and not is_unit:
        return _Scale.BYTES, _rounded(values), is_whole
    if -0.5 - _NEARLY <= lowest < -0.5 + _NEARLY and highest <= 0.5 + _NEARLY:
        return _Scale.HALF, _rounded((np.clip(values, -0.5, 0.5) + 0.5) * 255), False
    if lowest < -_NEARLY and not is_unit:
        return _Scale.SIGNED, _as_signed(values), is_whole
    if is_whole:
        return _Scale.WHOLE_UNIT, values.astype(np.uint8), True
    return _Scale.UNIT, _rounded(np.clip(values, 0, 1) * 255), False


def _as_signed(values: NDArray[Any]) -> NDArray[np.uint8]:
    return _rounded((np.clip(values, -1, 1) + 1) * 127.5)


def _rounded(values: NDArray[Any]) -> NDArray[np.uint8]:
    return np.asarray(values if values.dtype.kind in "iu" else np.rint(values)).astype(np.uint8)
