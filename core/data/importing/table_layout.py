"""How a table of images is made: what separates its values, and which column holds what, told by its first lines."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.data.importing.arff import arff_names
from core.data.importing.cells import unquoted
from core.data.importing.csv_rows import RowRules
from core.data.importing.named_file import NamedFile
from core.data.importing.one_hot import TRUE_OR_FALSE, are_of_one_class, class_names_of, place_of_true
from core.data.importing.pixel_counts import missing_pixel, size_words, square_grid
from core.data.importing.pixel_names import NUMBERED, pixel_places
from core.data.importing.sides import SIDES, side_of
from core.data.importing.table_header import FEWEST, is_header, is_of_pixels, is_told_apart
from core.data.importing.text_lines import LONGEST_LINE, first_lines
from core.errors import DataError

_USUAL = 784
_HEAD = 1 << 20
_LOOKED_AT, _MOST_CLASSES = 50, 100
_SEPARATORS = (";", "\t", "|", ",", " ")
_LABELS = frozenset(["label", "labels", "class", "classes", "target", "digit", "y", "category", "character", "letter"])
# What an image is for, as FER2013 says it; never its label.
_PARTS = frozenset(["usage", "split", "subset", "fold"])
_INDEX = re.compile(
    r"|x|#|id|no|nr|row|row[._ ]?(names?|id|number)|rownames|index|image[._ ]?id|unnamed:? ?[\d._]*|\.\.\.1"
)


@dataclass(frozen=True)
class Layout:
    """Where everything is in a table.

    Parameters
    ----------
    skipped
        Lines before the first row of values.
    columns
        Values in every row.
    side
        Images have this many rows and columns.
    label
        Position of the label; None without one.
    pixels
        Position of each pixel, row by row from the top left.
    is_open
        Whether there are no names: the label may be the first column or the last.
    one_hot, classes
        Where there is a column for each class: their positions and labels.
    is_arff
        Whether lines that begin with a percent sign are comments.
    """

    skipped: int
    columns: int
    side: int
    label: int | None
    pixels: tuple[int, ...]
    separator: str = ","
    decimal: str = "."
    is_open: bool = False
    has_header: bool = True
    notes: tuple[str, ...] = ()
    one_hot: tuple[int, ...] = ()
    classes: tuple[int | str, ...] = ()
    is_arff: bool = False

    def rules(self, name: str) -> RowRules:
        """What its rows must look like."""
        columns = (self.columns, self.label, self.pixels)
        return RowRules(name, *columns, self.separator, self.decimal, self.one_hot, self.classes)

    def with_label(self, position: int | None) -> "Layout":
        """The same with the label told: one column, and the rest are pixels; or none, and the first is an index."""
        free = 0 if position is None else position
        pixels = tuple(column for column in self._candidates() if column != free)
        return replace(self, label=position, pixels=pixels, is_open=False)

    def ends(self) -> tuple[int, int]:
        """Where the label may be while it is open."""
        columns = self._candidates()
        return columns[0], columns[-1]

    def _candidates(self) -> tuple[int, ...]:
        return tuple(sorted({*self.pixels, *([] if self.label is None else [self.label])}))


def read_layout(file: NamedFile) -> Layout:
    """Where label and pixels are, from the first lines.

    Raises
    ------
    DataError
        If they are neither a header nor rows of numbers, or columns are missing, twice there or unknown.
    """
    lines = first_lines(file, _HEAD)
    if arff := arff_names(lines):
        names, skipped = arff
        if any(line.lstrip().startswith(b"{") for line in lines[skipped : skipped + 50]):
            raise DataError(f"{file.name} is a sparse ARFF table: save it with all values of each row.")
        data = [line for line in lines[skipped:] if line.strip() and not line.lstrip().startswith(b"%")]
        separator = _separator(data[0]) if data else ","
        return _of_names(file.name, names, Layout(skipped, len(names), 0, None, (), separator, is_arff=True))
    start, comments, separator = _skip(lines)
    if start == len(lines):
        raise DataError(f"{file.name} is empty.")
    rest = [line for line in lines[start + 1 :] if line.strip()]
    separator = separator or _separator((rest or [lines[start]])[0])
    separator = _between_columns(lines[start], rest[0], separator) if rest else separator
    while rest and len(_cells(lines[start], separator)) < FEWEST <= len(_cells(rest[0], separator)):
        # A title above the names of the columns, or above the rows.
        start, rest = lines.index(rest[0], start + 1), rest[1:]
    first, second = _cells(lines[start], separator), _cells(rest[0], separator) if rest else None
    decimal = "," if separator != "," and any(b"," in line for line in (rest or [lines[start]])[:50]) else "."
    found = Layout(start, len(first), 0, None, (), separator, decimal)
    rows = [_cells(line, separator) for line in rest[:_LOOKED_AT]]
    if header := _header_in_comments(comments, separator, len(first)):
        return _with_classes(file.name, header, [first, *rows], _of_names(file.name, header, found))
    if is_header(first):
        return _with_classes(
            file.name, first, rows, _below_header(file.name, first, second, replace(found, skipped=start + 1))
        )
    return _without_names(file.name, [first, *rows], replace(found, has_header=False))


def _between_columns(header: bytes, row: bytes, separator: str) -> str:
    """The separator, or another one where that is only between the numbers of one cell, below names of columns."""
    if not len(_cells(header, separator)) < FEWEST <= len(_cells(row, separator)):
        return separator
    others = (one for one in ",;\t|" if 1 < len(_cells(header, one)) == len(_cells(row, one)) < FEWEST)
    return next(others, separator)


def layout_of_names(name: str, names: list[str]) -> Layout:
    """Where everything is in columns of these names, in lower case.

    Raises
    ------
    DataError
        If pixels are missing, or there are none.
    """
    return _of_names(name, names, Layout(0, len(names), 0, None, ()))


def may_be_images(file: NamedFile) -> bool:
    """Whether several rows may be those of images, whatever is wrong with them; of labels there is one in a row."""
    lines = [line for line in first_lines(file, _HEAD) if len(line) >= 2 * FEWEST - 1][:_LOOKED_AT]
    rows = [_cells(line, _separator(line)) for line in lines]
    return sum(is_of_pixels(row) and place_of_true(row) is None for row in rows) > 1


def _with_classes(name: str, names: Sequence[str], rows: Sequence[Sequence[str]], layout: Layout) -> Layout:
    """The same with the columns of classes, if that is what is beside the pixels of each row."""
    whole = [row for row in rows if len(row) == layout.columns == len(names)]
    if layout.label is not None or not whole:
        return layout
    beside = sorted(set(range(layout.columns)) - set(layout.pixels))
    columns = [place for place in beside if all(row[place].lower() in TRUE_OR_FALSE for row in whole)]
    if not are_of_one_class(whole, columns):
        return layout
    return _of_classes(name, columns, class_names_of([names[place].lower() for place in columns]), layout)


def _of_classes(name: str, columns: Sequence[int], names: Sequence[str], layout: Layout) -> Layout:
    note = f"The labels of {name} were read from {len(columns)} columns, one for each class."
    classes = tuple(map(int, names)) if all(map(str.isdigit, names)) else tuple(names)
    return replace(layout, one_hot=tuple(columns), classes=classes, notes=(*layout.notes[:-1], note))


def _skip(lines: Sequence[bytes]) -> tuple[int, list[bytes], str]:
    """Number of the first line that counts, comments before it, and the separator that ``sep=`` names."""
    comments, separator = [], ""
    for number, line in enumerate(lines):
        bare = line.strip(b' \t"')
        if bare[:4].lower() == b"sep=" and not separator:
            separator = line.strip(b'"').strip(b" ")[4:5].decode("latin-1") or "\t"
        elif bare.startswith(b"#"):
            comments.append(bare.lstrip(b"# "))
        elif bare.strip(b",;|"):
            return number, comments, separator
    return len(lines), comments, separator


def _separator(line: bytes) -> str:
    """What separates most values; a comma may as well be before decimals, so it comes after those that cannot."""
    text = line.decode("utf-8", "replace")
    counts = {one: len(_split(text, one)) for one in _SEPARATORS}
    many = [one for one in _SEPARATORS if counts[one] >= FEWEST]
    return many[0] if many else max(counts, key=lambda one: (counts[one], one == ","))


def _split(text: str, separator: str) -> list[str]:
    return text.split() if separator == " " else text.split(separator)


def _cells(line: bytes, separator: str) -> list[str]:
    return [unquoted(cell) for cell in _split(line[: 2 * LONGEST_LINE].decode("utf-8", "replace"), separator)]


def _header_in_comments(comments: Sequence[bytes], separator: str, columns: int) -> list[str] | None:
    """Names in the last comment, where there is one for every column: NumPy's savetxt writes its header so."""
    cells = [cell.lower() for cell in _cells(comments[-1], separator)] if comments else []
    return cells if len(cells) == columns and is_header(cells) else None


def _below_header(name: str, cells: list[str], row: list[str] | None, layout: Layout) -> Layout:
    if is_told_apart([cell for cell in cells if cell]):
        found = _without_names(name, [cells], layout)
        if not cells[0] and found.is_open and found.ends()[0] == 0:
            found = found.with_label(None)
        return replace(found, notes=(f"The first row of {name} is an image that became a header: left out.",))
    names = [cell.lower() for cell in cells]
    if row is not None and len(row) == len(names) + 1 and (row[-1] or not names[-1]) and _has_square(names):
        # R writes no name above the names of its rows.
        names = ["", *names]
    # Who writes a separator after each value may write none after each name.
    extra = row is not None and len(row) == len(names) + 1 and not row[-1]
    return _of_names(name, names, replace(layout, columns=len(names) + extra))


def _has_square(names: Sequence[str]) -> bool:
    pixels, _ = pixel_places(names)
    return side_of(len(pixels)) is not None or side_of(len(pixels) - 1) is not None


def _without_names(name: str, rows: Sequence[list[str]], layout: Layout) -> Layout:
    """A label and pixels, or pixels alone; before them the number of the row, as pandas writes it."""
    first = rows[0]
    columns = len(first) - (first[-1:] == [""] and side_of(len(first)) is None)
    start = 1 if side_of(columns) is None and side_of(columns - 1) is None and side_of(columns - 2) is not None else 0
    places = tuple(range(start, columns))
    note = () if layout.has_header else (f"{name} has no header: its first row was read as an image.",)
    found = replace(layout, columns=len(first), notes=note)
    if side := side_of(len(places)):
        return replace(found, side=side, pixels=places)
    if side := side_of(len(places) - 1):
        return replace(found, side=side, label=places[0], pixels=places[1:], is_open=True)
    for side in (side for side in reversed(SIDES) if side**2 < columns):
        for classes in (places[: columns - side**2], places[side**2 :]):
            if 1 < len(classes) <= _MOST_CLASSES and are_of_one_class(rows, classes):
                pixels = tuple(place for place in places if place not in classes)
                found = replace(found, side=side, pixels=pixels, notes=(*note, ""))
                return _of_classes(name, classes, list(map(str, range(len(classes)))), found)
    if size := size_words(len(places)) or size_words(len(places) - 1, "a label and "):
        raise DataError(f"Row 1 of {name} has {len(first):,} values, {size}")
    raise DataError(
        f"Row 1 of {name} has {len(first)} values; an image needs {_USUAL} pixels, or a label and {_USUAL} pixels."
    )


def _of_names(name: str, names: list[str], layout: Layout) -> Layout:
    """Positions by names such as ``label``, ``pixel0 … pixel783``, ``1x1 … 28x28``, ``V1 … V785``, ``0 … 783``."""
    grid = square_grid(name, names)
    places, prefix = (grid, "") if grid else pixel_places(names)
    taken = set(places.values())
    others = {position: cell for position, cell in enumerate(names) if position not in taken}
    label = next((position for position, cell in others.items() if cell.strip("._ ") in _LABELS), None)
    _refuse_twice(name, names, taken)
    rest = {position: cell for position, cell in others.items() if position != label and not _INDEX.fullmatch(cell)}
    if not places and not rest:
        raise DataError(f"{name} has no pixels: its header needs label, pixel0 … pixel783.")
    if not places or (len(places) < FEWEST and rest):
        raise DataError(
            f"The column “{next(iter(rest.values()), names[0])[:40]}” is unknown in the header of {name}: "
            "it needs label, pixel0 … pixel783."
        )
    if side := side_of(len(places)):
        found = replace(layout, side=side, pixels=tuple(places[number] for number in sorted(places)))
        return _with_others(name, found, label, rest)
    if label is None and (side := side_of(len(places) - 1)):
        ordered = tuple(places[number] for number in sorted(places))
        return replace(layout, side=side, label=ordered[0], pixels=ordered[1:], is_open=True)
    raise missing_pixel(name, places, prefix)


def _refuse_twice(name: str, names: Sequence[str], taken: set[int]) -> None:
    seen: set[str] = set()
    for position, cell in enumerate(names):
        again = cell in seen
        seen.add(cell)
        if again and (position in taken or NUMBERED.fullmatch(cell) or cell in _LABELS):
            raise DataError(
                f"The column “{cell[:40]}” occurs twice in the header of {name}: it needs label, pixel0 … pixel783."
            )


def _with_others(name: str, layout: Layout, label: int | None, rest: Mapping[int, str]) -> Layout:
    """The label, by its name or because nothing else is left; what is neither label nor pixel is left out."""
    possible = [position for position, cell in rest.items() if cell not in _PARTS]
    if label is None and len(possible) == 1:
        label = possible[0]
        note = f"The column “{rest[label][:40]}” of {name} was read as the label."
        layout = replace(layout, notes=(*layout.notes, note))
        rest = {position: cell for position, cell in rest.items() if position != label}
    if rest:
        listed = ", ".join(f"“{cell[:40]}”" for cell in list(rest.values())[:5])
        layout = replace(layout, notes=(*layout.notes, f"Neither pixels nor labels, and left out of {name}: {listed}."))
    return replace(layout, label=label)
