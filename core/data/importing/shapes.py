"""Whether an array holds images or labels, by its shape."""

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.class_names import MOST_CLASSES
from core.data.importing.canvas_rows import COLOURS
from core.data.importing.csv_rows import Labels
from core.data.importing.label_column import are_unknown, unknown_among
from core.data.importing.sides import SIDES, side_of

_MOST_DIGITS = 18
_CHUNK = 2_048


def as_images(  # noqa: PLR0911 - a line per shape
    array: NDArray[Any], counts: Collection[int] = ()
) -> NDArray[Any] | None:
    """An array as images ``(N, H, W)`` of one colour; None where its shape is none of images.

    Parameters
    ----------
    counts
        Numbers of labels that there are: they tell which side of a table counts the images.
    """
    if array.dtype.kind not in "uifb":
        return None
    array = _without_ones(array.astype(np.uint8) if array.dtype.kind == "b" else array)
    shape = array.shape
    if array.ndim == 4:
        return _grey(array, counts)
    if array.ndim == 3:
        if _are_sides(shape[1:]) and not (_are_sides(shape[:2]) and shape[2] in counts and shape[0] not in counts):
            return array
        return array.transpose(2, 0, 1) if _are_sides(shape[:2]) else None
    if array.ndim == 2 and not counts and shape[0] == shape[1] and _are_sides(shape) and side_of(shape[1]) is None:
        # One image by itself.
        return array[None]
    if array.ndim == 2:
        rows, columns = (side_of(size) for size in shape)
        if columns and not (rows and shape[1] in counts and shape[0] not in counts):
            return array.reshape(len(array), columns, columns)
        return array.T.reshape(shape[1], rows, rows) if rows else None
    return None


def _without_ones(array: NDArray[Any]) -> NDArray[Any]:
    """Without the axes of length 1 that frameworks add: ``(N, 1, 784)``, ``(N, 1, 28, 28, 1)``."""
    shape = array.shape
    is_usual = array.ndim in (1, 2, 4) or (array.ndim == 3 and _are_sides(shape[:2]))
    return array if is_usual else array.reshape(shape[:1] + tuple(size for size in shape[1:] if size != 1))


def as_labels(array: NDArray[Any], count: int) -> Labels | None:
    """An array as this many labels: a row, a column, or one column for each class with a 1 in one of them.

    None where it is none of them, or one is unknown.
    """
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.ndim == 2 and array.shape[0] != count and array.shape[1] == count:
        array = array.T
    if array.shape[:1] != (count,):
        return None
    if array.ndim == 2 and array.dtype.kind in "uifb" and 2 <= array.shape[1] <= MOST_CLASSES:
        is_one_hot = ((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all()
        return array.argmax(axis=1).astype(np.int64) if is_one_hot else None
    if array.ndim != 1:
        return None
    if array.dtype.kind in "US":
        words = array.astype(str) if array.dtype.kind == "U" else np.char.decode(array, "utf-8", "replace")
        if are_unknown(words) or unknown_among(words.tolist()):
            return None
        are_numbers = np.char.isdecimal(words).all() and np.char.str_len(words).max(initial=0) <= _MOST_DIGITS
        return words.astype(np.int64) if are_numbers else words.astype(object)
    is_whole = array.dtype.kind in "iub" or bool(np.isfinite(array).all() and (array == np.rint(array)).all())
    return array.astype(np.int64) if is_whole and (not count or array.min() >= 0) else None


def _grey(array: NDArray[Any], counts: Collection[int]) -> NDArray[Any] | None:
    """Images ``(N, H, W, C)``, ``(N, C, H, W)`` or, as MATLAB has them, ``(H, W, C, N)``."""
    shape = array.shape
    if _are_sides(shape[:2]) and shape[2] in (1, 3) and (shape[3] not in (1, 3, 4) or shape[3] in counts):
        array = array.transpose(3, 0, 1, 2)
    elif _are_sides(shape[2:]) and shape[1] in (1, 3, 4):
        array = array.transpose(0, 2, 3, 1)
    elif not (_are_sides(shape[1:3]) and shape[3] in (1, 3, 4)):
        return None
    if array.shape[3] == 1:
        return array[..., 0]
    if array.shape[3] == 4 and not array[..., :3].any():
        # Black ink on nothing: it is in the opacity.
        return array[..., 3]
    grey = np.empty(array.shape[:3], np.float32)
    for start in range(0, len(array), _CHUNK):
        grey[start : start + _CHUNK] = array[start : start + _CHUNK, :, :, :3].astype(np.float32) @ COLOURS
    return np.rint(grey) if array.dtype.kind in "iu" else grey


def _are_sides(sizes: tuple[int, ...]) -> bool:
    return all(size in SIDES for size in sizes)
