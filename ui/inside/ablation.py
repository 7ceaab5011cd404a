"""How the network changes when units are switched off, measured on validation images."""

import numpy as np
import streamlit as st

from core.analysis.percent import percent, points
from core.explain.units import Unit
from core.figures.ablation import class_accuracies
from core.runs.records import Run
from ui.inside.data import ablated
from ui.inside.state import switch, switch_all_on
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.words import escape_markdown, listed

_MOST_BUTTONS = 12


def show_ablation(run: Run, off: tuple[Unit, ...]) -> None:
    """Accuracy with and without the units that are switched off, and the units to switch on again.

    Raises
    ------
    DataError
        If the run's dataset has been deleted.
    """
    st.header("Switched off", anchor=False)
    if not off:
        st.caption("No unit is switched off. Switch some off to see here what that does to the accuracy of each class.")
        return
    _show_buttons(off)
    found = ablated(run, off)
    before, after = found.before, found.after
    count = len(before.labels)
    if not count:
        st.caption("This run has no validation images to measure on.")
        return
    with st.grid(3, min_column_width=130, gap="small"):
        st.metric("With all units", percent(before.accuracy))
        change = after.accuracy - before.accuracy
        st.metric("Without these", percent(after.accuracy), delta=f"{100 * change:+.2f} points")
        st.metric("Units off", f"{len(off):,}")
    accuracies = found.accuracies(before), found.accuracies(after)
    show_figure(
        kept_figure(class_accuracies, *accuracies, run.class_names),
        key="inside_ablation",
        alt=f"Accuracy of each class with all units and without {len(off)} of them",
    )
    st.caption(
        f"{_worst(run, found.change)}Measured on {count:,} validation images: what to leave out is a choice, and test "
        "images never choose anything."
    )


def _worst(run: Run, change: np.ndarray) -> str:
    """The classes that suffer most, in a sentence."""
    known = np.where(np.isnan(change), 0, change)
    suffering = [int(label) for label in np.argsort(known, kind="stable")[:2] if known[label] < 0]
    if not suffering:
        return "No class gets worse. "
    names = [f"{run.class_names[label]} ({points(known[label])} points)" for label in suffering]
    return f"Largest losses: {escape_markdown(listed(names))}. "


def _show_buttons(off: tuple[Unit, ...]) -> None:
    with st.container(horizontal=True):
        for unit in off[:_MOST_BUTTONS]:
            st.button(
                str(unit),
                key=f"inside_on_{unit}",
                icon=":material/close:",
                help=f"Switch {unit.words} on again.",
                on_click=switch,
                args=([unit], off),
            )
        if len(off) > _MOST_BUTTONS:
            st.caption(f"and {len(off) - _MOST_BUTTONS} more")
        st.button("Switch all on", icon=":material/toggle_on:", on_click=switch_all_on)
