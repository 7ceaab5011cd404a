"""Deadlines of many tasks with one timer: each has the same time, so the first to begin is the first to be late."""

import asyncio
from types import TracebackType
from typing import Any


class Deadlines:
    """Ends what takes longer, as ``asyncio.timeout`` does, which sets a timer for each and takes it back.

    Parameters
    ----------
    seconds
        That each may take.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._under_way: dict[Deadline, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def within(self) -> "Deadline":
        """What is done in this context ends in time, or with TimeoutError."""
        return Deadline(self)

    def begin(self, one: "Deadline") -> None:
        """Look at it when its time is over."""
        self._under_way[one] = None
        # The timer of a loop that has ended never rings.
        if self._timer is None or self._loop is not asyncio.get_running_loop():
            self._look_at(one.due)

    def end(self, one: "Deadline") -> None:
        """Do not."""
        self._under_way.pop(one, None)

    def _look_at(self, due: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        for one in list(self._under_way):
            if one.due > now:
                self._look_at(one.due)
                return
            one.miss()


class Deadline:
    """One task’s."""

    def __init__(self, all_of_them: Deadlines) -> None:
        self._all, self._is_missed = all_of_them, False

    async def __aenter__(self) -> None:
        """Begin."""
        self._task: asyncio.Task[Any] | None = asyncio.current_task()
        self.due = asyncio.get_running_loop().time() + self._all.seconds
        self._all.begin(self)

    async def __aexit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """End; in time or not."""
        self._all.end(self)
        if not self._is_missed or self._task is None:
            return
        # Whoever has cancelled the task besides is heard.
        if self._task.uncancel() == 0 and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error

    def miss(self) -> None:
        """Interrupt what waits."""
        self._all.end(self)
        self._is_missed = True
        if self._task is not None:
            self._task.cancel()
