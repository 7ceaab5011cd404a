"""What can be done with the runs that are selected in the table."""

from collections.abc import Sequence

import streamlit as st

from core.errors import DigitLabError
from core.runs.records import Run
from ui.choices.card import show_card
from ui.choices.compared import MOST_COMPARED, compare_query
from ui.runs.bin import can_be_deleted, delete_runs
from ui.runs.remarks import add_tag, show_remarks, star_button
from ui.settings.url import settings_query
from ui.shell.rights import changeable, may_change, why_not
from ui.shell.sentences import refuse_click
from ui.shell.words import escape_markdown

_NAME = "name_"
_PAGES = (("train.py", "Curves"), ("evaluate.py", "Evaluate"), ("errors.py", "Errors"), ("draw.py", "Draw"))


def show_actions(runs: Sequence[Run]) -> None:
    """For one run its card, links, remarks and rename; for several what is done with all of them."""
    if not runs:
        st.caption("Select a row to open, mark, rename or delete a run; select several to compare them.")
    elif len(runs) == 1:
        _show_one(runs[0])
    else:
        _show_several(runs)


def _show_one(run: Run) -> None:
    show_card(run, page="runs")
    with st.container(border=True):
        st.markdown(f"**{escape_markdown(run.title)}** · `{run.run_id}` · {run.status}")
        if run.error:
            st.caption(escape_markdown(run.error))
        _show_links(run)
        why = why_not(run)
        show_remarks(run, disabled=bool(why))
        if run.is_demo:
            st.caption("The demo run comes with Digit Lab: it cannot be renamed or deleted.")
            return
        if why:
            st.caption(f":material/lock: {escape_markdown(why)}")
            return
        name, rename, delete = st.columns([3, 1, 1], vertical_alignment="bottom")
        name.text_input("Name", run.name, max_chars=40, key=f"{_NAME}{run.run_id}")
        rename.button("Rename", key=f"rename_{run.run_id}", on_click=_rename, args=(run.run_id,))
        with delete:
            _show_delete([run], f"delete_{run.run_id}", "Delete")


def _show_links(run: Run) -> None:
    query = {"run": run.run_id}
    with st.container(horizontal=True):
        for page, label in _PAGES:
            st.page_link(page, label=label, query_params=query)
        st.page_link("compare.py", label="Compare", query_params=compare_query([run.run_id]))
        st.page_link(
            "train.py",
            label="Start a new run from it",
            icon=":material/fork_right:",
            query_params=settings_query(run.config.replace(start_from=run.run_id)),
            help="Opens Train with this run’s settings and weights: change the dataset, the learning rate or "
            "anything but the layers, and fine-tune it as a new run.",
        )


def _show_several(runs: Sequence[Run]) -> None:
    with st.container(border=True, key="runs_several"):
        names = ", ".join(escape_markdown(run.name) for run in runs[:6])
        more = f" and {len(runs) - 6} more" if len(runs) > 6 else ""
        st.markdown(f"**{len(runs)} runs selected**: {names}{more}")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if len(runs) <= MOST_COMPARED:
                st.page_link(
                    "compare.py",
                    label=f"Compare {len(runs)} runs",
                    icon=":material/compare_arrows:",
                    query_params=compare_query([run.run_id for run in runs]),
                )
            mine = [run for run in runs if may_change(run)]
            star_button(st, mine or runs, disabled=not mine)
            ended = [run for run in mine if can_be_deleted(run)]
            _show_delete(ended, "delete_several", f"Delete {_runs(len(ended))}" if ended else "Delete")
            tag = st.text_input("Add a tag to all", max_chars=30, key="tag_for_all", width=200)
            st.button("Add tag", icon=":material/label:", disabled=not (tag and mine), on_click=_tag_all, args=(mine,))
        if len(mine) < len(runs):
            st.caption(f":material/lock: {len(runs) - len(mine)} of them are not yours and will not change.")
        if len(ended) < len(mine):
            kept = _runs(len(mine) - len(ended))
            st.caption(
                f":material/info: {kept} cannot be deleted: the demo run stays; one under way must be stopped first."
            )
        if len(runs) > MOST_COMPARED:
            st.caption(f"Compare takes at most {MOST_COMPARED} runs.")


def _show_delete(runs: Sequence[Run], key: str, label: str) -> None:
    st.button(
        label,
        key=key,
        icon=":material/delete:",
        disabled=not runs,
        on_click=delete_runs,
        args=(runs,),
        help="You can undo this until the session ends. Stop a run under way first.",
    )


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _tag_all(runs: Sequence[Run]) -> None:
    add_tag(runs, st.session_state["tag_for_all"])
    st.session_state["tag_for_all"] = ""


def _rename(run_id: str) -> None:
    try:
        changeable(run_id).rename(run_id, st.session_state[f"{_NAME}{run_id}"])
    except DigitLabError as error:
        refuse_click(error)
