"""A file to import, wherever it lies: on disk, in memory or in an upload."""

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import DataError

UNPACKING = (EOFError, MemoryError, zlib.error, lzma.LZMAError)
"""What decompressors raise: MemoryError where a file claims a dictionary of gigabytes."""
# And what the readers of gzip and zip raise, whoever reads through them while the file is open.
_DAMAGE = (*UNPACKING, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError)


@dataclass(frozen=True, eq=False)
class NamedFile:
    """A name, and where its bytes are.

    Parameters
    ----------
    name
        As the user knows it: it decides what is training and what is test, and is in every sentence. It never
        becomes a path.
    source
        A path (a folder of pictures as well), the content, a binary stream that can be rewound, such as an upload, or
        what opens a new stream.
    """

    name: str
    source: Path | bytes | BinaryIO | Callable[[], BinaryIO]

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder on disk."""
        return isinstance(self.source, Path) and self.source.is_dir()

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes from the beginning; a stream that was given stays open.

        Raises
        ------
        DataError
            If the file is not there or cannot be read, also while it is being read.
        """
        try:
            if isinstance(self.source, Path):
                with self.source.open("rb") as stream:
                    yield stream
            elif isinstance(self.source, bytes):
                yield io.BytesIO(self.source)
            elif callable(self.source):
                with self.source() as stream:
                    yield stream
            else:
                self.source.seek(0)
                yield self.source
        except _DAMAGE:
            raise DataError(f"{self.name} is damaged: it cannot be read to its end.") from None
        except OSError as error:
            raise DataError(f"{self.name} cannot be read: {error.strerror or error}.") from None

    def size(self) -> int:
        """Bytes as they are stored."""
        with self.open() as stream:
            return stream.seek(0, io.SEEK_END)

    def head(self, count: int = 4096) -> bytes:
        """The first bytes."""
        with self.open() as stream:
            return stream.read(count)
