"""What is let go once nobody is there any more who has asked for it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(eq=False)
class Visitors:
    """How many sessions are there that have asked for something.

    Parameters
    ----------
    let_go
        Called when the last of them has gone.
    """

    let_go: Callable[[], None]
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arrive(self) -> "Visitors":
        """One more; itself, for what keeps it as long as the session is connected."""
        with self._lock:
            self._count += 1
        return self

    def leave(self) -> None:
        """One less."""
        with self._lock:
            self._count -= 1
            is_empty = self._count == 0
        if is_empty:
            self.let_go()
