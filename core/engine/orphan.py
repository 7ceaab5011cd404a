"""A process that takes long to load what its children need ends with the process that started it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

LOOK_SECONDS = 0.2


@contextmanager
def ends_with_its_parent() -> Iterator[None]:
    """End this process, wherever it is in this block, soon after the one that started it has ended.

    By a timer, which a fork would not keep, and not by a thread, which must not be there when workers are forked. For
    the main thread of a process on Linux or macOS.
    """
    parent = os.getppid()

    def look(*_signal: Any) -> None:
        if os.getppid() != parent:
            # Nobody is left to hear of it, and nothing has begun that would have to be ended in order.
            os._exit(1)

    handler = signal.signal(signal.SIGALRM, look)
    # What the timer interrupts goes on, also in libraries that do not expect it.
    signal.siginterrupt(signal.SIGALRM, False)
    left = signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS, LOOK_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *left)
        signal.signal(signal.SIGALRM, handler)
