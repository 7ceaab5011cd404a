"""A text file in pieces of whole lines, gzipped or plain, in any usual encoding, one piece in memory at a time."""

import codecs
import gzip
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from core.data.importing.named_file import NamedFile
from core.data.importing.signatures import GZIP
from core.errors import DataError

LONGEST_LINE = 1 << 17
"""Characters; 64×64 pixels with all their digits take about 100,000."""
_BLOCK = 1 << 21
_BOM = b"\xef\xbb\xbf"
_LOOKED_AT = 64
_LONGEST_LETTER = 4
_QUOTED_DECIMAL = re.compile(rb'"(-?\d*),(\d+)"')


@contextmanager
def open_text(file: NamedFile) -> Iterator[BinaryIO | io.BufferedReader]:
    """The bytes of the text, unzipped where they are gzipped, in UTF-8 where they are in UTF-16.

    Closing it leaves a stream that was given open.

    Raises
    ------
    DataError
        If they cannot be read.
    """
    is_zipped = file.head(2) == GZIP
    with file.open() as raw:
        if is_zipped:
            with gzip.GzipFile(fileobj=raw) as unzipped:
                yield _in_utf8(io.BufferedReader(unzipped, _BLOCK))
        else:
            yield _in_utf8(raw)


def first_lines(file: NamedFile, size: int) -> list[bytes]:
    """The lines that the first this many bytes hold, the last one perhaps in part; without a byte order mark."""
    with open_text(file) as stream:
        text = stream.read(size).removeprefix(_BOM)
    return _plain(text).split(b"\n")


def is_longer(file: NamedFile, size: int) -> bool:
    """Whether the text has more than this many bytes."""
    with open_text(file) as stream:
        return len(stream.read(size + 1)) > size


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
        yield _plain(rest) + (b"" if rest.endswith(b"\r") else b"\n")


def _in_utf8(stream: BinaryIO | io.BufferedReader) -> BinaryIO | io.BufferedReader:
    head = stream.read(_LOOKED_AT)
    stream.seek(0)
    encoding = _utf16_of(head)
    return _transcoded(stream, encoding) if encoding else stream


def _transcoded(stream: BinaryIO | io.BufferedReader, encoding: str) -> io.BufferedReader:
    raw: Any = _Transcoded(stream, encoding)
    return io.BufferedReader(raw, _BLOCK)


def _utf16_of(head: bytes) -> str | None:
    """UTF-16 by its byte order mark, or, for text that is mostly ASCII, by the place of its zeros."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    even, odd = head[0::2], head[1::2]
    if len(head) < 8 or (any(even) and any(odd)):
        return None
    if any(even) and all(even):
        return "utf-16-le"
    return "utf-16-be" if any(odd) and all(odd) else None


class _Transcoded(io.RawIOBase):
    """Text of another encoding, read as UTF-8; what is not text becomes the replacement character."""

    def __init__(self, stream: BinaryIO | io.BufferedReader, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while not self._ready:
            piece = self._stream.read(_BLOCK)
            self._ready = self._decoder.decode(piece, final=not piece).encode()
            if not piece:
                break
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count


def _cut(text: bytes) -> tuple[bytes, bytes]:
    """Whole lines, and what is left; an old Mac's lines end with CR alone, and a CR at the end may be half of CR LF."""
    end = text.rfind(b"\n") + 1 or text.rfind(b"\r", 0, -1) + 1
    return _plain(text[:end]), text[end:]


def _plain(text: bytes) -> bytes:
    """In UTF-8, with line feeds alone, and no comma inside a number that is quoted for its sake: ``"0,5"`` is 0.5."""
    text = _utf8(_unix(text))
    return _QUOTED_DECIMAL.sub(rb'"\1.\2"', text) if b'"' in text else text


def _utf8(text: bytes) -> bytes:
    """What Excel writes is in the encoding of Windows, unless told otherwise; the last letter may be cut off."""
    if text.isascii():
        return text
    try:
        text.decode()
    except UnicodeDecodeError as error:
        if error.start < len(text) - _LONGEST_LETTER + 1:
            return text.decode("cp1252", "replace").encode()
    return text


def _unix(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
