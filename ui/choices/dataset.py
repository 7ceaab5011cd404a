"""What a chosen dataset holds, the same on every page that shows one."""

import streamlit as st

from core.analysis.balance import ClassBalance, class_balance
from core.config import TrainConfig
from core.data.dataset import Splits
from ui.shell.resources import dataset_entry, splits_of

_ALL = 1_000_000
"""More than any dataset has."""
_KEPT = 12


def whole_splits(dataset: str) -> Splits:
    """All images of a data set, split as a training with the default settings splits them.

    Raises
    ------
    DataError
        If it has been deleted or cannot be read.
    """
    usual = TrainConfig()
    return splits_of(usual if dataset == usual.dataset else TrainConfig(dataset=dataset, training_size=_ALL))


def existing_dataset(name: str) -> str:
    """The name of a dataset that is there.

    Raises
    ------
    DataError
        If there is none of this name.
    """
    return dataset_entry(name).name


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def balance_of_splits(dataset: str) -> ClassBalance:
    """Images of each class in each split."""
    return class_balance(whole_splits(dataset))
