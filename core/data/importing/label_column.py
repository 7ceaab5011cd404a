"""Which end of the rows of a table without names holds their labels."""

import re
from collections.abc import Iterable, Mapping

from core.data.importing.cells import unquoted
from core.errors import DataError

MOST_LABELS = 100
FEWEST_ROWS = 10
"""As many consecutive numbers may be the labels of one digit each."""
_PAPER_SHARE = 0.95
_UNKNOWN = frozenset(["", "?", "nan"])
# Among numbers: among words and other signs they are classes, such as minus.
_UNKNOWN_AMONG_NUMBERS = frozenset(["-", "n/a"])
# Of a whole column only: null is the German zero.
_ALL_UNKNOWN = _UNKNOWN_AMONG_NUMBERS | {"na", "none", "null"}
_MINUS_ONE = re.compile(r"-1([.,]0*)?(e\+?0+)?")


def columns_asked(ends: tuple[int, int]) -> tuple[int, ...]:
    """The columns that tell: both ends, and what is beside them."""
    return (ends[0], ends[0] + 1, ends[1] - 1, ends[1])


def told_label(name: str, ends: tuple[int, int], cells: Mapping[int, list[bytes]], notes: list[str]) -> int | None:
    """The label’s column, by the values of the first, the last and those beside them; None if it counts the rows.

    Parameters
    ----------
    ends
        Where the label may be.
    cells
        What is in each of :func:`columns_asked`, row by row.
    notes
        What was told is added to them, where somebody may want to know.

    Raises
    ------
    DataError
        If neither end holds labels.
    """
    first, last = ends
    if _counts_rows(cells[first]):
        notes.append(f"The first column of {name} numbers its rows: it was left out, and there are no labels.")
        return None
    values = {position: _distinct(found) for position, found in cells.items()}
    beside = {first: values[first + 1], last: values[last - 1]}
    ways = {
        position: _unlikeness(found, beside[position])
        for position in ends
        if (found := values[position]) and not are_unknown(cells[position])
    }
    pairs = ((first, first + 1), (last, last - 1))
    untold = [end for end, other in pairs if are_unknown(cells[end]) and not are_unknown(cells[other])]
    is_clear = len(untold) == 1 and not _may_be_pixels(untold[0], cells)
    if is_clear or (untold and all(is_paper for is_paper, _ in ways.values())):
        return untold[0]
    if not ways:
        raise DataError(
            f"{name} has no header, and neither its first nor its last column holds labels: add a header "
            "label,pixel0 … pixel783."
        )
    told = min(ways, key=lambda position: ways[position])
    place = "last" if told == last else "first"
    if len(ways) == 2 and ways[first][0] == ways[last][0] and max(ways.values())[1] < MOST_LABELS:
        notes.append(
            f"The first or the last column of {name} could hold the labels: they were read from the {place} one. If "
            "they are in the other, add a header label,pixel0 … pixel783."
        )
    elif told == last:
        notes.append(f"The labels of {name} were read from its last column.")
    return told


def _may_be_pixels(end: int, cells: Mapping[int, list[bytes]]) -> bool:
    """Whether an end of nothing but -1 is beside other columns with numbers below 0."""
    others = {cell for position, found in cells.items() if position != end for cell in found}
    return any(map(_is_minus_one, map(_text, {*cells[end]}))) and any(_text(cell).startswith("-") for cell in others)


def are_unknown(cells: Iterable[bytes | str]) -> bool:
    """Whether no row tells its label: all cells are empty, a question mark, -1 or the like."""
    texts = {_text(cell) for cell in {*cells}}
    return bool(texts) and all(text.lower() in _ALL_UNKNOWN or _is_unknown(text) for text in texts)


def unknown_among(labels: Iterable[str]) -> set[str]:
    """Those that say that the label is unknown; “-” and “n/a” do where all others are whole numbers."""
    distinct = {*labels}
    unknown = {text for text in distinct if _is_unknown(text)}
    signs = {text for text in distinct if text.lower() in _UNKNOWN_AMONG_NUMBERS}
    are_numbers = all((_label_text(text) or "").isdecimal() for text in distinct - unknown - signs)
    return unknown | signs if are_numbers else unknown


def _is_unknown(text: str) -> bool:
    """Whether a cell says that its label is unknown, whatever the others hold."""
    return text.lower() in _UNKNOWN or _is_minus_one(text)


def _is_minus_one(text: str) -> bool:
    return _MINUS_ONE.fullmatch(text.lower()) is not None


def _text(cell: bytes | str) -> str:
    return unquoted(cell if isinstance(cell, str) else cell.decode("utf-8", "replace"))


def _unlikeness(counts: dict[str, int], beside: dict[str, int] | None) -> tuple[bool, int]:
    """How little a column looks like labels: a corner of a picture is paper as its neighbour is, or has any value."""
    total, most = sum(counts.values()), max(counts, key=lambda value: counts[value])
    is_paper = sum(counts.get(value, 0) for value in ("0", "255", "1", "-1")) == total
    is_paper = is_paper and (len(counts) == 1 or counts[most] > _PAPER_SHARE * total)
    beside = beside or {}
    is_paper = is_paper and most == max(beside, key=lambda value: beside[value], default="")
    return is_paper, max((int(value) for value in counts if value.isascii() and value.isdigit()), default=0)


def _distinct(cells: list[bytes]) -> dict[str, int] | None:
    """How often each value occurs in a column of labels, of unknown ones -1 alone; None where it cannot be one."""
    counts: dict[bytes, int] = {}
    for cell in cells:
        counts[cell] = counts.get(cell, 0) + 1
        if len(counts) > 4 * MOST_LABELS:
            return None
    found: dict[str, int] = {}
    for cell, count in counts.items():
        text = _text(cell)
        key = "-1" if _is_minus_one(text) else _label_text(text)
        if key is None and are_unknown([text]):
            continue
        if key is None:
            return None
        found[key] = found.get(key, 0) + count
    return found if len(found) <= MOST_LABELS else None


def _label_text(text: str) -> str | None:
    """A label, whole numbers without decimals; None for what is not one."""
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        return text if any(letter.isalnum() for letter in text) else None
    return str(int(number)) if number.is_integer() and number >= 0 else None


def _counts_rows(cells: list[bytes]) -> bool:
    """Whether a column holds consecutive numbers."""
    try:
        numbers = [int(float(_text(cell))) for cell in cells[:1000]]
    except (ValueError, OverflowError):
        return False
    return len(numbers) > FEWEST_ROWS and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
