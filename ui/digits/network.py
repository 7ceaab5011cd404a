"""A run's network, drawn: what Train, Draw and Learn share."""

import json
from dataclasses import dataclass

import streamlit as st

from core.analysis.network import NetworkDrawing, network_drawing
from core.figures.network import network_picture, network_table, network_words
from ui.live.network import Replayed, show_svg_network
from ui.shell.resources import model, run_store


@dataclass(frozen=True, eq=False)
class Drawn:
    """Everything that is shown of a drawing."""

    picture: str
    words: str
    drawing: NetworkDrawing

    @classmethod
    def of(cls, drawing: NetworkDrawing) -> "Drawn":
        """Put a drawing into the form that the browser gets."""
        return cls(json.dumps(network_picture(drawing)), network_words(drawing), drawing)


def show_network(drawing: NetworkDrawing, *, key: str, replayed: Replayed | None = None) -> None:
    """The drawing, what its colours mean, and its connections as a table; earlier ones where it is replayed."""
    show_drawn(Drawn.of(drawing), key, replayed)


def show_network_of(run_id: str, *, key: str, replayed: Replayed | None = None) -> None:
    """The network of a run after its last epoch, or earlier where it is replayed; computed once an epoch.

    Raises
    ------
    RunError
        If the run has no weights yet.
    """
    show_drawn(_drawn(run_id, run_store().summary(run_id).version), key, replayed)


# ``version`` is part of the cache's key and nothing else.
@st.cache_resource(max_entries=32, show_spinner=False)
def _drawn(run_id: str, version: str) -> Drawn:  # noqa: ARG001
    return Drawn.of(network_drawing(model(run_id)))


def show_drawn(drawn: Drawn, key: str, replayed: Replayed | None = None) -> None:
    """The same of a drawing that a page keeps."""
    show_svg_network(drawn.picture, key=key, replayed=replayed)
    st.caption(drawn.words)
    box = st.expander("Connections as a table", icon=":material/table:", key=f"{key}_table", on_change="rerun")
    if box.open:
        with box:
            st.dataframe(network_table(drawn.drawing), hide_index=True, placeholder="–")
