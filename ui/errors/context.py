"""What stands around a digit: the training digits that look like it, and what the other runs say."""

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.analysis.neighbours import nearest_neighbours, squared_lengths
from core.analysis.percent import probability_percent
from core.analysis.predictions import Predictions
from core.config import TrainConfig
from core.errors import DigitLabError
from core.runs.query import RunQuery
from core.runs.records import Run
from ui.digits.asked import training_images
from ui.digits.changes import IMAGES_GONE
from ui.digits.gallery import show_gallery
from ui.results.choice import OWN
from ui.results.final import Tested
from ui.shell.predictions import predictions as stored_predictions
from ui.shell.resources import have_same_test_images, model, run_store, splits_of
from ui.shell.words import item, one

_NEIGHBOURS = 10
_OTHER_RUNS = 12
_LOOKED_AT = 2 * _OTHER_RUNS
"""Some of the newest runs cannot say anything."""
_Row = tuple[str, str, str, str]


def show_neighbours(tested: Tested, digit: int) -> None:
    """The training digits of this run that are nearest to a test digit."""
    run = tested.run
    what = item(run.class_names)
    st.markdown(f"**Nearest training {what}s**")
    st.caption(f"Nearest by pixels, with their labels. Neighbours with other labels can show why {one(what)} is hard.")
    data = run.config.data_only().to_json()
    train = training_images(run)
    if train is None:
        st.info(IMAGES_GONE, icon=":material/delete:")
        return
    positions, distances = _neighbours(data, tested.dataset, digit, tested.images.images[digit])
    labels = [train.class_names[label] for label in train.labels[positions]]
    show_gallery(
        train.images[positions],
        [f"label {label}, distance {distance:.1f}" for label, distance in zip(labels, distances, strict=True)],
        key="inspected_neighbours",
        alt=f"The {len(labels)} nearest training {what}s, labelled {', '.join(labels)}",
        columns=5,
        captions=labels,
    )


def show_other_runs(tested: Tested, digit: int) -> None:
    """Prediction and confidence of the newest other runs that have test results."""
    st.markdown("**What other runs read**")
    rows = _rows_on_own(tested.run, digit) if tested.dataset == OWN else _rows_on_other(tested, digit)
    if not rows:
        st.caption(
            "No other run has results on the same test images yet. Train another network to see what it reads here."
        )
        return
    st.dataframe(
        pd.DataFrame(rows, columns=["Run", "Read as", "Confidence", "Correct"]),
        hide_index=True,
        alt=f"What {len(rows)} other runs read in test image {digit}",
    )


def _rows_on_own(run: Run, digit: int) -> list[_Row]:
    return [_row(other, said, digit) for other, said in _other_predictions(run)]


def _rows_on_other(tested: Tested, digit: int) -> list[_Row]:
    """The newest other runs with the same classes read just this image."""
    image, label = tested.images.images[digit][None], tested.images.labels[digit][None]
    rows: list[_Row] = []
    fit = RunQuery(has_weights=True, has_ended=True, folded=False, limit=_LOOKED_AT)
    for other in run_store().listing.find(fit):
        if len(rows) == _OTHER_RUNS or other.run_id == tested.run.run_id:
            continue
        try:
            network = model(other.run_id)
        except DigitLabError:
            continue  # its own page says what is wrong with it
        if network.class_names == tested.run.class_names:
            said = Predictions(other.run_id, network.probabilities(image), label, network.class_names)
            rows.append(_row(other, said, 0))
    return rows


def _row(run: Run, said: Predictions, digit: int) -> _Row:
    read = said.class_names[said.predicted[digit]]
    return run.title, read, probability_percent(float(said.confidence[digit])), "yes" if said.correct[digit] else "no"


def _other_predictions(run: Run) -> list[tuple[Run, Predictions]]:
    """The newest other runs that were tested on the same images."""
    found: list[tuple[Run, Predictions]] = []
    tested = RunQuery(has_test_accuracy=True, has_ended=True, folded=False, dataset=run.config.dataset)
    for other in run_store().listing.find(replace(tested, limit=_LOOKED_AT)):
        if len(found) == _OTHER_RUNS:
            break
        if other.run_id == run.run_id:
            continue
        try:
            if have_same_test_images(run.config, other.config):
                found.append((other, stored_predictions(other)))
        except DigitLabError:
            continue  # its own page says what is wrong with it
    return found


@st.cache_resource(max_entries=3, show_spinner=False)
def _lengths(data: str) -> NDArray[np.float32]:
    return squared_lengths(splits_of(TrainConfig.from_json(data)).train.images)


@st.cache_data(max_entries=500, show_spinner=False)
def _neighbours(
    data: str,
    dataset: str,  # noqa: ARG001 – with the digit it names the image
    digit: int,  # noqa: ARG001
    _image: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Nearest training images of a test image; ``data`` are the data settings as JSON."""
    train = splits_of(TrainConfig.from_json(data)).train
    return nearest_neighbours(_image, train.images, _NEIGHBOURS, lengths=_lengths(data))
