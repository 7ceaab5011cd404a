"""Files that are there whole or not at all."""

import errno
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".writing-"
"""How the name of a file begins that is being written."""
ABANDONED_SECONDS = 86_400.0
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_OF_SQLITE, _OF_POSTGRESQL = "database or disk is full", "No space left on device"


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader finds the old content or the new one; a failure leaves what was there before."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name in the same folder; the file written there is moved into place when the block ends well."""
    temporary = path.parent / f"{UNFINISHED}{uuid.uuid4().hex}"
    try:
        yield temporary
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def is_disk_full(error: BaseException) -> bool:
    """Whether a file, or a database, could not be written for want of room."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _NO_ROOM
    return _OF_SQLITE in str(error) or _OF_POSTGRESQL in str(error)


def sweep(folder: Path, older_than: float = ABANDONED_SECONDS) -> None:
    """Remove what was being written here by processes that were killed.

    Parameters
    ----------
    older_than
        Seconds since it was last written to; 0 where nobody can be writing.
    """
    for path in folder.glob(f"{UNFINISHED}*"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime >= older_than:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
