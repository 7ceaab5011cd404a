"""Files that are there whole or not at all, also after a kill, and where there is no room."""

import errno
import os
import time
from pathlib import Path

import pytest

from core.atomic import UNFINISHED, is_disk_full, sweep, write_atomically


def test_what_cannot_be_written_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"before")

    def write_half(temporary: Path, _data: bytes) -> None:
        with temporary.open("wb") as file:
            file.write(b"aft")
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", write_half)
        with pytest.raises(OSError, match="full"):
            write_atomically(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_only_what_nobody_writes_any_more_is_swept(tmp_path: Path) -> None:
    names = f"{UNFINISHED}a", f"{UNFINISHED}b", f"{UNFINISHED}c", "old"
    old, new, folder, other = (tmp_path / name for name in names)
    for path in (old, new, other):
        path.write_bytes(b"half")
    folder.mkdir()
    (folder / "inside").write_bytes(b"half")
    for path in (old, folder, other):
        os.utime(path, (time.time() - 100_000,) * 2)
    sweep(tmp_path)
    assert set(tmp_path.iterdir()) == {new, other}
    sweep(tmp_path, older_than=0.0)
    assert set(tmp_path.iterdir()) == {other}
    sweep(tmp_path / "not there")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), True),
        (OSError(errno.EFBIG, "File too large"), True),
        (OSError(errno.EACCES, "Permission denied"), False),
        (RuntimeError("(sqlite3.OperationalError) database or disk is full"), True),
        (RuntimeError("(sqlite3.OperationalError) database is locked"), False),
    ],
)
def test_a_full_disk_is_told_from_other_faults(error: Exception, expected: bool) -> None:
    assert is_disk_full(error) is expected
