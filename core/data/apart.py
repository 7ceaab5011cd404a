"""Somebody else's C code reads files in a process of its own: a crash costs one sentence, not the server.

::

    read_apart("core.data.importing.parquet:read_parquet", file, name="train.parquet", what="Parquet")
      └─► python -m core.data.apart_child …   memory, processor time and output limited
            └─► read_parquet(path) → arrays ─► .npz, read without pickles

To read many files, do so within ``one_process``: they share a process, as long as none fails in it.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.data.apart_child import NO_MEMORY, REFUSED
from core.errors import DataError

_ROOT = Path(__file__).resolve().parents[2]
_CHUNK = 1 << 20
_LONGEST_ANSWER = 1 << 16
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
        Until it is read, the start of the process included, which takes half a second.
    megabytes
        Address space of the process, 300 MB of which Python, NumPy and a reader take.
    file_megabytes
        The largest file.
    """

    seconds: float = 120.0
    megabytes: int = 3_000
    file_megabytes: int = 1_000


@dataclass(frozen=True)
class _Answer:
    """What a process says of one file; it says nothing of one that it died of."""

    code: int = 1
    sentence: str = ""
    is_late: bool = False


@dataclass
class _Child:
    """A process that reads one file after the other; the one that it fails at is the last."""

    process: subprocess.Popen[bytes] | None = None
    has_read: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def carry_out(self, order: Mapping[str, Any], seconds: float) -> _Answer:
        """Read a file; once more in a new process if one that has read others fails: it may be these that it bears."""
        with self.lock:
            was_used = self.has_read
            answer = self._ask(order, seconds)
            if was_used and answer.code not in (0, REFUSED) and not answer.is_late:
                answer = self._ask(order, seconds)
            return answer

    def end(self) -> None:
        """It keeps nothing, so nothing is lost."""
        if self.process is None:
            return
        self.process.kill()
        self.process.communicate()
        self.process, self.has_read = None, False

    def _ask(self, order: Mapping[str, Any], seconds: float) -> _Answer:
        if self.process is None:
            self.process = _started()
        late = threading.Event()
        timer = threading.Timer(seconds, _kill, (self.process, late))
        timer.start()
        try:
            answer = _spoken(self.process, order)
        finally:
            timer.cancel()
        self.has_read = answer.code in (0, REFUSED)
        if not self.has_read:
            self.end()
        return answer if self.has_read or not late.is_set() else _Answer(is_late=True)


_OPEN: ContextVar[_Child | None] = ContextVar("_OPEN", default=None)


@contextmanager
def one_process() -> Iterator[_Child]:
    """Have all files that are read apart within this block, or function, share a process.

    Its start takes longer than most files do. A file that fails takes its process along, and the next one gets another.
    """
    if (shared := _OPEN.get()) is not None:
        yield shared
        return
    child = _Child()
    token = _OPEN.set(child)
    try:
        yield child
    finally:
        _OPEN.reset(token)
        child.end()


def read_apart(  # noqa: PLR0913 - all but two are keywords
    reader: str,
    source: Path | bytes | BinaryIO,
    *,
    name: str,
    what: str,
    limits: Limits | None = None,
    options: Mapping[str, Any] | None = None,
    error: type[DataError] = DataError,
    weigh: Callable[[int], None] | None = None,
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
    weigh
        Told the bytes of all arrays before any of them is here; what it raises ends the reading.

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
                raise error(f"{name} is larger than {limits.file_megabytes:,} MB, the most that can be read.")
            result = Path(work) / "result.npz"
            order: dict[str, Any] = {
                "reader": reader,
                "path": str(path.resolve()),
                "result": str(result),
                "options": dict(options or {}),
            }
            order |= {"seconds": limits.seconds, "megabytes": limits.megabytes}
            with one_process() as child:
                _check(child.carry_out(order, limits.seconds), limits, name, what, error)
            return _arrays(result, limits, weigh)
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


def _kill(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    process.kill()


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "core.data.apart_child"],
        cwd=_ROOT,
        env=os.environ | _ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _spoken(process: subprocess.Popen[bytes], order: Mapping[str, Any]) -> _Answer:
    """Its answer to an order; whatever else it says counts as nothing."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(order).encode() + b"\n")
        process.stdin.flush()
        code, sentence = json.loads(process.stdout.readline(_LONGEST_ANSWER))
        return _Answer(int(code), str(sentence))
    except (OSError, ValueError, TypeError):
        return _Answer()


def _check(answer: "_Answer", limits: Limits, name: str, what: str, error: type[DataError]) -> None:
    if answer.code == 0:
        return
    if answer.code == REFUSED:
        raise error(answer.sentence or f"{name} cannot be read as {what}.")
    if answer.code == NO_MEMORY:
        raise error(f"{name} takes more memory to read than is allowed: make it smaller.")
    if answer.is_late:
        raise error(f"{name} takes longer than {limits.seconds:,.0f} seconds to read: make it smaller.")
    raise error(f"{name} is damaged: reading it as {what} failed. Save it again, or convert it.")


def _arrays(result: Path, limits: Limits, weigh: Callable[[int], None] | None) -> dict[str, NDArray[Any]]:
    """What the process has written, which is checked like any file: it may have been talked into something."""
    with zipfile.ZipFile(result) as archive:
        total = sum(member.file_size for member in archive.infolist())
    if total > limits.megabytes * 1_000_000:
        raise ValueError("too much")
    if weigh is not None:
        weigh(total)
    with np.load(result, allow_pickle=False) as arrays:
        return {key: arrays[key] for key in arrays.files}
