"""Demos on images: augmentation, robustness, other people's digits, a drawing of one's own."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.config import TrainConfig, setting_title
from core.data.augmentation_preview import augmentation_preview
from core.data.catalogue import Catalogue
from core.data.dataset import ImageDataset
from core.data.importing.assemble import frame_all
from core.figures.montage import digit_montage
from core.learn.experiments.samples import SHIFT
from core.learn.lessons.images import accuracy, reading_milliseconds, shifted
from core.learn.questions.question import Question
from core.runs.records import DEMO_RUN_ID
from ui.digits.canvas import draw_canvas
from ui.digits.gallery import show_montage
from ui.digits.reader import reader_of
from ui.digits.reading import read_ink, show_bars, show_prediction
from ui.learn.demos.training import ended_runs, is_busy, show_button, show_states
from ui.settings.help import STEPS
from ui.shell.background import find_work, is_running, start_work
from ui.shell.polling import show_polled
from ui.shell.resources import model, run_store, splits

_COLUMNS = 10
_REPEATS = 4
_TESTED = 1_000
_USUAL = {"rotation": 10.0, "shift": 2.0, "elastic": 1.0}


def demo_augmentation(question: Question) -> None:
    """Ten digits, each changed several times by a worker."""
    values = {}
    for column, name in zip(3 * st.columns(3), question.settings, strict=False):
        values[name] = column.select_slider(setting_title(name), STEPS[name], _USUAL.get(name, 0.0), key=f"demo_{name}")
    config = TrainConfig.from_mapping(values)
    key = f"augmented {config.to_json()}"
    if find_work(key) is None:
        start_work(key, augmentation_preview, config.to_json(), _one_of_each().repeat(_REPEATS, axis=0))
    show_polled(_show_augmented, key, busy=lambda: is_running(key))


def _one_of_each() -> NDArray[np.uint8]:
    train = splits().train
    first = [int(np.flatnonzero(train.labels == label)[0]) for label in range(len(train.class_names))]
    return train.images[first]


def _show_augmented(key: str) -> None:
    work = find_work(key)
    if work is None or work.is_running:
        st.progress(0.5, "A worker is augmenting ten digits …")
    elif work.error:
        st.error(work.error)
    else:
        changed, per_second = work.result
        # One digit a column: the original on top, what became of it below.
        by_copy = changed.reshape(-1, _REPEATS, 28, 28).swapaxes(0, 1).reshape(-1, 28, 28)
        pictures = np.concatenate([_one_of_each(), by_copy])
        hover = [
            f"{'original' if place < _COLUMNS else 'changed'} {place % _COLUMNS}" for place in range(len(pictures))
        ]
        figure = digit_montage(pictures, hover, columns=_COLUMNS)
        show_montage(figure, key="demo_augmented", alt="Ten digits in the first row, each changed four times below")
        st.caption(f"The originals are on top. {per_second:,.0f} images a second, on one thread.")


def demo_robustness(question: Question) -> None:
    """Move validation digits and see what networks still read: framed first, or trained on shifted digits."""
    left, right = st.columns(2)
    across = left.slider("Pixels to the right", -8, 8, SHIFT, key="demo_right")
    down = right.slider("Pixels down", -8, 8, SHIFT, key="demo_down")
    digits = splits().validation.subset(np.arange(_TESTED))
    moved = shifted(digits.images, across, down)
    with st.spinner("Framing 1,000 digits …", show_time=False):
        centred = _framed(across, down)
    network = model(DEMO_RUN_ID)
    readings = (("Where they were", digits.images), ("Moved", moved), ("Moved, then centred by mass", centred))
    for column, (name, images) in zip(st.columns(3), readings, strict=True):
        column.metric(name, percent(accuracy(network, images, digits.labels)))
    shown = np.concatenate([moved[:_COLUMNS], centred[:_COLUMNS]])
    figure = digit_montage(shown, [f"digit {place % _COLUMNS}" for place in range(len(shown))], columns=_COLUMNS)
    show_montage(figure, key="demo_moved", alt="Ten moved digits above, the same ten centred below")
    st.caption(f"The demo run on {_TESTED:,} validation digits, which it was not trained on.")
    show_button(question)
    show_polled(_show_trained, question, moved, digits, busy=lambda: is_busy(question))


def _show_trained(question: Question, moved: NDArray[np.uint8], digits: ImageDataset) -> None:
    """What each network that has been trained here reads of the same digits, in their place and moved."""
    show_states(question)
    rows = []
    for label, run in ended_runs(question).items():
        network = model(run.run_id)
        shares = (percent(accuracy(network, images, digits.labels)) for images in (digits.images, moved))
        rows.append((label, *shares))
    if rows:
        columns = ["Network", "Where they were", "Moved"]
        st.table(pd.DataFrame(rows, columns=columns), hide_index=True, alt="Digits read correctly, in place and moved")
        st.caption(f"Read correctly of the same {_TESTED:,} validation digits.")


@st.cache_data(max_entries=16, show_spinner=False)
def _framed(across: int, down: int) -> NDArray[np.uint8]:
    return frame_all(shifted(splits().validation.images[:_TESTED], across, down))


def demo_other_digits(_: Question) -> None:
    """The demo run on scikit-learn's digits, beside those it knows."""
    others = _sklearn_digits()
    network, known = model(DEMO_RUN_ID), splits().validation
    left, right = st.columns(2)
    left.metric("MNIST, validation", percent(accuracy(network, known.images, known.labels)))
    right.metric("scikit-learn’s digits", percent(accuracy(network, others.images, others.labels)))
    wrong_only = st.toggle("Only what it misreads", value=True, key="demo_wrong_only")
    predicted = network.probabilities(others.images).argmax(axis=1)
    places = np.flatnonzero(predicted != others.labels) if wrong_only else np.arange(len(others))
    few = places[:30]
    captions = [others.class_names[predicted[place]] for place in few]
    hover = [f"label {others.labels[place]}, read as {predicted[place]}" for place in few]
    figure = digit_montage(others.images[few], hover, columns=_COLUMNS, captions=captions)
    show_montage(figure, key="demo_others", alt=f"{len(few)} of scikit-learn’s digits with what the demo run reads")
    st.caption(f"{len(others):,} digits; below each of these {len(few)} is what the demo run reads.")


@st.cache_resource(show_spinner="Reading scikit-learn’s digits …")
def _sklearn_digits() -> ImageDataset:
    return Catalogue().load("sklearn-digits").train


@st.fragment
def demo_deploy(_: Question) -> None:
    """A canvas, what the demo run reads on it, and how long that takes."""
    left, right = st.columns(2)
    with left:
        ink = draw_canvas(key="learn_canvas")
    network = model(DEMO_RUN_ID)
    reading = read_ink(np.zeros((1, 1), np.uint8) if ink is None else ink, reader_of(run_store().get(DEMO_RUN_ID)))
    with right:
        show_prediction(reading)
        show_bars(reading, key="demo_canvas_bars")
        milliseconds = reading_milliseconds(network, reading.steps.digit)
        st.caption(f"The network takes {milliseconds:.2f} ms for one digit on this server.")
