"""Everybody’s runs of an exercise: who leads, all curves, what is under way. What is new comes by itself."""

import math
from typing import Any, Final

import pandas as pd
import streamlit as st

from core.classroom.board import Seen
from core.classroom.exercise import Exercise
from core.classroom.standings import Standing, counts, standings
from core.runs.records import Run
from ui.choices.card import changed_words
from ui.classroom.feed import CHANNEL, CURVES, NO_NICKNAME, STATE, curves_of, feed_address, look, title_of
from ui.classroom.moderation import show_moderation
from ui.classroom.under_way import show_under_way
from ui.live.feed import follow
from ui.live.figure import show_figure
from ui.live.version import show_when_new
from ui.shell.browser import browser_id
from ui.shell.terms import explained

_ACCURACY: Final = st.column_config.NumberColumn(format="%.2f%%", help="Accuracy on the validation images")
_MOST_TABLES: Final = 20
_MOST_ROWS: Final = 200
_CONFIG: Final[dict[str, Any]] = {
    "Place": st.column_config.NumberColumn(width=60),
    "You": st.column_config.TextColumn(width=50),
    "Best validation": _ACCURACY,
    "Validation": _ACCURACY,
    "Started": st.column_config.DatetimeColumn(format="distance"),
}


def show_board(exercise: Exercise) -> None:
    """The part that follows the class while anybody looks."""
    show_when_new(_show, exercise, channel=CHANNEL, version=lambda: look(exercise.name).version)


def _show(exercise: Exercise) -> None:
    seen = look(exercise.name)
    # Asked once: to tell it from the cookies takes as long as a row.
    me, (found, left) = browser_id(), _places(repr(exercise.query()), seen.version, exercise, seen)
    st.header("Leaderboard", anchor=False, help=explained("Accuracy", "Validation set"))
    st.caption(_summary(found, seen))
    if found:
        leaders = pd.DataFrame([_leader(one, me) for one in found])
        _show_table(leaders, "Everybody in the class by their best validation accuracy")
        if left:
            st.caption(
                f":material/info: {left:,} {'run does' if left == 1 else 'runs do'} not count: trained with settings "
                "other than those the exercise fixes, started from or taught by another run, or validated on "
                "images other than those of the exercise."
            )
    show_moderation(exercise, seen)
    show_under_way(seen)
    show_figure(curves_of(exercise.name, seen), key=CURVES, alt=f"{title_of(seen)} of the exercise, by nickname")
    follow(feed_address(exercise.name), key="class_feed", state=STATE)
    if seen.runs:
        shown = seen.runs[:_MOST_ROWS]
        st.header("All runs" if len(shown) == len(seen.runs) else f"The newest {len(shown)} runs", anchor=False)
        if not exercise.leaves_out("runs"):
            st.page_link(
                "runs.py",
                label="Open, rename or delete them on Runs",
                icon=":material/inventory_2:",
                query_params={"find": exercise.name},
            )
        everything = _all_runs(exercise.name, seen.version, seen).copy(deep=False)
        everything.insert(1, "You", [_you(run.owner, me) for run in shown])
        _show_table(everything, "Runs of the exercise, newest first")


def _summary(found: tuple[Standing, ...], seen: Seen) -> str:
    people = f"{len(found)} {'person' if len(found) == 1 else 'people'}"
    runs = f"{len(seen.runs):,} {'run' if len(seen.runs) == 1 else 'runs'}"
    if seen.has_older:
        runs = f"the newest {runs} (older ones are left out here and on the leaderboard)"
    active = sum(run.status.is_active for run in seen.runs)
    return f"{people} · {runs} · {active} under way. Validation decides: nobody looks at the test set for this."


def _show_table(rows: pd.DataFrame, alt: str) -> None:
    st.dataframe(rows, hide_index=True, column_config=_CONFIG, placeholder="–", alt=alt)


# ``said`` and ``version`` are the cache's key and nothing else.
@st.cache_resource(max_entries=_MOST_TABLES, show_spinner=False)
def _places(said: str, version: str, _exercise: Exercise, _seen: Seen) -> tuple[tuple[Standing, ...], int]:  # noqa: ARG001
    """Who leads, and how many runs with a validation accuracy do not count; the same for everybody who looks."""
    uncounted = sum(not counts(run, _exercise) for run in _seen.runs if run.val_accuracy is not None)
    return standings(_seen.runs, _seen.nicknames, _exercise), uncounted


# ``version`` is part of the cache's key and nothing else.
@st.cache_resource(max_entries=_MOST_TABLES, show_spinner=False)
def _all_runs(exercise: str, version: str, _seen: Seen) -> pd.DataFrame:  # noqa: ARG001
    """A row for each run, the same for everybody who looks."""
    return pd.DataFrame([_row(run, _seen) for run in _seen.runs[:_MOST_ROWS]])


def _leader(one: Standing, me: str) -> dict[str, Any]:
    return {
        "Place": one.place,
        "Nickname": one.nickname or NO_NICKNAME,
        "You": _you(one.owner, me),
        "Best validation": _percent(one.best),
        "Runs": one.runs,
        "Under way": one.active,
        "Best run": "" if one.best is None else one.best.name,
        "With": "" if one.best is None else _settings(one.best),
    }


def _row(run: Run, seen: Seen) -> dict[str, Any]:
    return {
        "Nickname": seen.nicknames.get(run.owner or "", NO_NICKNAME),
        "Run": run.name,
        "Status": run.status.value,
        "Epochs": f"{run.epochs_done:.3g} of {run.config.epochs}",
        "Validation": _percent(run),
        "Settings": _settings(run),
        "Started": run.created,
    }


def _settings(run: Run) -> str:
    changed = changed_words(run.config)
    return " · ".join(f"{title} {value}" for title, value in changed.items()) or "all at their defaults"


def _you(owner: str | None, me: str) -> str:
    # In a column of its own, where no nickname can say it.
    return "✓" if owner == me else ""


def _percent(run: Run | None) -> float:
    return math.nan if run is None or run.val_accuracy is None else 100 * run.val_accuracy
