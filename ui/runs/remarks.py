"""What somebody says of runs: a star, tags, notes."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.runs.records import Run
from core.runs.remarks import LONGEST_TEXT, MOST_TAGS
from ui.choices.reflection import keep_remark
from ui.shell.resources import run_store


def show_remarks(run: Run, *, disabled: bool = False) -> None:
    """Star, tags and notes of one run; each is kept as soon as it is changed."""
    star, tags = st.columns([1, 4], vertical_alignment="bottom")
    star_button(star, [run], disabled=disabled)
    known = sorted({*run_store().listing.tags(), *run.tags})
    key = f"tags_{run.run_id}_{','.join(run.tags)}"
    tags.multiselect(
        "Tags",
        known,
        default=list(run.tags),
        accept_new_options=True,
        max_selections=MOST_TAGS,
        placeholder="Choose, or type a new one",
        disabled=disabled,
        key=key,
        on_change=lambda: keep_remark(run.run_id, tags=tuple(st.session_state[key])),
    )
    notes = f"notes_{run.run_id}"
    st.text_area(
        "Notes",
        run.notes,
        max_chars=LONGEST_TEXT,
        placeholder="What you tried, and how it went",
        height=100,
        disabled=disabled,
        key=notes,
        on_change=lambda: keep_remark(run.run_id, notes=st.session_state[notes]),
    )


def star_button(place: Any, runs: Sequence[Run], *, disabled: bool = False) -> None:
    """Give these runs a star, or take it from them if all have one."""
    has = all(run.starred for run in runs)
    place.button(
        "Remove star" if has else "Star",
        icon=":material/star:" if has else ":material/star_outline:",
        key=f"star_{'_'.join(run.run_id for run in runs[:3])}",
        disabled=disabled,
        on_click=_star,
        args=(runs, not has),
    )


def add_tag(runs: Sequence[Run], tag: str) -> None:
    """Give all of these runs a tag."""
    for run in runs:
        keep_remark(run.run_id, tags=(*run.tags, tag))


def _star(runs: Sequence[Run], starred: bool) -> None:
    for run in runs:
        keep_remark(run.run_id, starred=starred)
