"""Runs that this version cannot read: how many there are, and how to get rid of them."""

import streamlit as st

from core.runs.status import RunStatus
from core.runs.whose import Whose
from ui.runs.bin import delete_runs
from ui.shell.resources import run_store
from ui.shell.rights import why_not
from ui.shell.words import escape_markdown

_MOST_SHOWN = 20
_ACTIVE = {status.value for status in RunStatus if status.is_active}


def show_unreadable() -> None:
    """One sentence, and a row for each of them."""
    listing = run_store().listing
    run_ids = listing.unreadable()
    if not run_ids:
        return
    was, it = ("1 run was", "it") if len(run_ids) == 1 else (f"{len(run_ids):,} runs were", "them")
    st.warning(
        f"{was} written by a newer version of Digit Lab, or damaged: update Digit Lab to see {it}, "
        f"or delete {it} below."
    )
    with st.expander(f"Show {it}"):
        for whose in listing.whose(run_ids[:_MOST_SHOWN]):
            _show_row(whose)
        if len(run_ids) > _MOST_SHOWN:
            st.caption(f"… and {len(run_ids) - _MOST_SHOWN:,} more.")


def _show_row(whose: Whose) -> None:
    why = "Stop it before you delete it." if whose.status in _ACTIVE else why_not(whose)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{escape_markdown(whose.name)}** · `{whose.run_id}` · {escape_markdown(whose.status)}", width="stretch"
        )
        st.button(
            "Delete",
            key=f"delete_unreadable_{whose.run_id}",
            icon=":material/delete:",
            disabled=bool(why),
            on_click=delete_runs,
            args=((whose,),),
            help=escape_markdown(why) or "You can undo this until the session ends.",
        )
