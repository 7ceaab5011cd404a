"""Rows of numbers out of text: all at once where pandas understands them, one by one where a fault needs its name.

Pixels and labels are told apart there: labels that are words leave the pixels to pandas.
"""

import csv
import io
import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.importing.cells import cell_of, is_blank, unquoted
from core.data.importing.one_hot import place_of_true
from core.data.importing.pixel_rows import out_of_scale
from core.errors import DataError

Labels = NDArray[Any]
"""Labels as they are in a file: int64, or ``str`` objects where any of them is not a whole number."""

_SHOWN = 20
_PLAIN = b"0123456789,\n"
_LARGEST_LABEL = 1 << 53
# Characters, all of which are kept for every row.
_LONGEST_LABEL = 1_000
_QUOTED = re.compile(rb"""["']([^"',;|\t\n]*)["']""")


class LabelError(DataError):
    """A label that cannot be read, in a row whose pixels may be."""


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
        Position of the label; None without one.
    pixels
        Positions of the pixels, in their order.
    separator
        One character between values; a blank stands for any number of them.
    decimal
        What is before decimals: a point or a comma.
    one_hot, classes
        Positions of the columns that tell the label by the one that is true, and their labels; empty without.
    """

    name: str
    columns: int
    label: int | None
    pixels: tuple[int, ...]
    separator: str = ","
    decimal: str = "."
    one_hot: tuple[int, ...] = ()
    classes: tuple[int | str, ...] = ()

    @property
    def told_by(self) -> tuple[int, ...]:
        """Positions of the cells that tell the label; empty without one."""
        return self.one_hot if self.label is None else (self.label,)

    def cells(self, line: bytes) -> list[str]:
        """The values of a line, without quotes and blanks around them."""
        text = line.decode("utf-8", errors="replace")
        cells = text.split() if self.separator == " " else text.split(self.separator)
        return [unquoted(cell) for cell in cells]

    def label_cells(self, line: bytes) -> list[str] | None:
        """Of the same those that tell the label, the rest as it is; None where there are more or fewer than columns."""
        separator = None if self.separator == " " else self.separator.encode()
        if (len(line.split()) if separator is None else line.count(separator) + 1) != self.columns:
            return None
        cells = (cell_of(line, separator, position, self.columns) for position in self.told_by)
        return [unquoted(cell.decode("utf-8", errors="replace")) for cell in cells]


@dataclass(frozen=True, eq=False)
class Rows:
    """Some rows of a table.

    Parameters
    ----------
    pixels
        Numbers of any type, shape ``(n, len(rules.pixels))``, on a scale that :mod:`pixel_rows` knows.
    labels
        Shape ``(n,)``; None without labels.
    """

    pixels: NDArray[Any]
    labels: Labels | None


def parse_rows(text: bytes, rules: RowRules, first_row: int) -> Rows:
    """The numbers of some whole lines; empty lines are left out.

    Parameters
    ----------
    text
        UTF-8, a line feed after every line.
    first_row
        Number of the first line in the file, counted from 1.

    Raises
    ------
    LabelError
        If a label is not what it should be; the sentence names the row.
    DataError
        If anything else in a row is not.
    """
    rows = _parse_all_at_once(text, rules, first_row)
    return _parse_one_by_one(text, rules, first_row) if rows is None else rows


def _parse_all_at_once(text: bytes, rules: RowRules, first_row: int) -> Rows | None:
    """The same by pandas; None where anything is unusual but the labels."""
    # It takes most of a second to import, and the server may never need it.
    import pandas as pd

    blanks = rules.separator == " "
    bare = _QUOTED.sub(rb"\1", text) if b'"' in text or b"'" in text else text
    try:
        frame = pd.read_csv(
            io.BytesIO(bare),
            header=None,
            quoting=csv.QUOTE_NONE,
            na_filter=False,
            low_memory=False,
            sep=r"\s+" if blanks else rules.separator,
            decimal=rules.decimal,
            skipinitialspace=not blanks,
        )
    except (ValueError, OverflowError):
        # Rows of different lengths, or no row at all.
        return None
    if frame.shape[1] != rules.columns:
        return None
    pixels = _numbers(frame, rules, is_plain=not bare.translate(None, _PLAIN))
    if pixels is None or out_of_scale(pixels) is not None:
        return None
    if not rules.told_by:
        return Rows(pixels, None)
    labels = _labels_of(frame, rules)
    if labels is None:
        labels = _labels_in(text, rules, first_row)
    return None if labels is None or len(labels) != len(pixels) else Rows(pixels, labels)


def _labels_in(text: bytes, rules: RowRules, first_row: int) -> Labels | None:
    """The labels of whole rows, one by one: they may be words, and faults get a sentence; None of rows cut short."""
    labels: list[int | str] = []
    for number, line in enumerate(text.split(b"\n"), first_row):
        if not is_blank(line):
            cells = rules.label_cells(line)
            if cells is None:
                return None
            labels.append(_label_in(cells, rules, number))
    return joined_labels([np.array(labels, dtype=object)])


def _label_in(cells: list[str], rules: RowRules, number: int) -> int | str:
    """The label by the only cell that tells it, or those of the classes."""
    return _class_of(cells, rules, number) if rules.one_hot else _label_of(cells[0], rules, number)


def _numbers(frame: Any, rules: RowRules, *, is_plain: bool) -> NDArray[Any] | None:
    """The pixels as bytes where all characters are digits, else as numbers; None where one is not a number."""
    first, last = rules.pixels[0], rules.pixels[-1]
    in_order = rules.pixels == tuple(range(first, last + 1))
    chosen = frame.iloc[:, first : last + 1] if in_order else frame.iloc[:, list(rules.pixels)]
    values: NDArray[Any] = chosen.to_numpy()
    if values.dtype.kind not in "iuf":
        return None
    if is_plain and values.dtype.kind == "i" and values.max(initial=0) <= 255:
        return values.astype(np.uint8)
    return values if np.isfinite(values).all() else None


def _labels_of(frame: Any, rules: RowRules) -> Labels | None:
    """The labels of a frame; None where one of them needs to be looked at."""
    if not rules.one_hot:
        return _label_column(frame[rules.label].to_numpy())
    values = frame[list(rules.one_hot)].to_numpy()
    if values.dtype.kind not in "biuf" or not ((values == 0) | (values == 1)).all() or (values.sum(axis=1) != 1).any():
        return None
    labels = [rules.classes[place] for place in values.argmax(axis=1)]
    return np.array(labels, np.int64 if isinstance(rules.classes[0], int) else object)


def _label_column(values: NDArray[Any]) -> Labels | None:
    """Labels of a column; None where one of them needs to be looked at."""
    if values.dtype.kind in "iu":
        return values.astype(np.int64) if not values.size or values.min() >= 0 else None
    if values.dtype.kind == "f":
        is_whole = np.isfinite(values).all() and (values == np.rint(values)).all() and values.min(initial=0) >= 0
        return values.astype(np.int64) if is_whole and values.max(initial=0) < _LARGEST_LABEL else None
    return None


def _parse_one_by_one(text: bytes, rules: RowRules, first_row: int) -> Rows:
    """The same, row by row and slowly: labels may be text, and faults get a sentence."""
    pixels, labels = [], []
    for number, line in enumerate(text.split(b"\n"), first_row):
        if not is_blank(line):
            cells = rules.cells(line)
            if len(cells) != rules.columns:
                held = "1 value" if len(cells) == 1 else f"{len(cells):,} values"
                raise DataError(f"Row {number:,} of {rules.name} has {held} instead of {rules.columns}.")
            pixels.append(_pixels_of(cells, rules, number))
            if rules.told_by:
                labels.append(_label_in([cells[position] for position in rules.told_by], rules, number))
    values = np.array(pixels, np.float64).reshape(-1, len(rules.pixels))
    if wrong := out_of_scale(values):
        row, column = wrong
        numbers = [number for number, line in enumerate(text.split(b"\n"), first_row) if not is_blank(line)]
        raise _no_pixel(rules, numbers[row], rules.pixels[column], f"{values[row, column]:.15g}")
    return Rows(values, joined_labels([np.array(labels, dtype=object)]) if rules.told_by else None)


def joined_labels(pieces: list[Labels]) -> Labels:
    """Labels of several pieces: int64 where all are whole numbers, else text."""
    labels = np.concatenate(pieces) if pieces else np.empty(0, np.int64)
    if labels.dtype == np.int64:
        return labels
    if all(isinstance(label, int | np.integer) for label in labels):
        return labels.astype(np.int64)
    return np.array([str(label) for label in labels], dtype=object)


def _pixels_of(cells: list[str], rules: RowRules, number: int) -> list[float]:
    values = []
    for position in rules.pixels:
        value = _number(cells[position], rules.decimal)
        if value is None or not -1 <= value <= 255:
            raise _no_pixel(rules, number, position, cells[position])
        values.append(value)
    return values


def _no_pixel(rules: RowRules, number: int, position: int, cell: str) -> DataError:
    hint = " Save pixels before they are standardised." if cell.startswith("-") and "." in cell else ""
    return DataError(
        f"Row {number:,} of {rules.name} has a pixel (column {position + 1}) that is not a number from 0 to 255: "
        f"“{_shown(cell)}”.{hint}"
    )


def _label_of(cell: str, rules: RowRules, number: int) -> int | str:
    value = _number(cell, rules.decimal)
    if value is None and '"' not in cell and len(cell) <= _LONGEST_LABEL and any(letter.isalnum() for letter in cell):
        return cell
    if value is None or value < 0 or value != int(value) or value >= _LARGEST_LABEL:
        raise LabelError(
            f"Row {number:,} of {rules.name} has a label that is neither a whole number nor a name: “{_shown(cell)}”."
        )
    return int(value)


def _class_of(cells: list[str], rules: RowRules, number: int) -> int | str:
    """The class whose column, of those in their order, is true."""
    place = place_of_true(cells)
    if place is None:
        raise LabelError(
            f"Row {number:,} of {rules.name} does not have exactly one 1 in its class columns ({rules.one_hot[0] + 1} "
            f"to {rules.one_hot[-1] + 1}), and zeros elsewhere."
        )
    return rules.classes[place]


def _number(cell: str, decimal: str) -> float | None:
    """A decimal number; None for what Python takes beyond that: ``nan``, ``inf``, ``1_000``, other scripts' digits."""
    text = cell.replace(decimal, ".") if decimal != "." else cell
    if not text.isascii() or (not text[-1:].isdigit() and not text.endswith(".")) or "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _shown(cell: str) -> str:
    return "".join(letter for letter in cell if letter.isprintable())[:_SHOWN]
