"""A locked file per server: the system unlocks it when the process ends, however it ends.

A process id cannot tell the living from the dead: in two containers the same one belongs to two processes. Nor can a
lock where a folder is shared between machines, since not every network file system locks for all of them. So a lock is
believed only on the machine, and since the start of the machine, where it was taken.
"""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl


def boot_id() -> str | None:
    """Which start of which machine this is; None where the system does not say, or has no locks of this kind."""
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip() or None
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None


def hold(path: Path) -> IO[bytes] | None:
    """Create and lock a file until it is closed or this process ends; None where files cannot be locked."""
    if sys.platform == "win32":
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("wb")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return None
    return file


def is_held(path: Path) -> bool | None:
    """Whether a process holds the lock; None if that cannot be told."""
    if sys.platform == "win32":
        return None
    try:
        with path.open("rb") as file:
            # A shared one: of two who ask at once neither takes the other for the holder.
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


def release(path: Path, file: IO[bytes] | None = None) -> None:
    """Remove the file of a server that has ended, and unlock it if it is held here."""
    with suppress(OSError):
        path.unlink(missing_ok=True)
    if file is not None:
        file.close()
