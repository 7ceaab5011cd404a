"""Train: the network itself, drawn."""

import streamlit as st

from core.analysis.network import untrained_drawing
from core.data.dataset import DIGIT_NAMES
from core.engine.job import JobSnapshot
from core.errors import DataError, RunError
from core.models.shapes import feature_count
from ui.digits.network import show_network, show_network_of
from ui.results.replay import replayed_network
from ui.shell.resources import dataset_entry


def show_drawn_network(snapshot: JobSnapshot, key: str = "train") -> None:
    """The watched run's network; before its first epoch, its units without connections."""
    st.markdown("**The network**")
    try:
        show_network_of(snapshot.run_id, key=f"{key}_network", replayed=replayed_network(snapshot))
    except RunError:
        config = snapshot.config
        features = feature_count(config) if config.architecture == "cnn" else 0
        drawing = untrained_drawing(config.hidden_widths, _class_names(config.dataset), features=features)
        show_network(drawing, key=f"{key}_network")


def _class_names(dataset: str) -> tuple[str, ...]:
    try:
        return dataset_entry(dataset).class_names
    except DataError:
        return DIGIT_NAMES
