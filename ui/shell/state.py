"""AppState: what one browser session keeps between reruns. The only user of ``st.session_state`` for app data."""

import uuid
from dataclasses import dataclass, field

import streamlit as st

from core.data.importing.report import ImportPreview
from core.engine.job import JobSnapshot

_KEY = "digitlab_state"


@dataclass(frozen=True, eq=False)
class PendingImport:
    """Files that were read: which, and what they hold or why they cannot be used."""

    key: str
    preview: ImportPreview | None = None
    error: str = ""


@dataclass
class AppState:
    """One session's own things.

    Parameters
    ----------
    session_id
        Random; tells the engine whose job is whose.
    run_id
        The run chosen last, on whichever page.
    watched_run_id
        The run that Train follows.
    selections
        Last choice in a gallery or matrix, by the widget's key: a position, or a row and a column.
    looked_at
        Runs whose test results this session has been counted for.
    imports
        What was read last on Datasets and is not kept yet, by where it came from.
    uploads
        How many uploads were kept or discarded.
    start_from
        The run whose weights the next training begins with; empty for fresh ones.
    puzzles
        Puzzles of Learn that are open, by name: True if the bug was spotted, False if it was shown.
    frozen_curves
        What Train's curves show while they are frozen.
    runs_listed
        Run ids in the table of Runs, in the order in which it was drawn last.
    model_uploads
        How many model files were brought in.
    brought_in
        The run that a model file has just become, until the page has said so.
    model_refused
        Why the last model file was not taken, until the page has said so.
    """

    session_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    run_id: str | None = None
    watched_run_id: str | None = None
    selections: dict[str, int | tuple[int, int]] = field(default_factory=dict)
    looked_at: set[str] = field(default_factory=set)
    imports: dict[str, PendingImport] = field(default_factory=dict)
    uploads: int = 0
    start_from: str = ""
    puzzles: dict[str, bool] = field(default_factory=dict)
    frozen_curves: JobSnapshot | None = None
    runs_listed: tuple[str, ...] = ()
    model_uploads: int = 0
    brought_in: str = ""
    model_refused: str = ""


def app_state() -> AppState:
    """The state of the session whose script is running."""
    state: AppState = st.session_state.setdefault(_KEY, AppState())
    return state


def get_selection(key: str) -> int | tuple[int, int] | None:
    """What was chosen last under ``key``, if anything."""
    return app_state().selections.get(key)


def set_selection(key: str, value: int | tuple[int, int] | None) -> None:
    """Remember a choice, or forget it."""
    if value is None:
        app_state().selections.pop(key, None)
    else:
        app_state().selections[key] = value
