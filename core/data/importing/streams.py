"""Streams with a reservation: left open by their readers, read in small pieces only, or from front to back."""

import bz2
import gzip
import io
import lzma
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from core.data.importing.signatures import GZIP
from core.errors import DataError, TooMuchError

_PIECE, _KEPT = 1 << 18, 1 << 22


class KeptStream:
    """A stream that belongs to somebody else: its reader leaves it open."""

    def __init__(self, stream: BinaryIO) -> None:
        self.read, self.seek, self.tell = stream.read, stream.seek, stream.tell
        self.readline, self.readable, self.seekable = stream.readline, stream.readable, stream.seekable
        self.closed = False

    def __enter__(self) -> "KeptStream":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def close(self) -> None:
        """Nothing: it is not ours."""


class BoundedReads:
    """A stream that refuses to be read in very large pieces: a zip's list of contents is such a piece."""

    def __init__(self, stream: BinaryIO, name: str, longest: int, files: int) -> None:
        self._stream, self._name, self._longest, self._files = stream, name, longest, files
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int = -1) -> bytes:
        """At most this many bytes, or a sentence."""
        if size > self._longest:
            raise DataError(f"{self._name} lists far more than {self._files:,} files, the most that can be read.")
        return self._stream.read(size)

    def seekable(self) -> bool:
        """As what it reads from."""
        return True


class UnpackedStream:
    """What is packed, as a tar is read: the last megabytes are kept, so a short way back costs nothing.

    A longer one means unpacking it from the front.

    Parameters
    ----------
    packed
        Unpacks as it is read, and can be rewound.
    most
        Bytes that may come out.
    longest
        Of one piece: a tar’s headers are such pieces.
    """

    def __init__(self, packed: BinaryIO, name: str, *, most: int, longest: int) -> None:
        self._packed, self._name, self._most, self.longest = packed, name, most, longest
        self._kept, self._start, self._place = bytearray(), 0, 0

    def seekable(self) -> bool:
        """Yes, at its price."""
        return True

    def tell(self) -> int:
        """Where the next byte is from."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go there with the next read; from the end is not possible."""
        self._place = offset if whence == io.SEEK_SET else self._place + offset
        return self._place

    def read(self, size: int) -> bytes:
        """Bytes from there on, fewer than asked for only at the end.

        Raises
        ------
        DataError
            If they are more than a piece, or all together more than may come out.
        """
        if size > self.longest:
            raise DataError(f"{self._name} is damaged: a header in it is longer than any name.")
        if self._place < self._start:
            self._packed.seek(0)
            self._kept, self._start = bytearray(), 0
        pieces = []
        while size > 0 and self._is_there():
            begin = self._place - self._start
            pieces.append(bytes(self._kept[begin : begin + size]))
            self._place += len(pieces[-1])
            size -= len(pieces[-1])
        return b"".join(pieces)

    def _is_there(self) -> bool:
        """Unpack until the byte at the place is kept; False at the end."""
        while self._place >= self._start + len(self._kept):
            if not (piece := self._packed.read(_PIECE)):
                return False
            self._kept += piece
            if self._start + len(self._kept) > self._most:
                most = f"{self._most / 1e6:,.0f}"
                raise TooMuchError(f"{self._name} unpacks to more than {most} MB, the most that is read.")
            if len(self._kept) > 2 * _KEPT:
                self._start += len(self._kept) - _KEPT
                del self._kept[:-_KEPT]
        return True


@contextmanager
def unpacked_stream(stream: BinaryIO, name: str, *, most: int, longest: int) -> Iterator[BinaryIO | UnpackedStream]:
    """What gzip, bzip2 or xz has packed, as :class:`UnpackedStream`; anything else as it is."""
    head = stream.read(2)
    stream.seek(0)
    packed: Any
    if head == GZIP:
        packed = gzip.GzipFile(fileobj=stream)
    elif head == b"BZ":
        packed = bz2.BZ2File(stream)
    elif head == b"\xfd7":
        packed = lzma.LZMAFile(stream)  # noqa: SIM115 - it is closed below
    else:
        yield stream
        return
    with packed:
        yield UnpackedStream(packed, name, most=most, longest=longest)
