"""What a chosen dataset holds, the same on every page that shows one."""

import streamlit as st

from core.analysis.balance import ClassBalance, class_balance
from core.config import TrainConfig
from core.data.dataset import Splits
from core.data.purpose import Purpose
from core.errors import DataError
from ui.shell.resources import dataset_entry, splits_of

_ALL = 1_000_000
"""More than any dataset has."""
_KEPT = 12


def whole_splits(dataset: str) -> Splits:
    """All images of a dataset, split as a training run with the default settings splits them.

    Raises
    ------
    DataError
        If it has been deleted or cannot be read.
    """
    return splits_of(whole_config(dataset))


def whole_config(dataset: str) -> TrainConfig:
    """Settings that leave no image of a dataset out."""
    usual = TrainConfig()
    return usual if dataset == usual.dataset else TrainConfig(dataset=dataset, training_size=_ALL)


def existing_dataset(name: str) -> str:
    """The name of a dataset that is there.

    Raises
    ------
    DataError
        If there is none of this name.
    """
    return dataset_entry(name).name


def dataset_to_explore(name: str) -> str:
    """The name of a dataset that has images to train on.

    Raises
    ------
    DataError
        If there is none of this name, or it is for testing only.
    """
    entry = dataset_entry(name)
    if entry.purpose is Purpose.TESTING:
        raise DataError(f"{entry.title} is for testing only: test a run on it with Evaluate and Errors.")
    return entry.name


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def balance_of_splits(dataset: str) -> ClassBalance:
    """Images of each class in each split."""
    return class_balance(whole_splits(dataset))
