"""Robustness: the runs that are measured, each with its images."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import streamlit as st

from core.corruptions.measuring import (
    SAMPLE,
    Part,
    Results,
    gathered,
    measure_part,
    parts_of,
    read_results,
    results_path,
    write_results,
)
from core.data.dataset import ImageDataset
from core.errors import DigitLabError
from core.explain.sample import fixed_sample
from core.models.numpy_model import NumpyModel
from core.runs.records import Run
from ui.choices.run import is_chosen
from ui.results.final import count_look_at
from ui.shell.page import show_error
from ui.shell.resources import dataset_entry, images_to_test, images_to_validate, model, settings
from ui.shell.series import Series, find_series, start_series, stop_series


@dataclass(frozen=True, eq=False)
class Subject:
    """A run, its network, and a fixed sample of its test and of its validation images.

    Parameters
    ----------
    label
        Its short name; no other subject has the same.
    style
        Number of its colour in every chart.
    """

    run: Run
    label: str
    style: int
    network: NumpyModel
    test: ImageDataset
    validation: ImageDataset


@dataclass(frozen=True, eq=False)
class Measured:
    """Some measurements of a subject, on one of its samples: known, under way or not asked for."""

    subject: Subject
    images: ImageDataset
    names: tuple[str, ...]

    @property
    def results(self) -> Results | None:
        """Accuracies by measurement, from this server or an earlier one; None until all are there."""
        kept = read_results(self._path)
        series = find_series(self.key)
        if not kept.keys() >= set(self.names) and series is not None and series.is_done:
            kept |= series.result
            write_results(self._path, kept)
        return kept if kept.keys() >= set(self.names) else None

    @property
    def series(self) -> Series | None:
        """What workers do about it, if they have been asked."""
        return find_series(self.key)

    @property
    def is_running(self) -> bool:
        """Whether a worker is at it."""
        series = self.series
        return series is not None and series.is_running

    def start(self) -> None:
        """Ask a worker for what is not known yet."""
        kept = read_results(self._path)
        known = {name: kept[name] for name in self.names if name in kept}
        parts = parts_of([name for name in self.names if name not in known], self.images)
        shared = self.subject.network, self.images
        start_series(self.key, measure_part, shared, parts, partial(_with_known, known, parts))

    def stop(self) -> None:
        """Ask for no more of it."""
        stop_series(self.key)

    @property
    def key(self) -> str:
        """What tells it from every other measurement."""
        names = hashlib.sha256(" ".join(self.names).encode()).hexdigest()[:16]
        return f"{self._path.stem} {names}"

    @property
    def _path(self) -> Path:
        run = self.subject.run
        return results_path(settings().home / "cache", run_id=run.run_id, version=run.version, images=self.images)


def subjects_of(runs: Sequence[Run], labels: Sequence[str]) -> tuple[Subject, ...]:
    """The runs that can be measured by now; a sentence about each that never can. Looks at test images are counted."""
    found = []
    for style, (run, label) in enumerate(zip(runs, labels, strict=True)):
        if run.status.is_active:
            continue
        try:
            found.append(_subject(run, label, style))
        except DigitLabError as error:
            show_error(error)
            continue
        if is_chosen(run.run_id):
            count_look_at(run.run_id)
    return tuple(found)


def _subject(run: Run, label: str, style: int) -> Subject:
    dataset_entry(run.config.dataset)
    test, validation = images_to_test(run.config), images_to_validate(run.config)
    samples = (_sample(images.digest, images) for images in (test, validation))
    return Subject(run, label, style, model(run.run_id), *samples)


def _with_known(known: Results, parts: Sequence[Part], found: list[tuple[float, ...]]) -> Results:
    return known | gathered(parts, found)


@st.cache_resource(max_entries=8, show_spinner=False)
def _sample(digest: str, _images: ImageDataset) -> ImageDataset:  # noqa: ARG001
    return fixed_sample(_images, SAMPLE)
