"""Robustness: the digit that this session drew last, at each strength of a change."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.corruptions.change import Change
from core.figures.montage import digit_montage
from ui.digits.gallery import show_montage
from ui.digits.state import CanvasState
from ui.live.kept import kept_figure
from ui.robustness.subjects import Subject
from ui.shell.state import page_state
from ui.shell.words import escape_markdown


def drawing_for(subject: Subject) -> NDArray[np.uint8] | None:
    """What was drawn last, uint8 ``(28, 28)``; None where that was for other classes, or nothing was."""
    drawn = page_state(CanvasState).last
    return None if drawn is None or drawn.class_names != subject.run.class_names else drawn.image


def show_way_to_draw(subject: Subject, why: str) -> None:
    """A link to the canvas, after a sentence on what it is good for."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(why)
        st.page_link("draw.py", label="Draw", icon=":material/gesture:", query_params={"run": subject.run.run_id})


def show_your_drawing(subject: Subject, change: Change) -> None:
    """The drawing from the first strength to the last, each with what is read; where there is none, the way to one."""
    drawn = drawing_for(subject)
    if drawn is None:
        show_way_to_draw(subject, "Draw something for this run to see here what it reads at each strength.")
        return
    st.markdown("**Your drawing**")
    changed = np.concatenate([change.apply(drawn[np.newaxis], strength) for strength in change.strengths])
    said = subject.network.logits(changed).argmax(axis=1)
    names = [subject.run.class_names[label] for label in said]
    show_drawn(
        changed,
        names,
        [change.words(strength) for strength in change.strengths],
        key="robustness_drawing",
        what=change.title,
    )


def show_drawn(
    changed: NDArray[np.uint8], names: list[str], steps: list[str], *, key: str, what: str, columns: int = 0
) -> None:
    """A drawing again and again, each time with what is read below it.

    Parameters
    ----------
    changed
        uint8, shape ``(N, 28, 28)``.
    names
        What is read, N names of classes.
    steps
        What was done to each.
    what
        What the steps are: ``Shift``.
    columns
        Digits in a row; all of them by default.
    """
    pairs = list(zip(steps, names, strict=True))
    figure = kept_figure(
        digit_montage,
        changed,
        [f"{what} {step}: {name}" for step, name in pairs],
        columns=columns or len(changed),
        captions=names,
    )
    readings = ", ".join(f"{step} → {name}" for step, name in pairs)
    show_montage(figure, key=key, alt=f"Your drawing by {what.lower()}, and what is read.")
    st.caption(escape_markdown(f"{what}, and what is read: {readings}."))
