"""Control-C while a network trains."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_on_control_c() -> Iterator[Callable[[], bool]]:
    """Whether Control-C has been pressed in this block; pressed again, it raises KeyboardInterrupt at once.

    An exception that is raised between any two instructions can be lost in a callback, or cut a write to the run
    store; a request is neither.
    """
    asked = threading.Event()
    usual = signal.getsignal(signal.SIGINT)
    # In another thread there is no choice, and what was started to ignore Control-C goes on ignoring it.
    if threading.current_thread() is not threading.main_thread() or usual is not signal.default_int_handler:
        yield asked.is_set
        return

    def ask(_number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, usual)
