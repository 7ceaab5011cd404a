"""Why the pixels of a table are not those of an image: their number, their rows and columns, or one that is missing."""

import math
from collections.abc import Mapping, Sequence

from core.data.dataset import IMAGE_SIDE
from core.data.importing.pixel_names import grid_places
from core.data.importing.sides import SIDES
from core.errors import DataError

_ALLOWED = f"sides may be from {SIDES.start} to {SIDES.stop - 1} pixels"
# Fewer values may be those of anything.
_SMALLEST = 4


def size_words(values: int, before: str = "") -> str:
    """Of which image there are this many values, if it is too large, too small or in colour; else empty.

    Parameters
    ----------
    before
        What there is beside the image.
    """
    for colours in (1, 3):
        side = math.isqrt(max(values, 0) // colours)
        if side**2 * colours != values or side < _SMALLEST or (colours == 1 and side in SIDES):
            continue
        if colours > 1:
            return f"those of {before}an image of {side}×{side} in colour: save one grey value for each pixel."
        change = "down" if side >= SIDES.stop else "up"
        return f"those of {before}an image of {side}×{side}: {_ALLOWED}, so scale the images {change}."
    return ""


def square_grid(name: str, names: Sequence[str]) -> Mapping[int, int]:
    """Positions of pixels by their number, of names that say row and column; empty where they are others.

    Raises
    ------
    DataError
        If they make no image: too large or too small, not square, or with a gap.
    """
    grid = grid_places(names)
    rows, columns = (sorted({place[axis] for place in grid}) for axis in (0, 1))
    header = f"The header of {name} names {len(grid):,} pixels"
    if len(rows) != len(columns):
        raise DataError(
            f"{header}, in {len(rows)} rows and {len(columns)} columns: images in a table must be square, and "
            f"{_ALLOWED}."
        )
    if grid and len(rows) not in SIDES:
        raise DataError(f"{header}, {size_words(len(rows) ** 2)}")
    if absent := next(((row, column) for row in rows for column in columns if (row, column) not in grid), None):
        raise DataError(
            f"{header} of {len(rows) ** 2:,}: the one in row {absent[0]} and column {absent[1]} is missing."
        )
    return {number: grid[place] for number, place in enumerate(sorted(grid))}


def missing_pixel(name: str, places: Mapping[int, int], prefix: str) -> DataError:
    """What is wrong with numbered pixels that are not those of an image.

    Parameters
    ----------
    places
        Their positions by number.
    prefix
        What the names have before the number.
    """
    count = len(places)
    header = f"The header of {name} names {count:,} {'pixel' if count == 1 else 'pixels'}"
    if size := size_words(count):
        return DataError(f"{header}, {size}")
    side = max(min(SIDES), math.isqrt(count - 1) + 1)
    first, total = (min(places) if min(places) <= 1 else 0), side * side
    absent = next(number for number in range(first, first + total) if number not in places)
    is_another_shape = absent > max(places) and side != IMAGE_SIDE and total - count > 1
    if side not in SIDES or is_another_shape:
        return DataError(
            f"{header}, which make no square image: {_ALLOWED}, for example 28×28, with pixel0 … pixel783."
        )
    return DataError(f"{header} of {total:,}: {prefix}{absent} is missing.")
