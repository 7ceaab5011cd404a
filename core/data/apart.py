"""Somebody else's C code reads files in a process of its own: a crash costs one sentence, not the server.

::

    read_apart("core.data.importing.parquet:read_parquet", file, name="train.parquet", what="Parquet")
      └─► python -m core.data.apart_child …   memory, processor time and output limited
            └─► read_parquet(path) → arrays ─► .npz, read without pickles
"""

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.data.apart_child import NO_MEMORY, REFUSED
from core.errors import DataError

_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 1 << 20
# One thread, and one arena of memory for each: else the address space is spent on what nobody uses.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"} | {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "ARROW_IO_THREADS": "1",
}


@dataclass(frozen=True)
class Limits:
    """What one file may cost.

    Parameters
    ----------
    seconds
        Of the whole process, its start of half a second included.
    megabytes
        Address space of the process, 300 MB of which Python, NumPy and a reader take.
    file_megabytes
        The largest file.
    """

    seconds: float = 120.0
    megabytes: int = 3_000
    file_megabytes: int = 1_000


def read_apart(
    reader: str,
    source: Path | bytes | BinaryIO,
    *,
    name: str,
    what: str,
    limits: Limits | None = None,
    options: Mapping[str, Any] | None = None,
    error: type[DataError] = DataError,
) -> dict[str, NDArray[Any]]:
    """Call a reader in a process of its own.

    Parameters
    ----------
    reader
        ``module:function``; the function is called with the path of the file and the options, and returns arrays by
        name, none of objects. A sentence that it raises as ``DataError`` is raised here.
    source
        A path, the content, or a binary stream that can be rewound; what is not a path is copied to a temporary file.
    name, what
        The file and its kind, for sentences.
    options
        Keyword arguments, in JSON.
    error
        What is raised.

    Raises
    ------
    DataError
        Of the type asked for: if the file is damaged, takes too much time or memory, or the reader crashes.
    """
    limits = limits or Limits()
    try:
        with tempfile.TemporaryDirectory(prefix="digitlab-") as work:
            path = source if isinstance(source, Path) else _copied(source, Path(work) / "file", limits)
            if path.stat().st_size > limits.file_megabytes * 1_000_000:
                raise error(f"{name} is larger than {limits.file_megabytes:,} MB, the most that is read.")
            result = Path(work) / "result.npz"
            order = {
                "reader": reader,
                "path": str(path.resolve()),
                "result": str(result),
                "options": dict(options or {}),
            }
            _run(order | {"seconds": limits.seconds, "megabytes": limits.megabytes}, name, what, error)
            return _arrays(result, limits)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, MemoryError):
        raise error(f"{name} cannot be read as {what}: save it again, or convert it.") from None


def _copied(source: bytes | BinaryIO, path: Path, limits: Limits) -> Path:
    """The content as a file; a byte more than is allowed is enough to refuse it."""
    with path.open("wb") as file:
        if isinstance(source, bytes):
            file.write(source)
            return path
        source.seek(0)
        left = limits.file_megabytes * 1_000_000 + 1
        while left > 0 and (piece := source.read(min(_CHUNK, left))):
            file.write(piece)
            left -= len(piece)
    return path


def _run(order: Mapping[str, Any], name: str, what: str, error: type[DataError]) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "core.data.apart_child"],
            cwd=_ROOT,
            env=os.environ | _ENVIRONMENT,
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=order["seconds"],
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise error(f"{name} takes longer than {order['seconds']:,.0f} seconds to read: make it smaller.") from None
    if done.returncode == 0:
        return
    if done.returncode == REFUSED:
        raise error(done.stdout.decode("utf-8", "replace").strip() or f"{name} cannot be read as {what}.")
    if done.returncode == NO_MEMORY:
        raise error(f"{name} takes more memory to read than is allowed: make it smaller.")
    raise error(f"{name} is damaged: reading it as {what} failed. Save it again, or convert it.")


def _arrays(result: Path, limits: Limits) -> dict[str, NDArray[Any]]:
    """What the process has written, which is checked like any file: it may have been talked into something."""
    with zipfile.ZipFile(result) as archive:
        if sum(member.file_size for member in archive.infolist()) > limits.megabytes * 1_000_000:
            raise ValueError("too much")
    with np.load(result, allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}
