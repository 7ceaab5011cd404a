"""Parts of Inside that workers measure when somebody asks: a button, the progress, a stop, and the result."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import streamlit as st

from core.data.dataset import ImageDataset
from core.errors import DataError
from core.explain.sample import fixed_sample
from core.runs.class_order import require_own_order
from core.runs.records import Run
from ui.shell.measurement import Kept, Measurement, Prepared, begin, cache_path, show_running, show_start
from ui.shell.polling import show_polled
from ui.shell.resources import dataset_entry, images_to_validate

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Part(Generic[Result]):
    """Something that is measured of a run on its validation images.

    Parameters
    ----------
    name
        A word for keys and files: ``landscape``.
    button
        What the button that begins it says.
    doing
        What is going on, a sentence.
    prepare, read, write
        As of :class:`Measurement` and of what it keeps.
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
    def measurement(self) -> Measurement[Result]:
        """Another one for other weights of the run."""
        key = f"{self.name} {self.run.run_id} {self.run.version}"
        kept = Kept(cache_path(self.name, key), self.read, self.write)
        return Measurement(key, lambda: self.prepare(self.run), kept)


def show_measured(part: Part[Result], show: Callable[[Result], None]) -> None:
    """The result, or the way to it."""
    measurement = part.measurement
    if part.begins:
        begin(measurement)
    show_polled(_show_state, part, measurement, show, busy=lambda: measurement.is_running)


def validation_sample(run: Run, most: int) -> ImageDataset:
    """At most this many of a run's validation images, always the same.

    Raises
    ------
    DataError
        If they have been deleted, or count other classes.
    """
    images = images_to_validate(run.config)
    require_own_order(run, images.class_names)
    return fixed_sample(images, most)


def has_images(run: Run) -> bool:
    """Whether the images of a run are still there; says so where they are not."""
    try:
        dataset_entry(run.config.dataset)
    except DataError:
        st.caption("The images of this run have been deleted: nothing can be measured on them any more.")
        return False
    return True


def _show_state(part: Part[Result], measurement: Measurement[Result], show: Callable[[Result], None]) -> None:
    result = measurement.result()
    if result is not None:
        show(result)
    elif not show_running(measurement, part.doing, key=f"stop {part.name}") and has_images(part.run):
        show_start(measurement, part.button, key=f"start {part.name}")
