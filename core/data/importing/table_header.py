"""Whether a row of a table holds the names of its columns."""

import re
from collections import Counter
from collections.abc import Sequence

from core.data.importing.sides import SIDES

_MOST_DIGITS = 9
_LONGEST = 40
FEWEST = min(SIDES) ** 2
"""Columns that a table of images has at least."""
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?", re.IGNORECASE)
_REPEATED = re.compile(r"(?P<value>x?\d+(\.\d+)?)\.(?P<number>\d{1,4})", re.IGNORECASE)


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row holds names: any that are not numbers, numbers in sequence, or numbers that pandas told apart."""
    filled = [cell for cell in cells if cell]
    numbers = [cell for cell in filled if _NUMBER.fullmatch(cell) or cell.lower() in ("true", "false")]
    # A label may be a word: it alone does not make names of a row of numbers.
    if len(numbers) < len(filled) - (len(cells) > FEWEST and len(numbers) > 0.9 * len(cells)):
        return True
    if len(numbers) < FEWEST:
        return False
    return _is_sequence(numbers) or is_told_apart(numbers)


def is_of_pixels(cells: Sequence[str]) -> bool:
    """Whether a row is as long as that of an image, and mostly of numbers or numbered names."""
    numbered = [cell for cell in cells if len(cell) <= _LONGEST and any(letter.isdigit() for letter in cell)]
    return len(cells) >= FEWEST and 2 * len(numbered) > len(cells)


def _is_sequence(cells: Sequence[str]) -> bool:
    """``0, 1, 2 …`` as pandas names columns; after the name of a label, or not."""
    values = [cell.removesuffix(".0") for cell in cells[-FEWEST:]]
    if not all(value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS for value in values):
        return False
    first = int(values[0])
    return [int(value) for value in values] == list(range(first, first + len(values)))


def is_told_apart(cells: Sequence[str]) -> bool:
    """Whether they are ``0, 0.1, 12, 0.2, 12.1 …``: a first image that pandas, or R, took for names and made unique."""
    seen: Counter[str] = Counter()
    repeated = 0
    for cell in cells:
        match = _REPEATED.fullmatch(cell)
        if match and int(match["number"]) == seen[match["value"]] > 0:
            seen[match["value"]] += 1
            repeated += 1
        else:
            seen[cell] += 1
    return len(set(cells)) == len(cells) and repeated > len(cells) / 4
