"""Rows of whole numbers out of text: all at once where every character is as expected, one by one where not."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

_SHOWN = 20
_PLAIN = b"0123456789,\n"


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
    """The same by pandas, for text of digits, commas and line feeds alone; None where anything is unusual.

    The characters are looked at first because pandas takes more than is meant here: signs, ``5.0``, ``1e2``. The
    type is left to pandas, which takes half as long as being told one: whole numbers become int64, and whatever
    contains anything else, an empty cell or a number beyond int64, becomes something else.
    """
    # It takes most of a second to import, and the server may never need it.
    import pandas as pd

    if text.translate(None, _PLAIN):
        return None
    try:
        frame = pd.read_csv(io.BytesIO(text), header=None, na_filter=False, low_memory=False)
    except (ValueError, OverflowError):
        # Rows of different lengths, or no row at all.
        return None
    rows = frame.to_numpy()
    if rows.dtype != np.int64 or rows.shape[1] != rules.columns or rows.max() > 255:
        return None
    if rules.label is not None and rows[:, rules.label].max() >= rules.classes:
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
