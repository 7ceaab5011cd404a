"""Arrays in files of NumPy and MATLAB, with their names; nothing is unpickled."""

import math
import sys
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.data.apart import Limits, read_apart
from core.data.budget import spend
from core.data.importing.found import part_of_file
from core.data.importing.kinds import kind_of
from core.data.importing.named_file import NamedFile
from core.data.importing.parts import Part, part_of_name
from core.errors import DataError

MOST_BYTES = 1_000_000_000
"""Of one array, unpacked: 60,000 images as 64-bit floats take 376 MB."""
# Large photographs in Parquet take a tenth of a second each.
_LIMITS = Limits(seconds=300.0)
_MOST_ARRAYS = 200
_MOST_HEADER = 10_000
_MOST_DIMENSIONS = 8
_DAMAGE = (
    zipfile.BadZipFile,
    tokenize.TokenError,
    ValueError,
    TypeError,
    EOFError,
    OSError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    zlib.error,
    MemoryError,
)
"""Of a header as well, which is parsed as Python: thousands of signs or brackets in it are too deep for that."""


@dataclass(frozen=True, eq=False)
class NamedArray:
    """An array, the file that it is in, and its name there."""

    file: str
    key: str
    array: NDArray[Any]

    @property
    def part(self) -> Part | None:
        """What it is for, if its name or that of its file says so."""
        return part_of_name(self.key) or part_of_file(self.file)

    @property
    def name(self) -> str:
        """As sentences call it."""
        return f"{self.file}:{self.key}" if self.key else self.file

    @property
    def words(self) -> str:
        """By which it is told what it holds: the name in the file, else that of the file."""
        return self.key if self.key and not self.key.startswith("arr_") else PurePosixPath(self.file).stem


def arrays_of(file: NamedFile) -> Iterator[NamedArray]:
    """All arrays of an npy, npz or mat file.

    Raises
    ------
    DataError
        If it is damaged, too large, or holds Python objects.
    """
    kind = kind_of(file)
    if kind == "npy":
        with file.open() as stream:
            yield NamedArray(file.name, "", _read_npy(stream, file.name))
    elif kind == "npz":
        yield from _read_npz(file)
    else:
        yield from _read_mat(file)


def _read_npz(file: NamedFile) -> Iterator[NamedArray]:
    with file.open() as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
                if len(members) > _MOST_ARRAYS or sum(info.file_size for info in members) > 2 * MOST_BYTES:
                    raise DataError(f"{file.name} holds more than is read: at most {2 * MOST_BYTES / 1e6:,.0f} MB.")
                for info in members:
                    with archive.open(info) as member:
                        key = info.filename.removesuffix(".npy")
                        yield NamedArray(file.name, key, _read_npy(member, f"{file.name}:{key}"))  # type: ignore[arg-type]
        except _DAMAGE:
            raise DataError(f"{file.name} is damaged: its arrays cannot be read to their end.") from None


def _read_npy(stream: BinaryIO, name: str) -> NDArray[Any]:
    """An array in NumPy's format; nothing is unpickled, and no memory is taken before its size is known."""
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(stream, max_header_size=_MOST_HEADER)
    except _DAMAGE:
        raise DataError(f"{name} is damaged: it does not begin like a NumPy array.") from None
    if dtype.hasobject:
        raise DataError(
            f"{name} holds Python objects as pickles, which can run any program and are never read: save arrays of "
            "numbers."
        )
    if dtype.kind not in "uifbUS" or not dtype.itemsize:
        raise DataError(f"{name} holds {dtype}, neither numbers nor text.")
    shape = tuple(map(int, shape))
    if len(shape) > _MOST_DIMENSIONS or min(shape, default=0) < 0:
        raise DataError(f"{name} is damaged: NumPy has no arrays of the shape that it claims.")
    size = math.prod(shape) * dtype.itemsize
    # Without any element it may still be too large for NumPy.
    if math.prod(max(1, side) for side in shape) * dtype.itemsize > MOST_BYTES:
        raise DataError(f"{name} has {size / 1e6:,.0f} MB; at most {MOST_BYTES / 1e6:,.0f} MB of one array are read.")
    content = bytearray()
    while len(content) < size and (piece := stream.read(min(1 << 22, size - len(content)))):
        spend(len(piece), name)
        content += piece
    if len(content) < size:
        raise DataError(f"{name} is cut off: it promises {size:,} bytes and holds {len(content):,}.")
    array = np.frombuffer(content, dtype)
    if dtype.kind == "U" and (array.view(np.dtype("u4").newbyteorder(dtype.byteorder)) > sys.maxunicode).any():
        raise DataError(f"{name} is damaged: it holds numbers instead of letters.")
    return array.reshape(shape[::-1]).T if is_fortran else array.reshape(shape)


def _read_mat(file: NamedFile) -> Iterator[NamedArray]:
    found = read_file_apart("read_mat", file, "a MATLAB file")
    for place, key in enumerate(found.pop("names")):
        yield NamedArray(file.name, str(key), found[f"array{place}"])


def read_file_apart(
    reader: str, file: NamedFile, what: str, options: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, NDArray[Any]]:
    """What a reader of :mod:`apart_readers` finds in a file, in a process of its own."""
    asked: dict[str, Any] = {
        "name": file.name,
        "what": what,
        "limits": _LIMITS,
        "options": {"name": file.name, **options},
    }
    reader, asked["weigh"] = f"core.data.importing.apart_readers:{reader}", partial(spend, name=file.name)
    if isinstance(file.source, Path):
        return read_apart(reader, file.source, **asked)
    with file.open() as stream:
        return read_apart(reader, stream, **asked)
