"""Inside: the control of the place in the run, which stays in sight while the views that follow it are scrolled to."""

from typing import Final

import streamlit as st

from core.runs.records import Run
from ui.results.replay import kept_paths, places_of, show_places

_KEY: Final = "inside"
_STICKY: Final = """
[data-testid=stLayoutWrapper]:has(> .st-key-inside_place), .st-key-inside_place {
  position: sticky; top: 3.75rem; z-index: 10; background: var(--digitlab-background);
}
"""
"""Below Streamlit’s own bar."""


def show_control(run: Run) -> None:
    """The control, and what follows it; where nothing does, what is missing."""
    with st.container(key=f"{_KEY}_place", gap=None):
        st.html(f"<style>{_STICKY}</style>")
        show_places(run, _KEY)
    if len(places_of(run)) > 1 and kept_paths(run.run_id):
        is_cnn = run.config.architecture == "cnn"
        weights = "its filters and feature maps" if is_cnn else "the weights of its units"
        st.caption(
            f"The drawn network, {weights} and the map of a layer follow this control. Everything else shows the "
            "network after its last epoch."
        )
