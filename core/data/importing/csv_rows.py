"""Rows of whole numbers out of text: all at once where every character is as expected, one by one where not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

_SHOWN = 20
_MOST_DIGITS = 3


@dataclass(frozen=True)
class RowRules:
    """What a row must look like.

    Parameters
    ----------
    name
        Of the file, for sentences.
    columns
        Values in every row.
    label
        Position of the label; None without one. All other values are pixels, 0 … 255.
    classes
        Labels are ``0 … classes - 1``.
    """

    name: str
    columns: int
    label: int | None
    classes: int


def parse_rows(text: bytes, rules: RowRules, first_row: int) -> NDArray[np.uint8]:
    """The numbers of some whole lines; empty lines are left out.

    Parameters
    ----------
    text
        ASCII, a line feed after every line.
    first_row
        Number of the first line in the file, counted from 1.

    Returns
    -------
    uint8, shape ``(n, columns)``.

    Raises
    ------
    DataError
        If a row is not what it should be; the sentence names it.
    """
    rows = _parse_all_at_once(text, rules)
    return _parse_one_by_one(text, rules, first_row) if rows is None else rows


def _parse_all_at_once(text: bytes, rules: RowRules) -> NDArray[np.uint8] | None:
    """The same for text of digits, commas and line ends alone; None where anything is unusual.

    Each value is summed up from its last digit, the one before it and the one before that, for all values together.
    That takes half the time of pyarrow's reader, whose columns would have to be turned into rows as well.
    """
    characters = np.frombuffer(text, np.uint8)
    digits = characters - np.uint8(ord("0"))
    ends = np.flatnonzero(digits > 9)
    if not len(ends) or len(ends) % rules.columns or ends[-1] != len(text) - 1:
        return None
    separators = characters[ends].reshape(-1, rules.columns)
    if (separators[:, -1] != ord("\n")).any() or (separators[:, :-1] != ord(",")).any():
        return None
    lengths = np.diff(ends, prepend=-1) - 1
    if lengths.min() < 1 or lengths.max() > _MOST_DIGITS:
        return None
    values = digits[ends - 1].astype(np.uint16)
    longer = np.flatnonzero(lengths > 1)
    values[longer] += digits[ends[longer] - 2] * np.uint16(10)
    longest = longer[lengths[longer] > 2]
    values[longest] += digits[ends[longest] - 3] * np.uint16(100)
    rows = values.reshape(-1, rules.columns)
    if rows.max() > 255 or (rules.label is not None and int(rows[:, rules.label].max()) >= rules.classes):
        return None
    return rows.astype(np.uint8)


def _parse_one_by_one(text: bytes, rules: RowRules, first_row: int) -> NDArray[np.uint8]:
    """The same, row by row and slowly: quotes and blanks are understood, and faults get a sentence."""
    rows = []
    for number, line in enumerate(text.split(b"\n"), first_row):
        if line.strip():
            rows.append(_parse_row(line, rules, number))
    return np.array(rows, np.uint8).reshape(-1, rules.columns)


def _parse_row(line: bytes, rules: RowRules, number: int) -> list[int]:
    cells = line.split(b",")
    if len(cells) != rules.columns:
        values = "1 value" if len(cells) == 1 else f"{len(cells):,} values"
        raise DataError(f"Row {number:,} of {rules.name} has {values} instead of {rules.columns}.")
    numbers = []
    for position, cell in enumerate(cells):
        value = _whole_number(cell)
        is_label = position == rules.label
        most = rules.classes - 1 if is_label else 255
        if value is None or value > most:
            what = "a label" if is_label else f"a pixel (column {position + 1})"
            raise DataError(
                f"Row {number:,} of {rules.name} has {what} that is no whole number from 0 to {most}: “{_shown(cell)}”."
            )
        numbers.append(value)
    return numbers


def _whole_number(cell: bytes) -> int | None:
    bare = cell.strip()
    if len(bare) > 1 and bare[:1] == bare[-1:] == b'"':
        bare = bare[1:-1].strip()
    return int(bare) if bare.isdigit() and len(bare) <= _SHOWN else None


def _shown(cell: bytes) -> str:
    text = cell[: 4 * _SHOWN].decode("utf-8", errors="replace")
    return "".join(letter for letter in text if letter.isprintable())[:_SHOWN]
