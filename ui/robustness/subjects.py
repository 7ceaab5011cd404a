"""Robustness: the runs that are measured, each with its images."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import streamlit as st

from core.corruptions.measuring import (
    SAMPLE,
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
from core.runs.class_order import require_own_order
from core.runs.records import Run
from ui.choices.run import is_chosen
from ui.results.final import count_look_at
from ui.shell.measurement import Kept, Measurement, Prepared
from ui.shell.page import show_error
from ui.shell.resources import dataset_entry, images_to_test, images_to_validate, model, settings


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

    @cached_property
    def measurement(self) -> Measurement[Results]:
        """All of them at one go; only what is not kept yet is computed."""
        names = hashlib.sha256(" ".join(self.names).encode()).hexdigest()[:16]
        return Measurement(f"{self._path.stem} {names}", self._prepare, Kept(self._path, self._read, _add_results))

    @property
    def results(self) -> Results | None:
        """Accuracies by measurement, from this server or an earlier one; None until all are there."""
        return self.measurement.result()

    @property
    def _path(self) -> Path:
        run = self.subject.run
        return results_path(settings().home / "cache", run_id=run.run_id, version=run.version, images=self.images)

    def _read(self, path: Path) -> Results | None:
        kept = _kept_results(path)
        return kept if kept.keys() >= set(self.names) else None

    def _prepare(self) -> Prepared:
        kept = read_results(self._path)
        known = {name: kept[name] for name in self.names if name in kept}
        parts = parts_of([name for name in self.names if name not in known], self.images)

        def finish(found: list[tuple[float, ...]]) -> Results:
            return known | gathered(parts, found)

        return Prepared(measure_part, (self.subject.network, self.images), parts, finish)


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
    require_own_order(run, test.class_names)
    samples = (_sample(images.digest, images) for images in (test, validation))
    return Subject(run, label, style, model(run.run_id), *samples)


def _add_results(path: Path, results: Results) -> None:
    """Beside what is kept of other measurements."""
    write_results(path, {**read_results(path), **results})


def _kept_results(path: Path) -> Results:
    """What is in the file; a run of the page asks a dozen times, and mostly nothing has been added."""
    try:
        state = path.stat()
    except OSError:
        return {}
    return _results_in(str(path), (state.st_ino, state.st_mtime_ns, state.st_size))


# What tells one state of the file from another is part of the cache’s key and nothing else.
@st.cache_resource(max_entries=16, show_spinner=False)
def _results_in(path: str, state: tuple[int, ...]) -> Results:  # noqa: ARG001
    return read_results(Path(path))


@st.cache_resource(max_entries=8, show_spinner=False)
def _sample(digest: str, _images: ImageDataset) -> ImageDataset:  # noqa: ARG001
    return fixed_sample(_images, SAMPLE)
