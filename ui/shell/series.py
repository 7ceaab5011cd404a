"""Long computations in parts, one after the other in a worker: a page can say how far it is, and stop it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

import streamlit as st

from core.errors import EngineError
from ui.shell.background import Work
from ui.shell.latest import Latest
from ui.shell.resources import engine

_MOST_KEPT = 16
_MOST_UNDER_WAY = 64
"""In all sessions together: each holds what its worker is sent, a network and up to some thousand images."""


class Series:
    """Calls of one function, each of which a worker begins when the one before has ended.

    Other work of the same worker comes between them. A stop cancels the one under way: the function ends early if it
    takes ``should_stop``, see :mod:`core.stopping`.

    Parameters
    ----------
    analyse
        Has a worker call an importable function of ``core``.
    function
        Called with ``shared`` and one of ``parts`` each time.
    finish
        Makes one result of what the parts gave, in order.
    carries
        Whether each part continues from the one before: the function is called with what that gave, at first with None,
        between ``shared`` and the part.
    """

    def __init__(
        self,
        analyse: Callable[..., Future[Any]],
        function: Callable[..., Any],
        shared: Sequence[Any],
        parts: Sequence[Any],
        finish: Callable[[list[Any]], Any],
        *,
        carries: bool = False,
    ) -> None:
        self._analyse, self._function, self._finish = analyse, function, finish
        self._carries = carries
        self._shared, self._left = tuple(shared), list(parts)
        self._count = len(parts)
        self._results: list[Any] = []
        self._finished: Any = None
        self._work: Work | None = None
        self._is_stopped = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Ask for the first part."""
        self._ask()

    def stop(self) -> None:
        """Ask for no further part, and have the worker that is at one stop as soon as it looks."""
        with self._lock:
            self._is_stopped = True
            self._let_go()
            work = self._work
        # Outside of the lock: a future that is cancelled calls at once.
        if work is not None:
            work.future.cancel()

    @property
    def share(self) -> float:
        """How much is done, 0–1."""
        return len(self._results) / max(1, self._count)

    @property
    def error(self) -> str | None:
        """Why it ended early, as a sentence; None while it goes on, if it was stopped and if it gave a result."""
        return None if self._work is None or self._is_stopped else self._work.error

    @property
    def is_done(self) -> bool:
        """Whether all parts have been computed."""
        return len(self._results) == self._count

    @property
    def is_running(self) -> bool:
        """Whether there is a part to wait for."""
        return not (self._is_stopped or self.is_done or self.error)

    @property
    def result(self) -> Any:
        """Its result; None until all parts have been computed."""
        with self._lock:
            if self._finished is None and self.is_done:
                self._finished = self._finish(self._results)
            return self._finished

    def _ask(self) -> None:
        with self._lock:
            if self._is_stopped or not self._left:
                self._let_go()
                return
            before = [self._results[-1] if self._results else None] if self._carries else []
            future = self._analyse(self._function, *self._shared, *before, self._left.pop(0))
            self._work = Work(future)
        # Outside of the lock: a future that has ended calls at once.
        future.add_done_callback(self._take)

    def _take(self, future: Future[Any]) -> None:
        """Runs in a thread of the engine."""
        if future.cancelled() or future.exception() is not None:
            with self._lock:
                self._let_go()
            return
        self._results.append(future.result())
        self._ask()

    def _let_go(self) -> None:
        """Free what is no longer sent to anybody."""
        self._shared, self._left = (), []


def start_series(
    key: str,
    function: Callable[..., Any],
    shared: Sequence[Any],
    parts: Sequence[Any],
    finish: Callable[[list[Any]], Any],
    *,
    carries: bool = False,
) -> Series:
    """Have a worker compute the parts, unless one is at it or has done it under this key.

    All sessions share it. It is kept while it runs, and the results of the last 16 that have ended; one that failed or
    was stopped is begun again.

    Parameters
    ----------
    function
        An importable function of ``core``, which is called with ``shared`` and one of ``parts``.
    finish
        Makes one result of what the parts gave, when somebody asks for it.
    carries
        As of :class:`Series`.

    Raises
    ------
    EngineError
        If the workers have enough to do.
    """
    kept = _kept()
    with kept.lock:
        known = kept.find(key)
        if known is not None and (known.is_running or known.is_done):
            return known
        if kept.under_way >= _MOST_UNDER_WAY:
            raise EngineError(
                f"The workers take on at most {_MOST_UNDER_WAY} measurements at a time: try again when one has ended."
            )
        new = Series(engine().analyse, function, shared, parts, finish, carries=carries)
        kept.keep(key, new)
    new.begin()
    return new


def find_series(key: str) -> Series | None:
    """What was asked for under this key, if anything."""
    return _kept().find(key)


def stop_series(key: str) -> None:
    """Stop it for everybody; what it has computed so far is lost."""
    series = _kept().take(key)
    if series is not None:
        series.stop()


def stop_beside_progress(series: Series, doing: str, *, key: str, **button: Any) -> bool:
    """How far it is, in words, and a button that stops it; whether that was clicked.

    Parameters
    ----------
    doing
        A sentence on what the workers do.
    key, button
        Of the button, as of ``st.button``.
    """
    place, stop = st.columns([5, 1], vertical_alignment="center")
    place.progress(series.share, f"{doing} {series.share:.0%} done.")
    return stop.button("Stop", icon=":material/stop:", key=key, width="stretch", **button)


@st.cache_resource(show_spinner=False)
def _kept() -> Latest[Series]:
    return Latest(_MOST_KEPT)
