"""Tables with all pixels in one cell, ``5,0 0 255 …`` or ``5,"[0, 0, 255, …]"``, as if each had a column of its own."""

import re
from collections.abc import Generator
from dataclasses import replace
from functools import partial

from core.data.importing.named_file import NamedFile
from core.data.importing.table_header import FEWEST
from core.data.importing.text_lines import LONGEST_LINE, first_lines, whole_lines

_HEAD = 1 << 20
_SEPARATORS = (b",", b";", b"\t", b"|")
_QUOTED = re.compile(rb'"[^"\n]*"')
_NAMES = re.compile(rb"(pixels?|pixel[_ ]?values?|images?|img|data|features?|x|array|values?)", re.IGNORECASE)
_MARKS = b"[]()\"'"
_IN_BRACKETS = re.compile(rb"""(["']?)\[([^][]*)\]\1""")


def unfolded(file: NamedFile) -> NamedFile:
    """The same table with a column for each pixel; the file itself where it has those already."""
    lines = [line for line in first_lines(file, _HEAD) if line.strip()][:2]
    if any(len(line) > LONGEST_LINE for line in lines):
        return file
    for separator in _SEPARATORS:
        for place, line in enumerate(lines):
            counts = [_count(cell) for cell in _cells(line, separator)]
            if sum(count >= FEWEST for count in counts) != 1 or (place == 0 and len(counts) < 2):
                continue
            header = [] if place == 0 else _header(lines[0].split(separator), counts)
            if header is not None:
                opener = partial(_Unfolded, file, separator.join(header), separator, counts.index(max(counts)))
                return replace(file, source=opener)  # type: ignore[arg-type]
    return file


def _cells(line: bytes, separator: bytes) -> list[bytes]:
    """Cells of a row; what is in quotes or brackets is one, whatever is in it."""
    first, last = line.find(b"["), line.rfind(b"]")
    if 0 <= first < last:
        line = line[:first] + line[first:last].replace(separator, b" ") + line[last:]
    inside = _QUOTED.sub(lambda match: match[0].replace(separator, b" "), line)
    return inside.split(separator)


def _bare(cell: bytes) -> bytes:
    return cell.translate(None, _MARKS).strip()


def _count(cell: bytes) -> int:
    """How many numbers a cell holds; 0 where there is anything else in it."""
    try:
        return len([float(number) for number in _numbers(cell)])
    except ValueError:
        return 0


def _numbers(cell: bytes) -> list[bytes]:
    """What is in a cell of pixels, between blanks or commas."""
    return _bare(cell).replace(b",", b" ").split()


def _header(names: list[bytes], counts: list[int]) -> list[bytes] | None:
    """Names with one for each pixel; None unless they say that the long cells are images."""
    place = max(range(len(counts)), key=lambda one: counts[one])
    if len(names) != len(counts) or not _NAMES.fullmatch(_bare(names[place])):
        return None
    pixels = [b"pixel%d" % number for number in range(counts[place])]
    return [*map(_bare, names[:place]), *pixels, *map(_bare, names[place + 1 :])]


class _Unfolded:
    """The text of such a table as that of the other kind; it can be read from its beginning again.

    Parameters
    ----------
    header
        What takes the place of its first line; empty where that holds an image.
    separator
        What is between cells.
    place
        Of the cell that holds the pixels.
    """

    def __init__(self, file: NamedFile, header: bytes, separator: bytes, place: int) -> None:
        self._file, self._header, self._separator, self._place = file, header, separator, place
        self._pieces, self._ready = self._unfold(), b""

    def __enter__(self) -> "_Unfolded":
        return self

    def __exit__(self, *_: object) -> None:
        self._pieces.close()

    def seek(self, _place: int, _whence: int = 0) -> int:
        """To the beginning: there is nowhere else to go."""
        self._pieces.close()
        self._pieces, self._ready = self._unfold(), b""
        return 0

    def read(self, size: int = -1) -> bytes:
        """At most this many bytes; all that there are if it is below 0."""
        while (size < 0 or len(self._ready) < size) and (piece := next(self._pieces, b"")):
            self._ready += piece
        end = len(self._ready) if size < 0 else size
        taken, self._ready = self._ready[:end], self._ready[end:]
        return taken

    def _unfold(self) -> Generator[bytes, None, None]:
        is_begun = not self._header
        for piece in whole_lines(self._file):
            text = piece
            while not is_begun and text:
                line, _, text = text.partition(b"\n")
                is_begun = bool(line.strip())
                yield (self._header if is_begun else b"") + b"\n"
            if text:
                yield b"\n".join(map(self._row, text.split(b"\n")))

    def _row(self, line: bytes) -> bytes:
        """A line with its pixels one by one, and its other cells as they are, out of their brackets."""
        cells = _cells(line, self._separator)
        if len(cells) <= self._place:
            return line
        pixels = self._separator.join(_numbers(cells[self._place]))
        others = [_IN_BRACKETS.sub(rb"\2", cell) if b"[" in cell else cell for cell in cells]
        return self._separator.join([*others[: self._place], pixels, *others[self._place + 1 :]])
