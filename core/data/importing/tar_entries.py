"""Entries of a tar, whose extended headers are looked at before ``tarfile`` does."""

import re
from tarfile import BLOCKSIZE, SOLARIS_XHDTYPE, XGLTYPE, XHDTYPE, HeaderError, ReadError, TarFile, TarInfo
from typing import Final, Self

MOST_HEADER_BYTES: Final = 1 << 20
MOST_DIGITS: Final = 100
"""In a row: in Python before 3.11.10, ``tarfile`` takes the square of their number (CVE-2024-6232)."""
_TOO_MANY: Final = re.compile(rb"[0-9]{%d}" % (MOST_DIGITS + 1))


class CheckedEntry(TarInfo):
    """An entry of which no header takes long to read."""

    @classmethod
    def fromtarfile(cls, tarfile: TarFile) -> Self:
        """The next entry, from where the tar is read.

        Raises
        ------
        tarfile.ReadError
            If an extended header is longer than ``MOST_HEADER_BYTES``, or has more than ``MOST_DIGITS`` in a row.
        """
        stream = tarfile.fileobj
        assert stream is not None
        start = stream.tell()
        try:
            header = TarInfo.frombuf(stream.read(BLOCKSIZE), tarfile.encoding or "utf-8", "surrogateescape")
        except HeaderError:
            pass  # The end, or damage: both are told from each other below.
        else:
            if header.type in (XHDTYPE, XGLTYPE, SOLARIS_XHDTYPE) and (
                header.size > MOST_HEADER_BYTES or _TOO_MANY.search(stream.read(header.size))
            ):
                raise ReadError("a header is longer than any program writes")
        stream.seek(start)
        return super().fromtarfile(tarfile)
