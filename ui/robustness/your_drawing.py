"""Robustness: the digit that this session drew last, at each strength of a change."""

import numpy as np
import streamlit as st

from core.corruptions.change import Change
from core.figures.montage import digit_montage
from ui.digits.gallery import show_montage
from ui.digits.state import CanvasState
from ui.live.kept import kept_figure
from ui.robustness.subjects import Subject
from ui.shell.state import page_state
from ui.shell.words import escape_markdown


def show_your_drawing(subject: Subject, change: Change) -> None:
    """The drawing from the first strength to the last, each with what is read; where there is none, the way to one."""
    drawn = page_state(CanvasState).last
    if drawn is None or drawn.class_names != subject.run.class_names:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption("Draw something for this run to see here what it reads at each strength.")
            st.page_link("draw.py", label="Draw", icon=":material/gesture:", query_params={"run": subject.run.run_id})
        return
    st.markdown("**Your drawing**")
    changed = np.concatenate([change.apply(drawn.image[np.newaxis], strength) for strength in change.strengths])
    said = subject.network.logits(changed).argmax(axis=1)
    names = [subject.run.class_names[label] for label in said]
    strengths = [change.words(strength) for strength in change.strengths]
    figure = kept_figure(
        digit_montage,
        changed,
        [f"{change.title} {strength}: {name}" for strength, name in zip(strengths, names, strict=True)],
        columns=len(changed),
        captions=names,
    )
    readings = ", ".join(f"{strength} {name}" for strength, name in zip(strengths, names, strict=True))
    show_montage(figure, key="robustness_drawing", alt=f"Your drawing by {change.title.lower()}, and what is read.")
    st.caption(escape_markdown(f"{change.title} and what is read: {readings}."))
