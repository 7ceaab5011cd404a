"""Kaggle's CSV: a header ``label,pixel0…pixel783`` and one image a row, read in pieces."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import DIGIT_NAMES, IMAGE_SIDE
from core.data.importing.assemble import MOST_IMAGES
from core.data.importing.csv_rows import RowRules, parse_rows
from core.data.importing.kaggle_writer import PIXELS
from core.data.importing.named_file import NamedFile
from core.data.importing.text_lines import LONGEST_LINE, open_text, whole_lines
from core.errors import DataError

MOST_CSV_BYTES = 600_000_000
"""Of text, unpacked: 250,000 images take about 460 MB, Kaggle's 42,000 take 77 MB."""
_LABELS = ("label", "class")
_PIXEL = re.compile(r"(?:pixel)?(\d{1,3})")
_ROW_COLUMN = re.compile(r"(\d{1,2})x(\d{1,2})")


@dataclass(frozen=True, eq=False)
class CsvImages:
    """What a CSV holds.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``.
    labels
        int64, shape ``(N,)``; None in a file without labels, such as Kaggle's test images.
    notes
        Sentences for the report.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Layout:
    """Where everything stands in a row.

    Parameters
    ----------
    has_header
        Whether the first row holds names.
    label
        Position of the label; None without one.
    pixels
        Position of each of the 784 pixels, row by row from the top left.
    """

    has_header: bool
    label: int | None
    pixels: tuple[int, ...]

    @property
    def columns(self) -> int:
        """Values in every row."""
        return PIXELS + (self.label is not None)

    def pixels_of(self, rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The pixels of rows ``(n, columns)`` in their order; shape ``(n, 784)``."""
        first, last = self.pixels[0], self.pixels[-1]
        is_in_order = self.pixels == tuple(range(first, last + 1))
        return rows[:, first : last + 1] if is_in_order else rows[:, list(self.pixels)]


def read_kaggle_csv(file: NamedFile, class_names: Sequence[str] = DIGIT_NAMES) -> CsvImages:
    """Read a CSV, gzipped or plain, columns in any order that the header gives; 42,000 rows take about two seconds.

    Rows are counted before any memory is taken for them.

    Raises
    ------
    DataError
        If the file is empty, too large, or anything in it is not what it should be; the sentence names the row,
        counted as a spreadsheet does: the first line of the file is row 1.
    """
    layout = read_layout(file)
    most = _count_rows(file)
    images, labels, count = np.empty((most, PIXELS), np.uint8), np.empty(most, np.int64), 0
    for values in _rows(file, layout, RowRules(file.name, layout.columns, layout.label, len(class_names))):
        rows = slice(count, count + len(values))
        images[rows] = layout.pixels_of(values)
        if layout.label is not None:
            labels[rows] = values[:, layout.label]
        count = rows.stop
    if count == 0:
        raise DataError(f"{file.name} holds no images: there is no row below its header.")
    notes = () if layout.has_header else (f"{file.name} has no header: its first row was read as an image.",)
    shaped = images[:count].reshape(count, IMAGE_SIDE, IMAGE_SIDE)
    return CsvImages(shaped, None if layout.label is None else labels[:count], notes)


def read_unlabelled_images(file: NamedFile) -> NDArray[np.uint8]:
    """Images of a CSV, with or without labels, to predict on; uint8, shape ``(N, 28, 28)``.

    Raises
    ------
    DataError
        If the file is not readable; the sentence names the row.
    """
    # Labels are not used, so they may be anything that fits into a byte.
    return read_kaggle_csv(file, [str(label) for label in range(256)]).images


def read_layout(file: NamedFile) -> Layout:
    """Where label and pixels stand, from the first line.

    Raises
    ------
    DataError
        If that line is neither a header nor a row of numbers, or columns are missing, twice there or unknown.
    """
    with open_text(file) as stream:
        line = stream.readline(LONGEST_LINE).partition(b"\r")[0]
    if not line.strip():
        raise DataError(f"{file.name} is empty." if not line else f"The first row of {file.name} is empty.")
    cells = [cell.strip().strip('"').strip() for cell in line.decode("utf-8-sig", errors="replace").split(",")]
    if all(re.fullmatch(r"-?\d+(\.\d*)?", cell) for cell in cells):
        return _layout_without_names(file.name, len(cells))
    return _layout_of_names(file.name, [cell.lower() for cell in cells])


def _layout_without_names(name: str, columns: int) -> Layout:
    if columns == PIXELS + 1:
        return Layout(has_header=False, label=0, pixels=tuple(range(1, PIXELS + 1)))
    if columns == PIXELS:
        return Layout(has_header=False, label=None, pixels=tuple(range(PIXELS)))
    raise DataError(f"Row 1 of {name} has {columns} values; an image needs 784 pixels, or a label and 784 pixels.")


def _layout_of_names(name: str, cells: list[str]) -> Layout:
    """Positions by the names ``label``, ``pixel0 … pixel783``, ``pixel1 … pixel784`` or ``1x1 … 28x28``."""
    places: dict[int, int] = {}
    label = None
    for position, cell in enumerate(cells):
        index = _pixel_index(cell)
        if cell in _LABELS and label is None:
            label = position
        elif index is None or index in places:
            fault = "twice in" if index in places or cell in _LABELS else "unknown in"
            raise DataError(
                f"The column “{cell[:40]}” is {fault} the header of {name}: it needs label, pixel0 … pixel783."
            )
        else:
            places[index] = position
    first = min(places, default=0)
    missing = [index for index in range(first, first + PIXELS) if index not in places]
    if first > 1 or missing or len(places) != PIXELS:
        absent = f"pixel{missing[0]}" if missing and first <= 1 else "pixel0"
        raise DataError(f"The header of {name} names {len(places)} pixels of 784: {absent} is missing.")
    return Layout(has_header=True, label=label, pixels=tuple(places[first + index] for index in range(PIXELS)))


def _pixel_index(cell: str) -> int | None:
    if match := _ROW_COLUMN.fullmatch(cell):
        row, column = int(match[1]), int(match[2])
        return (row - 1) * IMAGE_SIDE + column if 1 <= row <= IMAGE_SIDE and 1 <= column <= IMAGE_SIDE else None
    match = _PIXEL.fullmatch(cell)
    return int(match[1]) if match else None


def _count_rows(file: NamedFile) -> int:
    """The most rows that the file can hold, from its line ends; memory stays as it is.

    Raises
    ------
    DataError
        If they are more than are read.
    """
    lines = size = 0
    for text in whole_lines(file):
        lines += text.count(b"\n")
        size += len(text)
        if lines > MOST_IMAGES + 1:
            raise DataError(f"{file.name} has more than {MOST_IMAGES:,} rows, the most that are read at once.")
        if size > MOST_CSV_BYTES:
            raise DataError(
                f"{file.name} is larger than {MOST_CSV_BYTES / 1e6:,.0f} MB of text, the most that is read."
            )
    return lines


def _rows(file: NamedFile, layout: Layout, rules: RowRules) -> Iterator[NDArray[np.uint8]]:
    """Some rows at a time: uint8, shape ``(n, 785)`` or ``(n, 784)``, columns in the order of the file."""
    row, skip = 1, layout.has_header
    for text in whole_lines(file):
        header = text.index(b"\n") + 1 if skip else 0
        if len(text) > header:
            yield parse_rows(text[header:], rules, row + int(skip))
        row, skip = row + text.count(b"\n"), False
