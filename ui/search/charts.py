"""The charts of a search: history, importance, slices, all settings at once, epochs."""

import streamlit as st

from core.config import setting_title
from core.search.drawn import study_to_draw
from core.search.importance import FEWEST_TRIALS, importances, measured
from core.search.records import SearchRecord, SearchStatus, Standing
from ui.live.figure import show_figure
from ui.shell.background import find_work, is_running, start_work
from ui.shell.columns import side_by_side
from ui.shell.polling import show_polled
from ui.shell.resources import searches
from ui.shell.url import linked
from ui.shell.url_values import one_of
from ui.shell.words import escape_markdown

_LINES = 200
_EVERY = 10
"""Completed trials after which importance is computed again while the search goes on."""


def show_charts(name: str) -> None:
    """Drawn once there is a trial to draw."""
    study = searches().book.open(name)
    record, standing, frozen = study.record(), study.standing(), study.frozen()
    if not standing.completed:
        return
    # Plotly and Optuna’s plots take a while to load, and the page’s words should not wait for them.
    from core.figures.search import epochs_figure, history_figure, parallel_figure, slice_figure

    space = record.plan.space
    drawn, few = study_to_draw(space, frozen), study_to_draw(space, frozen, _LINES)
    left, right = side_by_side(1, 1, key="search_first_charts")
    with left:
        show_figure(
            history_figure(drawn), key="search_history", alt="Validation accuracy of each trial, and the best so far"
        )
    with right:
        _show_importance(record, standing)
    left, right = side_by_side(1, 1, key="search_more_charts")
    with left:
        setting = setting_title(_choose_setting(record))
        show_figure(
            slice_figure(drawn, setting),
            key="search_slice",
            alt=f"Validation accuracy of every trial against {setting}",
            revision=setting,
        )
    with right:
        show_figure(
            epochs_figure(few), key="search_epochs", alt="Validation accuracy of trials after each of their epochs"
        )
    show_figure(
        parallel_figure(few),
        key="search_parallel",
        alt="Each trial as a line through its settings to its validation accuracy; the best tenth stands out",
    )


def _choose_setting(record: SearchRecord) -> str:
    names = [varied.name for varied in record.plan.space]
    link = linked("setting", one_of(*names), names[0], f"Settings of this search are {', '.join(names)}.")
    return str(st.selectbox("Accuracy by", names, format_func=setting_title, **link))


def _show_importance(record: SearchRecord, standing: Standing) -> None:
    done = len(standing.completed)
    if done < FEWEST_TRIALS or len(record.plan.space) < 2:
        st.caption(f"Importance is shown once {FEWEST_TRIALS} trials with two settings or more are complete.")
        return
    going_on = record.status is SearchStatus.RUNNING
    counted = max(FEWEST_TRIALS, done // _EVERY * _EVERY) if going_on else done
    key = f"importance {record.name} {counted}"
    if find_work(key) is None:
        start_work(key, importances, record.plan.space, measured(standing.completed[:counted]))
    show_polled(_show_shares, key, busy=lambda: is_running(key))


def _show_shares(key: str) -> None:
    from core.figures.search import importance_figure

    work = find_work(key)
    if work is None or work.is_running:
        st.caption(":material/hourglass_top: Computing importance …")
    elif work.error:
        st.caption(f"Importance could not be computed: {escape_markdown(work.error)}")
    else:
        shares = {setting_title(name): share for name, share in work.result.items()}
        said = ", ".join(f"{title} {share:.0%}" for title, share in shares.items())
        show_figure(
            importance_figure(shares),
            key="search_importance",
            alt=f"Importance of each setting for validation accuracy: {said}",
        )
