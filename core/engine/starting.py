"""Starting workers without being held up by it.

Nobody waits longer than ``START_SECONDS`` for those on their way, and a server that is to end not at all.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future

from core.engine.connection import Connection
from core.errors import EndingError, EngineError
from core.settings import Settings

START_SECONDS = 120.0
ENDING = "The server ends before its workers have started."
TOO_LONG = "The workers did not start in time, or do not answer: the machine may be overloaded. Try again."


class Starting:
    """Makes connections, each in a thread of its own, until it is told to give up.

    Parameters
    ----------
    connect
        Starts or finds the workers; PyTorch alone may take half a minute on a busy machine, and nothing interrupts it.
    """

    def __init__(self, connect: Callable[[Settings], Connection]) -> None:
        self._connect = connect
        self._is_over = False
        self._pending: Future[Connection] | None = None
        self._changed = threading.Condition()

    def connection(self, settings: Settings) -> Connection:
        """A connection, waited for.

        Raises
        ------
        EndingError
            If nobody is to wait any more; its result is closed.
        EngineError
            If it takes longer than ``START_SECONDS``; who asks next waits for the same.
        """
        made = self._pending or self._begin(settings)
        with self._changed:
            is_there = self._changed.wait_for(lambda: self._is_over or made.done(), START_SECONDS)
        if self._is_over:
            made.add_done_callback(_close)
            raise EndingError(ENDING)
        if not is_there:
            # Two clusters on their way would be slower still.
            self._pending = made
            raise EngineError(TOO_LONG)
        self._pending = None
        return made.result()

    def _begin(self, settings: Settings) -> "Future[Connection]":
        made: Future[Connection] = Future()
        threading.Thread(target=self._make, args=(settings, made), name="connecting", daemon=True).start()
        return made

    def give_up(self) -> None:
        """Wait for none that is on its way, and begin no other."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        if self._pending is not None:
            self._pending.add_done_callback(_close)

    def _make(self, settings: Settings, made: "Future[Connection]") -> None:
        if self._is_over:
            made.set_exception(EndingError("The server ends."))
        else:
            try:
                made.set_result(self._connect(settings))
            except Exception as error:  # noqa: BLE001 – raised where it is waited for
                made.set_exception(error)
        with self._changed:
            self._changed.notify_all()


def _close(made: "Future[Connection]") -> None:
    if made.exception() is None:
        made.result().close()
