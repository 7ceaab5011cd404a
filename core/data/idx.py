"""IDX, the file format of MNIST: a magic number, the dimensions, the bytes."""

import gzip
import hashlib
import math
import zlib
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import DataError

MAX_BYTES = 1 << 30
"""The largest array that is read, in bytes: 1.4 million images of 28×28."""

_GZIP_MAGIC = b"\x1f\x8b"
_UNSIGNED_BYTE = 0x08
_MAX_DEFLATE_RATIO = 1032
_CHUNK = 1 << 20
_LONGEST_HEADER = 20


def read_idx(
    source: Path | bytes, *, expected_sha256: str | None = None, name: str | None = None, max_bytes: int = MAX_BYTES
) -> NDArray[np.uint8]:
    """Read an array of bytes from an IDX file, gzipped or plain.

    Memory is taken only after the size that the header claims was found possible; a file that expands to more
    than it claims is not read to its end.

    Parameters
    ----------
    source
        A file, or its content.
    expected_sha256
        SHA-256 of the decompressed file, in hexadecimal.
    name
        What sentences call the file; its own name if left out.
    max_bytes
        The largest array that is read.

    Returns
    -------
    NDArray
        uint8, in the shape that the header gives, read-only.

    Raises
    ------
    DataError
        If the file is missing, damaged, not IDX, not of bytes, too large, or has another checksum.

    References
    ----------
    Y. LeCun, C. Cortes, C. Burges: The MNIST database, section "File formats".
    """
    name = name or (source.name if isinstance(source, Path) else "The file")
    try:
        with _open(source) as raw:
            return _read(raw, name, expected_sha256, max_bytes)
    except FileNotFoundError:
        raise DataError(f"{name} is missing from {_parent(source)}.") from None
    except (gzip.BadGzipFile, zlib.error):
        raise DataError(f"{name} is damaged: its gzip data cannot be read.") from None
    except EOFError:
        raise DataError(f"{name} is cut off: its gzip data ends too early.") from None
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror or error}.") from None


def read_idx_shape(head: bytes, name: str) -> tuple[int, ...]:
    """The shape that an IDX file claims, by its first bytes, gzipped or plain; its contents may be another matter.

    Raises
    ------
    DataError
        If they are not those of an IDX file of bytes.
    """
    try:
        is_zipped = head[:2] == _GZIP_MAGIC
        start = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _LONGEST_HEADER) if is_zipped else head
    except zlib.error:
        raise DataError(f"{name} is damaged: its gzip data cannot be read.") from None
    return _read_header(BytesIO(start), name)[1]


def _parent(source: Path | bytes) -> str:
    return str(source.parent) if isinstance(source, Path) else "memory"


def _open(source: Path | bytes) -> BinaryIO:
    return source.open("rb") if isinstance(source, Path) else BytesIO(source)


def _read(raw: BinaryIO, name: str, expected_sha256: str | None, max_bytes: int) -> NDArray[np.uint8]:
    stored = raw.seek(0, 2)
    raw.seek(0)
    zipped = raw.read(2) == _GZIP_MAGIC
    raw.seek(0)
    if not zipped:
        return _read_array(raw, name, stored, expected_sha256, max_bytes)
    with gzip.GzipFile(fileobj=raw) as unzipped:
        available = stored * _MAX_DEFLATE_RATIO
        return _read_array(BufferedReader(unzipped, _CHUNK), name, available, expected_sha256, max_bytes)


def _read_array(
    stream: BinaryIO | BufferedReader, name: str, available: int, expected_sha256: str | None, max_bytes: int
) -> NDArray[np.uint8]:
    """Read header and bytes; ``available`` is the most that the stream can hold."""
    header, shape = _read_header(stream, name)
    size = math.prod(shape)
    # No images at all may still be too large for NumPy.
    if (claimed := math.prod(max(1, side) for side in shape)) > max_bytes:
        raise DataError(f"{name} claims to hold {_bytes(size or claimed)}; at most {_bytes(max_bytes)} can be read.")
    if size + len(header) > available:
        raise DataError(f"{name} is cut off: its header promises {_bytes(size)}, which it cannot hold.")
    array = np.empty(size, dtype=np.uint8)
    sha = hashlib.sha256(header)
    _fill(stream, array, sha, name)
    if stream.read(1):
        raise DataError(f"{name} is not what its header says: more bytes follow the {_bytes(size)} it promises.")
    if expected_sha256 is not None and sha.hexdigest() != expected_sha256.lower():
        raise DataError(f"{name} is not the published file: its SHA-256 checksum differs.")
    array.setflags(write=False)
    return array.reshape(shape)


def _read_header(stream: BinaryIO | BufferedReader, name: str) -> tuple[bytes, tuple[int, ...]]:
    magic = stream.read(4)
    if len(magic) < 4:
        raise DataError(f"{name} is {'empty' if not magic else 'cut off'}: an IDX file begins with four bytes.")
    if magic[:2] != b"\0\0" or not 1 <= magic[3] <= 4:
        raise DataError(f"{name} is not an IDX file: it begins with the bytes {magic.hex(' ')}.")
    if magic[2] != _UNSIGNED_BYTE:
        raise DataError(f"{name} holds numbers of IDX type 0x{magic[2]:02x}; only bytes (0x08) are read.")
    dimensions = stream.read(4 * magic[3])
    if len(dimensions) < 4 * magic[3]:
        raise DataError(f"{name} is cut off: it ends within its header.")
    shape = tuple(int(size) for size in np.frombuffer(dimensions, dtype=">u4"))
    return magic + dimensions, shape


def _fill(stream: BinaryIO | BufferedReader, array: NDArray[np.uint8], sha: "hashlib._Hash", name: str) -> None:
    """Read the whole array from the stream in pieces, hashing each while it is in the cache."""
    view = array.data
    position = 0
    while position < len(view):
        piece = stream.read(min(_CHUNK, len(view) - position))
        if not piece:
            raise DataError(
                f"{name} is cut off: its header promises {_bytes(len(view))} and it holds {_bytes(position)}."
            )
        view[position : position + len(piece)] = piece
        sha.update(piece)
        position += len(piece)


def _bytes(count: int) -> str:
    return f"{count:,} bytes"
