"""Tables of images: Kaggle's CSV, a header ``label,pixel0…pixel783`` and one image a row, and all its relatives."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.data.budget import spend
from core.data.importing.assemble import MOST_IMAGES
from core.data.importing.cells import cell_of, is_blank
from core.data.importing.csv_rows import LabelError, Labels, Rows, joined_labels, parse_rows
from core.data.importing.emnist import ON_THEIR_SIDE, emnist_split_of_file, upright
from core.data.importing.label_column import FEWEST_ROWS, MOST_LABELS, are_unknown, columns_asked, told_label
from core.data.importing.named_file import NamedFile
from core.data.importing.pixel_cells import unfolded
from core.data.importing.pixel_rows import PixelRows
from core.data.importing.table_layout import Layout, may_be_images, read_layout
from core.data.importing.text_lines import whole_lines
from core.data.splits import stratified_split
from core.errors import DataError

MOST_CSV_BYTES = 2_000_000_000
"""Of text, unpacked: Kaggle's 42,000 images take 77 MB, and 60,000 written by NumPy's ``savetxt`` 1.2 GB."""
MOST_ROWS = 1_000_000
"""Of which ``MOST_IMAGES`` are read; the largest set that is known here, EMNIST by class, has 697,932."""
_MOST_LETTERS = 40
_PAPER_SHARE = 0.95
_COMMENTS = re.compile(rb"^[ \t]*%.*$", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class CsvImages:
    """What a table holds.

    Parameters
    ----------
    images
        uint8, shape ``(N, H, W)``.
    labels
        As in the file, shape ``(N,)``: int64, or ``str`` objects; None in a file without labels, such as Kaggle's test
        images.
    notes
        Sentences for the report.
    """

    images: NDArray[np.uint8]
    labels: Labels | None
    notes: tuple[str, ...] = ()


def read_kaggle_csv(file: NamedFile, *, is_whole: bool = False, needs_labels: bool = True) -> CsvImages:
    """Read a table of images, gzipped or plain, whatever separates its values; 42,000 rows take about two seconds.

    Rows are counted before any memory is taken for them. Of more than ``MOST_IMAGES`` a stratified part is read.

    Parameters
    ----------
    is_whole
        Whether more are refused instead.
    needs_labels
        If not, they are None where any of them cannot be read.

    Raises
    ------
    DataError
        If the file is empty, too large, or anything in it is not what it should be; the sentence names the row,
        counted as a spreadsheet does: the first line of the file is row 1.
    """
    file = unfolded(file)
    layout = read_layout(file)
    rows = max(0, _count_rows(file) - layout.skipped)
    notes = list(layout.notes)
    chosen = None
    if layout.is_open or rows > MOST_IMAGES:
        ends = _label_cells(file, layout)
        if layout.is_open:
            layout = layout.with_label(told_label(file.name, layout.ends(), ends, notes))
        count = len(next(iter(ends.values())))
        if is_whole and count > MOST_IMAGES:
            raise DataError(f"{file.name} has {count:,} images; at most {MOST_IMAGES:,} are read at once: split it.")
        if count > MOST_IMAGES:
            wanted = None if layout.label is None else ends.get(layout.label)
            chosen = _stratified(file.name, wanted, ends, notes)
    most = rows if chosen is None else MOST_IMAGES
    spend(most * layout.side**2, file.name)
    images, labels, more = _read_told(file, layout, most, chosen, needs_labels=needs_labels)
    if labels is None and not layout.has_header:
        _refuse_shifted(file.name, images)
    split = emnist_split_of_file(file.name)
    if split is not None:
        images = upright(images)
        more.append(ON_THEIR_SIDE)
    return CsvImages(images, labels, (*notes, *more))


def _refuse_shifted(name: str, images: NDArray[np.uint8]) -> None:
    """A table without names that has as many columns as there are pixels, one of which is the label."""
    flat = images.reshape(len(images), -1)
    for place, end, neighbour in (("first", 0, 1), ("last", -1, -2)):
        ends, beside = (np.bincount(flat[:, column], minlength=256) for column in (end, neighbour))
        is_label = len(flat) >= FEWEST_ROWS and ends[MOST_LABELS:].sum() == 0 and 3 * ends.max() <= 2 * len(flat)
        if is_label and (ends > 0).sum() > 2 and beside.max() > _PAPER_SHARE * len(flat):
            raise DataError(
                f"The {place} column of {name} looks like labels, beside {flat.shape[1] - 1} pixels: one is missing. "
                "Write the label and all 784 pixels, or 784 pixels under a header pixel0 … pixel783."
            )


def fault_of_table(file: NamedFile) -> str | None:
    """What is wrong with a table of images, as a sentence; empty if nothing is, None if it is one of something else."""
    table = unfolded(file)
    try:
        read_layout(table)
    except DataError as error:
        return str(error) if may_be_images(table) else None
    return ""


def _read_told(
    file: NamedFile, layout: Layout, most: int, chosen: NDArray[np.bool_] | None, *, needs_labels: bool
) -> tuple[NDArray[np.uint8], Labels | None, list[str]]:
    """Images, labels and sentences; no labels where every row says that it has none, or where none are needed."""
    note = f"No row of {file.name} has a label: all are empty, “?”, -1 or similar."
    try:
        images, labels, notes = _read(file, layout, most, chosen)
    except LabelError:
        if needs_labels and (layout.label is None or not are_unknown(_label_cells(file, layout)[layout.label])):
            raise
        images, _, notes = _read(file, replace(layout, label=None, one_hot=()), most, chosen)
        return images, None, [*notes, note] if needs_labels else notes
    if labels is not None and labels.dtype == object and are_unknown(map(str, labels)):
        return images, None, [*notes, note] if needs_labels else notes
    return images, labels, notes


def _read(
    file: NamedFile, layout: Layout, most: int, chosen: NDArray[np.bool_] | None
) -> tuple[NDArray[np.uint8], Labels | None, list[str]]:
    """Images, labels and sentences of all rows, or of those that are chosen."""
    pixels, labels, count = PixelRows(most, layout.side, file.name), [], 0
    for rows in _rows(file, layout):
        kept = slice(None) if chosen is None else chosen[count : count + len(rows.pixels)]
        count += len(rows.pixels)
        pixels.add(rows.pixels[kept])
        if rows.labels is not None:
            labels.append(rows.labels[kept])
    if count == 0:
        raise DataError(f"{file.name} holds no images: there is no row below its header.")
    images, notes = pixels.images()
    return images, joined_labels(labels) if labels else None, notes


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
        if lines > MOST_ROWS + 1:
            raise DataError(f"{file.name} has more than {MOST_ROWS:,} rows, the most that can be read at once.")
        if size > MOST_CSV_BYTES:
            raise DataError(
                f"{file.name} is larger than {MOST_CSV_BYTES / 1e6:,.0f} MB of text, the most that can be read."
            )
    return lines


def _label_cells(file: NamedFile, layout: Layout) -> dict[int, list[bytes]]:
    """What is in the columns that may hold the label, of every row; shortened, for no label is long."""
    positions = columns_asked(layout.ends()) if layout.is_open else () if layout.label is None else (layout.label,)
    separator = None if layout.separator == " " else layout.separator.encode()
    cells: dict[int, list[bytes]] = {position: [] for position in positions} or {-1: []}
    number = 0
    for text in whole_lines(file):
        for line in text.split(b"\n"):
            number += 1
            if number <= layout.skipped or is_blank(line):
                continue
            for position, found in cells.items():
                found.append(cell_of(line, separator, position, layout.columns)[:_MOST_LETTERS])
    return cells


def _stratified(
    name: str, cells: list[bytes] | None, ends: dict[int, list[bytes]], notes: list[str]
) -> NDArray[np.bool_]:
    """Which rows are read of a file that has more than are kept: of every class the same share, always the same."""
    total = len(next(iter(ends.values())))
    values = np.zeros(total, np.int64)
    if cells is not None:
        places: dict[bytes, int] = {}
        values = np.array([places.setdefault(cell.strip(), len(places)) for cell in cells], np.int64)
    chosen = np.zeros(total, bool)
    chosen[stratified_split(values, MOST_IMAGES, seed=0)[1]] = True
    notes.append(f"{name} has {total:,} images: {MOST_IMAGES:,} of them were read, the same share of every class.")
    return chosen


def _rows(file: NamedFile, layout: Layout) -> Iterator[Rows]:
    """Some rows at a time, columns as the layout names them."""
    row, skip, rules = 1, layout.skipped, layout.rules(file.name)
    for piece in whole_lines(file):
        text = _COMMENTS.sub(b"", piece) if layout.is_arff else piece
        lines = text.count(b"\n")
        start = _after_lines(text, min(skip, lines))
        if len(text) > start:
            yield parse_rows(text[start:], rules, row + min(skip, lines))
        row, skip = row + lines, max(0, skip - lines)


def _after_lines(text: bytes, count: int) -> int:
    """Where the text continues after this many lines."""
    start = 0
    for _ in range(count):
        start = text.index(b"\n", start) + 1
    return start
