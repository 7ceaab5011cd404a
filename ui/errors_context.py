"""What stands around a digit: the training digits that look like it, and what the other runs say."""

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.analysis.neighbours import nearest_neighbours, squared_lengths
from core.analysis.predictions import Predictions
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import ImageDataset
from core.errors import DigitLabError
from core.runs.records import Run
from ui.gallery import show_gallery
from ui.resources import predictions as stored_predictions
from ui.resources import run_store, splits

_NEIGHBOURS = 10
_OTHER_RUNS = 12


def show_neighbours(run: Run, digit: int) -> None:
    """The training digits of this run that are nearest to a test digit."""
    st.markdown("**Nearest training digits**")
    st.caption("Nearest by their pixels, with their labels. Neighbours of other labels show why a digit is hard.")
    source = run.config.dataset, run.config.split_seed, run.config.training_size
    train = _training_images(*source)
    positions, distances = _neighbours(*source, digit)
    labels = [train.class_names[label] for label in train.labels[positions]]
    show_gallery(
        train.images[positions],
        [f"label {label}, distance {distance:.1f}" for label, distance in zip(labels, distances, strict=True)],
        key="inspected_neighbours",
        alt=f"The {len(labels)} nearest training digits, labelled {', '.join(labels)}",
        columns=5,
        captions=labels,
    )


def show_other_runs(run: Run, digit: int) -> None:
    """Prediction and confidence of the newest other runs that have test results."""
    st.markdown("**What other runs say**")
    rows = [_row(other, said, digit) for other, said in _other_predictions(run)]
    if not rows:
        st.caption("No other run has test results yet. Train another network to see whether it reads this digit.")
        return
    st.dataframe(
        pd.DataFrame(rows, columns=["Run", "Read as", "Confidence", "Right"]),
        hide_index=True,
        column_config={"Confidence": st.column_config.NumberColumn(format="%.1f%%")},
        alt=f"What {len(rows)} other runs read in test digit {digit}",
    )


def _row(run: Run, said: Predictions, digit: int) -> tuple[str, str, float, str]:
    read = said.class_names[said.predicted[digit]]
    return run.title, read, 100 * float(said.confidence[digit]), "yes" if said.correct[digit] else "no"


def _other_predictions(run: Run) -> list[tuple[Run, Predictions]]:
    found = []
    others = [other for other in run_store().runs() if other.run_id != run.run_id and not other.status.is_active]
    for other in [other for other in others if other.test_accuracy is not None][:_OTHER_RUNS]:
        try:
            found.append((other, stored_predictions(other.run_id)))
        except DigitLabError:
            continue  # its own page says what is wrong with it
    return found


def _training_images(dataset: str, split_seed: int, training_size: int) -> ImageDataset:
    usual = TrainConfig()
    if (dataset, split_seed, training_size) == (usual.dataset, usual.split_seed, usual.training_size):
        return splits().train
    return _other_training_images(dataset, split_seed, training_size)


@st.cache_resource(max_entries=2, show_spinner=False)
def _other_training_images(dataset: str, split_seed: int, training_size: int) -> ImageDataset:
    settings = {"dataset": dataset, "split_seed": split_seed, "training_size": training_size}
    return load_splits(TrainConfig.from_mapping(settings)).train


@st.cache_resource(max_entries=3, show_spinner=False)
def _lengths(dataset: str, split_seed: int, training_size: int) -> NDArray[np.float32]:
    return squared_lengths(_training_images(dataset, split_seed, training_size).images)


@st.cache_data(max_entries=500, show_spinner=False)
def _neighbours(
    dataset: str, split_seed: int, training_size: int, digit: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    train = _training_images(dataset, split_seed, training_size)
    lengths = _lengths(dataset, split_seed, training_size)
    return nearest_neighbours(splits().test.images[digit], train.images, _NEIGHBOURS, lengths=lengths)
