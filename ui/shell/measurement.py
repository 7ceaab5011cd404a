"""What workers compute in parts, once for all sessions, and keep in a file: begun, looked at, stopped, read again."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import streamlit as st

from core.errors import DigitLabError
from ui.shell.page import show_error
from ui.shell.resources import settings
from ui.shell.series import Series, find_series, start_series, stop_beside_progress, stop_series
from ui.shell.state import page_state
from ui.shell.words import escape_markdown

Result = TypeVar("Result")


@dataclass
class MeasurementState:
    """Keys of what this session has stopped: none of it begins by itself again."""

    stopped: set[str] = field(default_factory=set)


@dataclass(frozen=True, eq=False)
class Prepared:
    """What workers are given, see :func:`ui.shell.series.start_series`."""

    function: Callable[..., Any]
    shared: Sequence[Any]
    parts: Sequence[Any]
    finish: Callable[[list[Any]], Any]
    carries: bool = False


@dataclass(frozen=True)
class Kept(Generic[Result]):
    """The file from which the next server reads a result.

    Parameters
    ----------
    read, write
        What an earlier server has kept there; None where it has not.
    """

    path: Path
    read: Callable[[Path], Result | None]
    write: Callable[[Path, Result], None]


@dataclass(frozen=True, eq=False)
class Measurement(Generic[Result]):
    """Something that takes more than a moment.

    Parameters
    ----------
    key
        Tells it from everything else, and its result from that of other weights or images.
    prepare
        Reads what workers need; a DigitLabError is shown.
    kept
        Where the result is kept; None if it is had again sooner than it is read.
    """

    key: str
    prepare: Callable[[], Prepared]
    kept: Kept[Result] | None = None

    def result(self) -> Result | None:
        """Its result, from this server or an earlier one; None if nobody has asked, or it is not done."""
        known = None if self.kept is None else self.kept.read(self.kept.path)
        series = self.series
        if known is not None or series is None or not series.is_done:
            return known
        result: Result = series.result
        if self.kept is not None:
            self.kept.write(self.kept.path, result)
        return result

    @property
    def series(self) -> Series | None:
        """What workers do about it, if this server has asked them."""
        return find_series(self.key)

    @property
    def is_running(self) -> bool:
        """Whether a worker is at it."""
        series = self.series
        return series is not None and series.is_running

    def start(self) -> bool:
        """Ask a worker for it; whether that could be done: a sentence says why it could not."""
        try:
            ready = self.prepare()
            start_series(self.key, ready.function, ready.shared, ready.parts, ready.finish, carries=ready.carries)
        except DigitLabError as error:
            show_error(error)
            return False
        return True

    def stop(self) -> None:
        """Ask for no more of it; what has been computed so far is lost."""
        stop_series(self.key)


def cache_path(name: str, key: str) -> Path:
    """Where a result is kept that takes its name from a key."""
    return settings().home / "cache" / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}.safetensors"


def show_running(
    measurement: Measurement[Any],
    doing: str,
    *,
    key: str,
    failed: str = "It could not be measured",
) -> bool:
    """How far a worker is, with a stop, or a sentence where it could not do it; whether it is at it.

    Parameters
    ----------
    doing
        A sentence on what it does.
    key
        Of the button.
    failed
        The beginning of the sentence.
    """
    series = measurement.series
    if series is not None and series.is_running:
        if stop_beside_progress(series, doing, key=key, on_click=_stop, args=(measurement,)):
            st.rerun()
        return True
    if series is not None and series.error:
        st.error(f"{failed}: {escape_markdown(series.error)}")
    return False


def begin(measurement: Measurement[Any]) -> None:
    """Ask for it unasked, unless it is known or under way, has failed, or was stopped in this session."""
    is_stopped = measurement.key in page_state(MeasurementState).stopped
    if not is_stopped and measurement.series is None and measurement.result() is None:
        measurement.start()


def show_start(measurement: Measurement[Any], label: str, *, key: str, icon: str = ":material/play_arrow:") -> None:
    """The button that begins it."""
    # Not in a callback: the page is to be polled from now on.
    if st.button(label, icon=icon, key=key):
        page_state(MeasurementState).stopped.discard(measurement.key)
        measurement.start()
        if measurement.is_running:
            st.rerun()


def _stop(measurement: Measurement[Any]) -> None:
    measurement.stop()
    page_state(MeasurementState).stopped.add(measurement.key)
