"""Parts of Inside that workers measure when somebody asks: a button, how far it is, a stop, and what came of it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import streamlit as st

from core.data.dataset import ImageDataset
from core.errors import DataError, DigitLabError
from core.explain.sample import fixed_sample
from core.runs.records import Run
from ui.inside.state import InsideState
from ui.shell.page import show_error
from ui.shell.polling import show_polled
from ui.shell.resources import dataset_entry, images_to_validate, settings
from ui.shell.series import find_series, start_series, stop_beside_progress, stop_series
from ui.shell.state import page_state
from ui.shell.words import escape_markdown

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Prepared:
    """What workers are given, see :func:`ui.shell.series.start_series`."""

    function: Callable[..., Any]
    shared: Sequence[Any]
    parts: Sequence[Any]
    finish: Callable[[list[Any]], Any]
    carries: bool = False


@dataclass(frozen=True, eq=False)
class Measurement(Generic[Result]):
    """Something that is measured of a run on its validation images.

    Parameters
    ----------
    name
        A word for keys and files: ``landscape``.
    button
        What the button that begins it says.
    doing
        What is going on, a sentence.
    prepare
        Reads what it needs; a DigitLabError is shown.
    read, write
        What was kept by an earlier server in a file.
    begins
        Whether it begins by itself; once a session has stopped it, it waits there until it is asked for.
    """

    run: Run
    name: str
    button: str
    doing: str
    prepare: Callable[[Run], Prepared]
    read: Callable[[Path], Result | None]
    write: Callable[[Path, Result], None]
    begins: bool = False

    @property
    def key(self) -> str:
        """Another one for other weights of the run."""
        return f"{self.name} {self.run.run_id} {self.run.version}"

    @property
    def path(self) -> Path:
        """Where the result is kept."""
        return (
            settings().home / "cache" / f"{self.name}-{hashlib.sha256(self.key.encode()).hexdigest()[:16]}.safetensors"
        )

    def result(self) -> Result | None:
        """What came of it, in this server or an earlier one; None if nobody has asked, or it is not done."""
        kept = self.read(self.path)
        series = find_series(self.key)
        if kept is not None or series is None or not series.is_done:
            return kept
        result: Result = series.result
        self.write(self.path, result)
        return result

    def is_running(self) -> bool:
        """Whether a worker is at it."""
        series = find_series(self.key)
        return series is not None and series.is_running

    def start(self) -> None:
        """Ask a worker for it."""
        try:
            prepared = self.prepare(self.run)
        except DigitLabError as error:
            show_error(error)
            return
        start_series(
            self.key, prepared.function, prepared.shared, prepared.parts, prepared.finish, carries=prepared.carries
        )


def show_measured(measurement: Measurement[Result], show: Callable[[Result], None]) -> None:
    """The result, or the way to it."""
    is_wanted = measurement.begins and measurement.key not in page_state(InsideState).stopped
    if is_wanted and find_series(measurement.key) is None and measurement.result() is None:
        measurement.start()
    show_polled(_show_state, measurement, show, busy=measurement.is_running)


def validation_sample(run: Run, most: int) -> ImageDataset:
    """At most this many of a run's validation images, always the same.

    Raises
    ------
    DataError
        If they have been deleted.
    """
    return fixed_sample(images_to_validate(run.config), most)


def has_images(run: Run) -> bool:
    """Whether the images of a run are still there; says so where they are not."""
    try:
        dataset_entry(run.config.dataset)
    except DataError:
        st.caption("The images of this run have been deleted: nothing can be measured on them any more.")
        return False
    return True


def _show_state(measurement: Measurement[Result], show: Callable[[Result], None]) -> None:
    result = measurement.result()
    if result is not None:
        show(result)
        return
    series = find_series(measurement.key)
    if series is not None and series.is_running:
        if stop_beside_progress(series, measurement.doing, key=f"stop {measurement.name}"):
            stop_series(measurement.key)
            page_state(InsideState).stopped.add(measurement.key)
            st.rerun()
        return
    if series is not None and series.error:
        st.error(f"It could not be measured: {escape_markdown(series.error)}")
    if not has_images(measurement.run):
        return
    # Not in a callback: the page is to be polled from now on.
    if st.button(measurement.button, icon=":material/play_arrow:", key=f"start {measurement.name}"):
        page_state(InsideState).stopped.discard(measurement.key)
        measurement.start()
        if measurement.is_running():
            st.rerun()
