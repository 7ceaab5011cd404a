"""A search while it runs and afterwards: how far it is, its trials in order, its charts."""

from typing import Any

import pandas as pd
import streamlit as st

from core.analysis.percent import percent
from core.config import setting_title
from core.search.records import SearchRecord, SearchStatus, Standing, TrialRecord, TrialState, said_of_skipped
from ui.choices.values import value_words
from ui.search.charts import show_charts
from ui.search.controls import show_controls
from ui.shell.columns import side_by_side
from ui.shell.polling import show_polled
from ui.shell.resources import engine, searches
from ui.shell.words import duration, escape_markdown

_POLL_SECONDS, _CHARTS_SECONDS = 1.0, 5.0
_MOST_ROWS = 200
_SAID = {
    SearchStatus.RUNNING: "Searching",
    SearchStatus.STOPPED: "Stopped",
    SearchStatus.COMPLETED: "Done",
    SearchStatus.FAILED: "Failed",
    SearchStatus.INTERRUPTED: "Interrupted: the server that ran it stopped",
}


def show_board(name: str) -> None:
    """One search; polled while a process is at it, its charts less often than its numbers."""
    before = _busy(name)
    record = searches().book.record(name)
    show_controls(record, searches().book.standing(name))
    if record.error:
        st.warning(escape_markdown(record.error))
    show_polled(_show_standing, name, busy=lambda: _busy(name), before=before, seconds=_POLL_SECONDS)
    show_polled(show_charts, name, busy=lambda: _busy(name), seconds=_CHARTS_SECONDS)
    with st.expander("Search space"):
        st.markdown(_plan_words(record))


def _busy(name: str) -> tuple[bool, bool]:
    """Whether a process is at it, and whether there is a winner, which a button waits for."""
    is_running = searches().book.record(name).status is SearchStatus.RUNNING
    return is_running, searches().book.standing(name).best is not None and is_running


def _show_standing(name: str) -> None:
    record, standing = searches().book.record(name), searches().book.standing(name)
    st.progress(_share(record, standing), text=_status_text(record, standing))
    if searches().is_here(name) and (troubles := engine().troubles):
        st.warning(escape_markdown(" ".join(troubles)))
    best = standing.best
    first, second, third = side_by_side(1, 1, 1, key="search_numbers", least=160)
    first.metric("Best validation accuracy", "–" if best is None else percent(best.val_accuracy or 0.0))
    second.metric("Trials", standing.ended)
    third.metric("Stopped early", standing.count(TrialState.PRUNED))
    _show_table(record, standing)
    if skipped := said_of_skipped(record.plan, standing):
        st.caption(escape_markdown(skipped))


def _share(record: SearchRecord, standing: Standing) -> float:
    budget = record.plan.budget
    if budget.seconds is not None:
        return min(1.0, record.spent / budget.seconds)
    return min(1.0, standing.ended / (record.plan.most_trials or 1))


def _status_text(record: SearchRecord, standing: Standing) -> str:
    said = "Stopping" if searches().is_stopping(record.name) else _SAID[record.status]
    budget = record.plan.budget
    if budget.seconds is not None:
        return f"**{said}** · {duration(record.spent)} of {duration(budget.seconds)}"
    return f"**{said}** · {standing.ended} of {record.plan.most_trials} trials in {duration(record.spent)}"


def _show_table(record: SearchRecord, standing: Standing) -> None:
    """The best first; whatever has not been trained to its end below."""
    ranking = [trial for trial in standing.ranking if trial.state not in (TrialState.STOPPED, TrialState.SKIPPED)]
    if not ranking:
        st.caption("The first trials appear as soon as workers are ready.")
        return
    st.dataframe(
        pd.DataFrame([_row(place, trial, record) for place, trial in enumerate(ranking[:_MOST_ROWS], 1)]),
        key="search_trials",
        hide_index=True,
        height=min(38 + 35 * len(ranking), 390),
        column_config={
            "Validation": st.column_config.NumberColumn(format="%.2f%%", help="Accuracy on the validation images"),
            "Run": st.column_config.LinkColumn(display_text="Curves", help="Opens the run on Train"),
        },
        placeholder="–",
        alt="Trials of the search, the best first, with their settings and validation accuracy",
    )
    if len(ranking) > _MOST_ROWS:
        st.caption(f"The first {_MOST_ROWS} of {len(ranking):,} trials.")


def _row(place: int, trial: TrialRecord, record: SearchRecord) -> dict[str, Any]:
    is_placed = trial.state is TrialState.COMPLETED
    # What was under way when the server went away is trained again when the search goes on.
    is_cut_off = trial.state is TrialState.RUNNING and record.status is not SearchStatus.RUNNING
    settings = {setting_title(varied.name): _value(varied.name, trial) for varied in record.plan.space}
    return {
        "Place": str(place) if is_placed else "",
        "Trial": trial.number,
        "State": "interrupted" if is_cut_off else trial.state.value,
        "Validation": None if trial.val_accuracy is None else 100 * trial.val_accuracy,
        **settings,
        "Time": "" if trial.seconds is None else duration(trial.seconds),
        "Run": f"train?run={trial.run_id}" if trial.run_id else None,
    }


def _value(name: str, trial: TrialRecord) -> str:
    value = trial.params.get(name)
    return "" if value is None else (f"{value:.3g}" if isinstance(value, float) else value_words(name, value))


def _plan_words(record: SearchRecord) -> str:
    plan = record.plan
    varied = "".join(f"\n- {escape_markdown(varied.text())}" for varied in plan.space)
    pruning = "unpromising trials are stopped" if plan.can_prune else "every trial is trained to its end"
    return (
        f"Search **{escape_markdown(record.name)}** · sampler {plan.sampler.value} · {pruning} · "
        f"{plan.config.epochs} epochs · started {record.created:%d %B %Y, %H:%M} UTC\n{varied}\n\nValidation images "
        "decide. The test set is not used until a trial has been adopted."
    )
