"""The columns that the table of runs can have: what is known of a run, and every setting of it."""

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import streamlit as st

from core.config import TrainConfig, setting_title
from core.models.shapes import architecture_name
from core.runs.records import Run
from ui.choices.card import origin_words
from ui.choices.values import value_words
from ui.shell.resources import dataset_title, run_store
from ui.shell.terms import explained
from ui.shell.url import checked_param, write_param
from ui.shell.words import duration, megabytes

_PARAM, _KEY = "columns", "runs_columns"


def _percent(share: float | None) -> float:
    return math.nan if share is None else 100 * share


_FACTS: Final[Mapping[str, tuple[str, Callable[[Run], Any]]]] = MappingProxyType(
    {
        "star": ("Star", lambda run: "★" if run.starred else ""),
        "name": ("Name", lambda run: run.name),
        "dataset": ("Dataset", lambda run: dataset_title(run.config.dataset)),
        "network": ("Network", lambda run: architecture_name(run.config, len(run.class_names))),
        "status": ("Status", lambda run: run.status.value),
        "epochs_done": ("Epochs", lambda run: f"{run.epochs_done:.3g} of {run.config.epochs}"),
        "val_accuracy": ("Validation", lambda run: _percent(run.val_accuracy)),
        "time": ("Time", lambda run: duration(run.seconds) if run.seconds else "–"),
        "started": ("Started", lambda run: run.created),
        "origin": ("Origin", origin_words),
        "tags": ("Tags", lambda run: list(run.tags)),
        "notes": ("Notes", lambda run: run.notes.partition("\n")[0][:120]),
        "reflection": ("Reflection", lambda run: run.reflection.replace("\n", " ")[:120]),
        "disk": ("Disk", lambda run: megabytes(run_store().files.usage(run.run_id))),
        "test_looks": ("Test looks", lambda run: run.test_looks),
        "id": ("Id", lambda run: run.run_id),
    }
)
_SETTINGS = tuple(name for name in TrainConfig.model_fields if name != "dataset")
USUAL: Final = (
    *("star", "name", "dataset", "network", "status", "epochs_done", "val_accuracy", "time", "started"),
    *("origin", "tags", "disk", "test_looks"),
)
CONFIG: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "Star": st.column_config.TextColumn(width=40),
        "Epochs": st.column_config.Column(help=explained("Epoch")),
        "Validation": st.column_config.NumberColumn(format="%.2f%%", help=explained("Accuracy", "Validation set")),
        "Test looks": st.column_config.NumberColumn(help=explained("Test look")),
        "Started": st.column_config.DatetimeColumn(format="distance"),
        "Origin": st.column_config.TextColumn(help="Who trained it, and for what"),
        "Tags": st.column_config.ListColumn(),
    }
)


def choose_columns() -> list[str]:
    """A menu of all columns; the choice is in the URL where it is not the usual one."""
    given = checked_param(_PARAM, _parse, "There is no column “{value}”: choose columns above the table.")
    if given is not None:
        st.session_state[_KEY] = given
    elif _KEY not in st.session_state:
        st.session_state[_KEY] = list(USUAL)
    with st.popover("Columns", icon=":material/view_column:"):
        chosen = st.multiselect(
            "Columns of the table",
            [*_FACTS, *_SETTINGS],
            format_func=title,
            key=_KEY,
            persist_state="session",
            on_change=_write,
        )
        st.button("Default columns", on_click=_reset)
    _write()
    return list(chosen) or ["name"]


def title(column: str) -> str:
    """What a column is called."""
    return _FACTS[column][0] if column in _FACTS else setting_title(column)


def row_of(run: Run, columns: Sequence[str]) -> dict[str, Any]:
    """The cells of a run by the titles of their columns."""
    return {title(column): _cell(run, column) for column in columns}


def _cell(run: Run, column: str) -> Any:
    if column in _FACTS:
        return _FACTS[column][1](run)
    value = getattr(run.config, column)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else value_words(column, value)


def _parse(text: str) -> list[str]:
    columns = list(dict.fromkeys(text.split(",")))
    if not set(columns) <= {*_FACTS, *_SETTINGS}:
        raise ValueError(text)
    return columns


def _write() -> None:
    chosen = st.session_state[_KEY]
    write_param(_PARAM, *([] if tuple(chosen) == USUAL or not chosen else [",".join(chosen)]))


def _reset() -> None:
    st.session_state[_KEY] = list(USUAL)
    _write()
