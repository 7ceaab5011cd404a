"""The probe digits: two validation images of each class, and what a network reads in them as it learns."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import probability_percent
from core.engine.job import JobSnapshot
from core.errors import DataError, RunError
from core.figures.probes import probe_frame, probe_montage
from core.training.probes import probe_positions
from ui.digits.gallery import show_montage
from ui.live.figure import ReadyFigure
from ui.live.replay import Frames
from ui.results.replay import answers_of, probe_frames
from ui.shell.resources import images_to_validate, model
from ui.shell.words import escape_markdown, item

Answers = tuple[Sequence[int], Sequence[float]]
"""What a network reads in each probe image, and how sure it is."""


@dataclass(frozen=True, eq=False)
class ProbeView:
    """What is shown of the probes at one moment.

    Parameters
    ----------
    what
        What people call one of them: ``digit``.
    summary
        What comes after their name: how many are read correctly.
    """

    what: str
    count: int
    summary: str
    figure: ReadyFigure
    frames: Frames


def show_probes(snapshot: JobSnapshot, key: str = "train", *, max_height: int) -> None:
    """Two validation images of each class, framed by whether the network reads them right at this moment."""
    try:
        view = probe_view(snapshot)
    except DataError as error:
        st.caption(f"Validation images cannot be shown. {escape_markdown(str(error))}")
        return
    with st.container(key=f"{key}_probe_words"):
        st.markdown(
            f"**Probe {view.what}s**{view.summary}",
            help=f"Two validation {view.what}s of each class. Below each, what the network reads; thick orange "
            "frames mark mistakes.",
        )
    show_montage(
        view.figure,
        key=f"{key}_probes",
        alt=f"{view.count} probe {view.what}s with the network’s answers",
        max_height=max_height,
        frames=view.frames,
    )


def probe_view(snapshot: JobSnapshot) -> ProbeView:
    """What is to be shown now.

    Raises
    ------
    DataError
        If the dataset is gone.
    """
    validation = images_to_validate(snapshot.config)
    positions = probe_positions(validation.labels, len(validation.class_names))
    probes = _Probes(validation.labels[positions], validation.class_names)
    images = validation.images[positions]
    answers = _probe_answers(snapshot, images)
    # While it learns, how sure it is changes faster than anybody reads, and the figure with it.
    said = (*probes.words(answers, sure=not snapshot.status.is_active), probes.correct(answers))
    return ProbeView(
        item(validation.class_names),
        len(positions),
        probes.summary(answers),
        _probe_figure(snapshot.config.data_only().to_json(), *said, images),
        probe_frames(snapshot, images, probes.frame),
    )


@dataclass(frozen=True, eq=False)
class _Probes:
    """The labels of the probe images, and how answers to them are shown."""

    labels: NDArray[np.int64]
    names: tuple[str, ...]

    def summary(self, answers: Answers | None) -> str:
        if answers is None:
            return ", not read yet"
        return f": now {sum(self.correct(answers) or ())} of {len(self.labels)} correct"

    def words(self, answers: Answers | None, *, sure: bool = True) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What each says when pointed at, and what is below it."""
        labels = [self.names[label] for label in self.labels]
        if answers is None:
            return tuple(f"label {name}" for name in labels), tuple(labels)
        read = [self.names[label] for label in answers[0]]
        hover = [
            f"label {name}, read as {answer}" + (f" ({probability_percent(confidence)} sure)" if sure else "")
            for name, answer, confidence in zip(labels, read, answers[1], strict=True)
        ]
        return tuple(hover), tuple(read)

    def correct(self, answers: Answers | None) -> tuple[bool, ...] | None:
        if answers is None:
            return None
        return tuple(bool(read == label) for read, label in zip(answers[0], self.labels, strict=True))

    def frame(self, labels: Sequence[int], confidence: Sequence[float]) -> dict[str, Any]:
        """What is different with these answers."""
        answers = (labels, confidence)
        return probe_frame(
            *self.words(answers), columns=_probe_columns(len(self.labels)), correct=self.correct(answers) or ()
        )


@st.cache_resource(max_entries=32, show_spinner=False)
def _probe_figure(
    data: str,  # noqa: ARG001
    hover: tuple[str, ...],
    captions: tuple[str, ...],
    correct: tuple[bool, ...] | None,
    _images: NDArray[np.uint8],
) -> ReadyFigure:
    return ReadyFigure.of(
        probe_montage(_images, hover, captions, columns=_probe_columns(len(_images)), correct=correct)
    )


def _probe_columns(count: int) -> int:
    """As wide as high, more or less: the room beside two curves."""
    return max(5, round(math.sqrt(1.25 * count)))


def _probe_answers(snapshot: JobSnapshot, images: NDArray[np.uint8]) -> Answers | None:
    """What the network reads in each probe image, and how sure it is."""
    if snapshot.progress is not None:
        return snapshot.progress.probe_predicted, snapshot.progress.probe_confidence
    if snapshot.epochs:
        try:
            return answers_of(model(snapshot.run_id), images)
        except RunError:
            return None
    if snapshot.early:
        return snapshot.early[-1].probe_predicted, snapshot.early[-1].probe_confidence
    return None
