"""A text file in pieces of whole lines, gzipped or plain, without ever holding more than one piece."""

import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from core.data.importing.named_file import NamedFile
from core.errors import DataError

LONGEST_LINE = 1 << 16
_BLOCK = 1 << 21
_BOM = b"\xef\xbb\xbf"


@contextmanager
def open_text(file: NamedFile) -> Iterator[BinaryIO | io.BufferedReader]:
    """The bytes of the text, unzipped where they are gzipped; closing it leaves a stream that was given open.

    Raises
    ------
    DataError
        If they cannot be read.
    """
    is_zipped = file.head(2) == b"\x1f\x8b"
    with file.open() as raw:
        if is_zipped:
            with gzip.GzipFile(fileobj=raw) as text:
                yield io.BufferedReader(text, _BLOCK)
        else:
            yield raw


def whole_lines(file: NamedFile) -> Iterator[bytes]:
    """Pieces of about two megabytes, every line of them ended by a line feed, whatever ended it in the file.

    Raises
    ------
    DataError
        If a line is longer than any row of an image.
    """
    rest, row, is_first = b"", 1, True
    with open_text(file) as stream:
        while block := stream.read(_BLOCK):
            block = block.removeprefix(_BOM) if is_first else block
            is_first = False
            lines, rest = _cut(rest + block)
            if lines:
                yield lines
                row += lines.count(b"\n")
            if len(rest) > LONGEST_LINE:
                raise DataError(
                    f"Row {row:,} of {file.name} is longer than any image: over {LONGEST_LINE:,} characters."
                )
    if rest:
        yield _unix(rest) + (b"" if rest.endswith(b"\r") else b"\n")


def _cut(text: bytes) -> tuple[bytes, bytes]:
    """Whole lines, and what is left; an old Mac's lines end with CR alone, and a CR at the end may be half of CR LF."""
    end = text.rfind(b"\n") + 1 or text.rfind(b"\r", 0, -1) + 1
    return _unix(text[:end]), text[end:]


def _unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
