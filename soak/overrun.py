"""Nothing hangs: what does not end in its time is ended, with all that it has started."""

import faulthandler
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

HUNG = 3
"""Exit code."""


@contextmanager
def ends_within(seconds: float, what: str) -> Iterator[None]:
    """End this process and its children if the block takes longer, after saying where every thread was."""
    timer = threading.Timer(seconds, _end, (what, seconds))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end(what: str, seconds: float) -> None:
    print(f"LOST  {what} hangs: it did not end within {seconds:.0f} s.", file=sys.stderr, flush=True)
    faulthandler.dump_traceback(file=sys.stderr)
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.kill()
    os._exit(HUNG)
