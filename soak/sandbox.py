"""What a process does to the world, as Python itself tells: files written, programs started, connections, pickles."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((1, 3),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.chmod": ((0, 2),),
}
"""Where an event has a path that is changed, and the folder, as a file descriptor, that it is relative to."""
_NEVER = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "pickle.find_class", "socket.connect", "urllib.Request")
_CHILD = "core.data.apart_child"


class Watch:
    """Notes what must not happen; from its making to the end of the process, for such a hook cannot be taken away.

    Parameters
    ----------
    homes
        Folders in which files may be written.
    """

    def __init__(self, *homes: Path) -> None:
        self._homes = tuple(os.path.realpath(home) for home in (*homes, tempfile.gettempdir()))
        self._seen: list[str] = []
        self.allowed: tuple[str, ...] = ()
        sys.addaudithook(self._hear)

    def take(self) -> list[str]:
        """What has happened since the last question."""
        seen, self._seen = self._seen, []
        return seen

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(flags, int) and flags & _WRITES:
                self._check(event, path)
        elif event in _CHANGES:
            for path, folder in _CHANGES[event]:
                self._check(event, arguments[path], -1 if folder is None else arguments[folder])
        elif event == "subprocess.Popen":
            if _CHILD not in (arguments[1] or ()):
                self._seen.append(f"started {arguments[1]}")
        elif event in _NEVER and event not in self.allowed:
            self._seen.append(f"{event} {arguments[:2]!r}"[:300])

    def _check(self, event: str, path: object, folder: int = -1) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return
        above = "" if folder == -1 else Path(f"/proc/self/fd/{folder}").readlink()
        place = os.path.realpath(Path(above) / os.fsdecode(path))
        if place != os.devnull and not any(place == home or place.startswith(home + os.sep) for home in self._homes):
            self._seen.append(f"{event} outside of the home: {place}"[:300])
