"""Labels in a table of their own, one a row, beside a table of images: ``X.csv`` and ``y.csv``."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.data.class_names import as_digits
from core.data.importing.arrays import LABEL_NAME
from core.data.importing.cells import is_blank, unquoted
from core.data.importing.csv_rows import Labels, joined_labels
from core.data.importing.found import Found, part_of_file
from core.data.importing.label_column import are_unknown
from core.data.importing.label_lists import EXAMPLE, LABEL
from core.data.importing.named_file import NamedFile
from core.data.importing.one_hot import class_names_of, place_of_true
from core.data.importing.report import counted
from core.data.importing.text_lines import first_lines, is_longer
from core.errors import DataError

_MOST_BYTES = 16_000_000
_SEPARATORS = (",", ";", "\t", "|", " ")
_WHOLE = re.compile(r"\d{1,9}(\.0*)?(e\+?0+)?|\d\.\d+e\+?0\d", re.IGNORECASE)
_MOST_COLUMNS = 100
_LOOKED_AT = 50


@dataclass(frozen=True, eq=False)
class _Table:
    """A table that may be one of labels: how many rows it has, and their cells if they may be as many as the images.

    Of one that is too large nobody knows how many there are: None.
    """

    file: NamedFile
    count: int | None
    rows: list[list[str]]

    @property
    def is_named(self) -> bool:
        return LABEL_NAME.search(_stem(self.file.name)) is not None

    @property
    def speaks_of_labels(self) -> bool:
        """By its name or that of a column, or because it holds nothing else."""
        if self.is_named or not self.rows:
            return self.is_named
        return len(self.rows[-1]) == 1 or self.names_labels

    @property
    def names_labels(self) -> bool:
        """Whether a column is called so."""
        return bool(self.rows) and any(LABEL.fullmatch(cell.lower()) for cell in self.rows[0])


def with_labels(found: Sequence[Found], tables: Sequence[NamedFile]) -> tuple[list[Found], list[NamedFile]]:
    """Images whose labels are in one of the tables, with them, and the tables that were used.

    The table has a row for each image, and its name speaks of the same part; where other images have their labels
    beside them, it must also be called as labels are.

    Raises
    ------
    DataError
        If several tables may hold them, or one that is called so has labels for another number of images.
    """
    lone = [one for one in found if one.labels is None]
    if not lone or not tables:
        return list(found), []
    counts = {len(one.images) for one in lone}
    others = [table for file in tables if not EXAMPLE.search(file.name) and (table := _read(file, counts)) is not None]
    others = [table for table in others if (table.is_named if len(lone) < len(found) else table.speaks_of_labels)]
    used: list[NamedFile] = []
    result = []
    for one in found:
        pair = _labels_for(one, others) if one.labels is None else None
        if pair is not None:
            used.append(pair[0])
            note = f"The labels of {one.name} were read from {pair[0].name}."
            result.append(replace(one, labels=pair[1], notes=(*one.notes, note)))
        else:
            result.append(one)
    return result, used


def _labels_for(one: Found, tables: Sequence[_Table]) -> tuple[NamedFile, Labels] | None:
    count, part = len(one.images), one.part
    alike = [table for table in tables if part_of_file(table.file.name) == part]
    fitting = [(table, labels) for table in alike if (labels := _labels_of(table.rows, count)) is not None]
    if len(fitting) > 1:
        fitting = [pair for pair in fitting if pair[0].is_named]
    if len(fitting) == 1:
        return fitting[0][0].file, fitting[0][1]
    named = [table for table in alike if table.is_named] or [table for table in alike if table.names_labels]
    if fitting:
        names = " and ".join(table.file.name for table, _ in fitting[:3])
        raise DataError(f"Either of {names} may hold the labels of {one.name}: import only one of them.")
    if len(named) == 1:
        _refuse(named[0], one)
    return None


def _refuse(table: _Table, one: Found) -> None:
    """A table that speaks of the labels of some images, unless it has as many rows."""
    if table.count is None:
        most = f"{_MOST_BYTES / 1e6:,.0f} MB of text, the most that is read of labels"
        raise DataError(f"{table.file.name} is larger than {most}: keep the column of the labels alone.")
    count = len(_parted(table.rows, len(one.images))[1]) if table.rows else table.count
    if count != len(one.images):
        rows = f"{count:,} {'row' if count == 1 else 'rows'} of labels"
        if len(table.rows) == len(one.images) and not _is_header(table.rows):
            word = _first_words(table.rows)[0][0][:40]
            rows += f" below “{word}”, which was read as a header: if it is a label, add a header “label” above it"
        raise DataError(f"{one.name} holds {counted(len(one.images), 'image')}, but {table.file.name} {rows}.")


def _read(file: NamedFile, counts: Collection[int]) -> _Table | None:
    """A table, its cells where there may be a label for each of one of these numbers of images."""
    lines = first_lines(file, _MOST_BYTES)
    is_cut = is_longer(file, _MOST_BYTES)
    lines = [line for line in lines[: -1 if is_cut else None] if not is_blank(line) and not line.startswith(b"#")]
    last = lines[-1].strip().decode("utf-8", "replace") if lines else ""
    separator = next((one for one in _SEPARATORS if one in last), "")
    is_long = len(lines) > 1 and separator and last.count(separator) > _MOST_COLUMNS
    if not lines or is_long:
        return None
    if is_cut:
        return _Table(file, None, [])
    if len(lines) > 1 and not {len(lines), len(lines) - 1} & {*counts}:
        return _Table(file, len(lines) - _names_columns(_cells(lines[:_LOOKED_AT], separator)), [])
    rows = _cells(lines, separator)
    rows = [[cell] for cell in rows[0]] if len(rows) == 1 else rows
    return _Table(file, len(rows), rows)


def _cells(lines: Sequence[bytes], separator: str) -> list[list[str]]:
    texts = [line.decode("utf-8", "replace").strip() for line in lines]
    return [[unquoted(cell) for cell in (text.split(separator) if separator else [text])] for text in texts]


def _labels_of(rows: Sequence[list[str]], count: int) -> Labels | None:
    """A label for each of this many images: a column, or one for each class; a first row may name them."""
    header, body = _parted(rows, count)
    if not body or len(body) != count:
        return None
    width = len(body[0])
    if any(len(row) != width for row in body):
        return None
    columns = [column for column, name in enumerate(header) if len(header) == width and LABEL.fullmatch(name.lower())]
    columns = (
        columns or [column for column in range(width) if not _counts([row[column] for row in body])] or [width - 1]
    )
    if len(columns) != 1:
        return _of_classes(body, header, columns)
    cells = [row[columns[0]] for row in body]
    if "" in cells or are_unknown(cells):
        return None
    return joined_labels([np.array([_plain(cell) for cell in cells], object)])


def _parted(rows: Sequence[list[str]], count: int) -> tuple[list[str], Sequence[list[str]]]:
    """The names of the columns, empty where there are none, and the rows below them.

    One row more than there are images names the columns too, whatever is in it, but for a label, which is a number or
    is below as well: pandas counts columns without names, so that the only one is called 0.
    """
    if not rows:
        return [], []
    counted_names = [str(place) for place in range(len(rows[0]))]
    is_label = all(map(_WHOLE.fullmatch, rows[0])) and rows[0] != counted_names
    is_header = _names_columns(rows) or (len(rows) == count + 1 and not is_label and not _is_repeated(rows))
    return (rows[0], rows[1:]) if is_header else ([], rows)


def _is_repeated(rows: Sequence[list[str]]) -> bool:
    """Whether a word of the first row is below as well, or is the word for a digit, as words below are."""
    return any(counts[word] > 1 or _is_digit_among(word, counts) for word, counts in _first_words(rows))


def _is_digit_among(word: str, cells: Collection[str]) -> bool:
    """Whether all are words for digits; one above numbers alone names their column, as pandas writes it: ``_3``."""
    are_words = any(cell != word and not _WHOLE.fullmatch(cell) for cell in cells)
    return are_words and as_digits([*cells]) is not None


def _is_above_labels(rows: Sequence[list[str]]) -> bool:
    """Whether a word of the first row is there once, and all below it are repeated."""
    columns = [(word, counts) for word, counts in _first_words(rows) if len(word) > 1 and len(counts) > 1]
    told = [counts for word, counts in columns if not are_unknown([word])]
    return not _is_repeated(rows) and any([*counts.values()].count(1) == 1 for counts in told)


def _first_words(rows: Sequence[list[str]]) -> list[tuple[str, Counter[str]]]:
    """The words of the first row, with what is in their columns."""
    words = [(place, cell) for place, cell in enumerate(rows[0]) if cell and not _WHOLE.fullmatch(cell)]
    return [(cell, Counter(row[place] for row in rows if place < len(row))) for place, cell in words]


def _names_columns(rows: Sequence[list[str]]) -> bool:
    """Whether the first row is a header, or seems to be: a word above others that repeat."""
    return _is_header(rows) or (len(rows) > 1 and _is_above_labels(rows))


def _is_header(rows: Sequence[list[str]]) -> bool:
    """Whether the first row speaks of labels, or is of words above numbers."""
    first, rest = rows[0], rows[1:]
    for place, cell in enumerate(first):
        if LABEL.fullmatch(cell.lower()):
            below = {row[place] for row in rest if place < len(row)}
            # “y” among letters is one of them.
            if cell not in below and (len(cell) > 1 or not any(map(str.isalpha, below))):
                return True
    are_words = all(cell[:1].isalpha() for cell in first) and any(len(cell) > 1 for cell in first)
    is_header = (are_words and not are_unknown(first)) or _is_indexed(first, rest)
    are_numbers = all(any(map(_WHOLE.fullmatch, row)) for row in rest)
    return bool(rest) and is_header and are_numbers


def _is_indexed(first: Sequence[str], rest: Sequence[list[str]]) -> bool:
    """Whether the first row names all columns but that of the index, as pandas and R write it: ``,0`` or ``,x``."""
    names = first[1:]
    are_names = all(cell[:1].isalpha() for cell in names) or names == [str(place) for place in range(len(names))]
    return bool(names) and not first[0] and are_names and all(row[0] for row in rest)


def _of_classes(body: Sequence[list[str]], header: Sequence[str], columns: Sequence[int]) -> Labels | None:
    true = [place_of_true([row[column] for column in columns]) for row in body]
    if not columns or None in true:
        return None
    names = [str(place) for place in range(len(columns))]
    if len(header) == len(body[0]):
        names = class_names_of([header[column].lower() for column in columns])
    return joined_labels([np.array([_plain(names[place]) for place in true if place is not None], object)])


def _counts(cells: Sequence[str]) -> bool:
    """Whether a column numbers the rows."""
    if not all(cell.isascii() and cell.isdigit() and len(cell) < 10 for cell in cells):
        return False
    numbers = [int(cell) for cell in cells]
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _plain(cell: str) -> int | str:
    """A whole number, also where it is written with decimals, as ``savetxt`` does."""
    return int(float(cell)) if _WHOLE.fullmatch(cell) and float(cell).is_integer() else cell


def _stem(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[0]
