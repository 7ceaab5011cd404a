"""Robustness: what is being measured, with a way to begin and to stop it."""

from collections.abc import Callable, Sequence

import streamlit as st

from ui.robustness.state import RobustnessState
from ui.robustness.subjects import Measured
from ui.shell.polling import show_polled
from ui.shell.state import page_state
from ui.shell.words import escape_markdown


def show_measured(
    wanted: Sequence[Measured], show: Callable[[], None], *, key: str, button: str = "", doing: str
) -> None:
    """A part of the page, drawn again as results come in, with the state of what is missing below it.

    Parameters
    ----------
    show
        Draws what is known.
    button
        What begins the measurement; without one it begins by itself.
    doing
        What is going on, the beginning of a sentence.
    """
    if not button and key not in page_state(RobustnessState).stopped:
        _start([each for each in wanted if each.measurement.series is None and each.results is None])

    def draw() -> None:
        show()
        _show_state(wanted, key, button, doing)

    show_polled(draw, busy=lambda: tuple(each.measurement.is_running for each in wanted))


def _show_state(wanted: Sequence[Measured], key: str, button: str, doing: str) -> None:
    missing = [each for each in wanted if each.results is None]
    running = [each for each in missing if each.measurement.is_running]
    for each in missing:
        series = each.measurement.series
        if series is not None and series.error:
            st.error(f"{escape_markdown(each.subject.label)} could not be measured: {escape_markdown(series.error)}")
    if running:
        done = len(wanted) - len(missing) + sum(series.share for each in running if (series := each.measurement.series))
        _show_progress(running, done / (len(wanted) - len(missing) + len(running)), key, doing)
    elif missing and st.button(button or "Measure", icon=":material/play_arrow:", key=f"start_{key}"):
        page_state(RobustnessState).stopped.discard(key)
        _start(missing)
        if any(each.measurement.is_running or each.results is not None for each in missing):
            st.rerun()


def _start(missing: Sequence[Measured]) -> None:
    """Begin one after the other; where one cannot begin, the sentence is not repeated for each of the others."""
    for each in missing:
        if not each.measurement.start():
            return


def _show_progress(running: Sequence[Measured], share: float, key: str, doing: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(share, f"{doing}: {share:.0%} done.")
        is_stopped = st.button("Stop", icon=":material/stop:", key=f"stop_{key}")
    if is_stopped:
        page_state(RobustnessState).stopped.add(key)
        for each in running:
            each.measurement.stop()
        st.rerun()
