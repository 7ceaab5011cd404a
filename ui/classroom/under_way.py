"""What a class has on the workers: each run with its place and wait, and a way to stop one’s own."""

from typing import Final

import streamlit as st

from core.classroom.board import Seen
from core.runs.records import Run
from ui.classroom.feed import NO_NICKNAME
from ui.jobs.controls import snapshot_of, stop_training, why_not_stop
from ui.jobs.queue import place_words
from ui.shell.browser import browser_id
from ui.shell.words import escape_markdown

_MOST_ROWS: Final = 40


def show_under_way(seen: Seen) -> None:
    """A row for each run, one’s own first; nothing where nothing is under way."""
    active = [run for run in seen.runs if run.status.is_active]
    if not active:
        return
    st.header("Under way", anchor=False)
    me = browser_id()
    ordered = sorted(active, key=lambda run: (run.owner != me, run.created))
    for run in ordered[:_MOST_ROWS]:
        _show_row(run, seen.nicknames.get(run.owner or "", NO_NICKNAME), is_mine=run.owner == me)
    if len(ordered) > _MOST_ROWS:
        st.caption(f"{len(ordered) - _MOST_ROWS} more wait behind them.")


def _show_row(run: Run, nickname: str, *, is_mine: bool) -> None:
    snapshot, why = snapshot_of(run.run_id, run), why_not_stop(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        words = [f"**{escape_markdown(nickname)}**", escape_markdown(run.title), place_words(snapshot)]
        words.append("yours" if is_mine else "")
        st.markdown(" · ".join(word for word in words if word), width="stretch")
        st.button(
            "Stop",
            icon=":material/stop:",
            key=f"class_stop_{run.run_id}",
            disabled=bool(why) or not snapshot.status.is_active,
            help=escape_markdown(why) or "Ends this run; what it has learned is kept.",
            on_click=stop_training,
            args=(run.run_id,),
        )
