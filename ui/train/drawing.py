"""Train: what the network makes of the digit that this session drew last, now and at each place of its run."""

import streamlit as st

from core.engine.job import JobSnapshot
from core.errors import RunError
from core.figures.digit import digit_heatmap
from core.figures.probabilities import probability_bars
from ui.digits.state import CanvasState, DrawnDigit
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.results.through_epochs import answer_frames
from ui.shell.resources import model
from ui.shell.state import page_state
from ui.shell.words import item

_MOST_IMAGE = 180


def show_your_drawing(snapshot: JobSnapshot, key: str = "train") -> None:
    """The drawing and its probabilities, which follow the control; where there is none, the way to one."""
    st.markdown("**Your drawing**")
    drawn = page_state(CanvasState).last
    if drawn is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Draw something to see here what this network makes of it at each point of its training.")
            st.page_link("draw.py", label="Draw", icon=":material/gesture:", query_params={"run": snapshot.run_id})
        return
    try:
        _show_answer(snapshot, drawn, key)
    except RunError:
        st.caption("What it makes of your drawing appears when its first epoch ends.")


def _show_answer(snapshot: JobSnapshot, drawn: DrawnDigit, key: str) -> None:
    """The digit, and a bar for each class.

    Raises
    ------
    RunError
        If the run has no weights yet.
    """
    network = model(snapshot.run_id)
    if network.class_names != drawn.class_names:
        st.caption(f"Your drawing was made for classes other than this network’s {item(network.class_names)}s.")
        return
    probabilities = network.probabilities(drawn.image[None])[0]
    image, bars = st.columns([1, 4], vertical_alignment="center")
    with image:
        show_figure(
            kept_figure(digit_heatmap, drawn.image),
            key=f"{key}_your_drawing",
            alt="Your drawing in 28×28 pixels",
            shape="1",
            max_height=_MOST_IMAGE,
        )
    with bars:
        show_figure(
            kept_figure(probability_bars, probabilities, network.class_names),
            key=f"{key}_your_answer",
            alt=f"Probability of each class for your drawing; highest {network.class_names[probabilities.argmax()]}",
            frames=answer_frames(snapshot, drawn.image, probabilities),
        )
