"""Streams with a reservation: left open by their readers, or read in small pieces only."""

from typing import BinaryIO

from core.errors import DataError


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
