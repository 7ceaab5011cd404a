"""What workers compute for pages: asked for once, shared by all sessions, looked at without waiting."""

import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core.errors import DigitLabError
from ui.shell.latest import Latest
from ui.shell.resources import engine

_MOST_KEPT = 64


@dataclass(frozen=True, eq=False)
class Work:
    """A computation in a worker, and since when (seconds of the monotonic clock)."""

    future: Future[Any]
    since: float = field(default_factory=time.monotonic)

    @property
    def is_running(self) -> bool:
        """Whether its end is still awaited."""
        return not self.future.done()

    @property
    def seconds(self) -> float:
        """Since it was asked for."""
        return time.monotonic() - self.since

    @property
    def error(self) -> str | None:
        """Why it gave nothing, as a sentence; None while it runs and if it gave a result."""
        if self.is_running:
            return None
        try:
            failure = self.future.exception()
        except CancelledError:
            return "It was interrupted. Try again."
        if failure is None:
            return None
        return str(failure) if isinstance(failure, DigitLabError) else "It failed unexpectedly; the log says more."

    @property
    def result(self) -> Any:
        """What it gave; None while it runs or if it failed."""
        return None if self.is_running or self.error else self.future.result()


def start_work(key: str, function: Callable[..., Any], *arguments: Any) -> Work:
    """Have a worker call an importable function of ``core``, unless it is at it or has done it under this key.

    It is kept while it runs, and the results of the last 64 that have ended; one that failed is tried again.
    """
    kept = _kept()
    with kept.lock:
        work = kept.find(key)
        if work is None or work.error:
            work = Work(engine().analyse(function, *arguments))
            kept.keep(key, work)
        return work


def find_work(key: str) -> Work | None:
    """What was asked for under this key, if anything."""
    return _kept().find(key)


def is_running(key: str) -> bool:
    """Whether what was asked for under this key is still awaited."""
    work = find_work(key)
    return work is not None and work.is_running


@st.cache_resource(show_spinner=False)
def _kept() -> Latest[Work]:
    return Latest(_MOST_KEPT)
