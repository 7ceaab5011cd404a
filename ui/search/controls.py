"""What can be done with a search: stop it, continue with it, adopt its winner, delete it."""

import streamlit as st

from core.errors import DigitLabError
from core.search.plan import Budget
from core.search.records import SearchRecord, SearchStatus, Standing, all_of, is_exhausted, is_spent
from core.search.searches import adopt
from ui.choices.run import note_training
from ui.jobs.state import JobsState
from ui.search.plan import STUDY
from ui.search.state import SearchState
from ui.settings.url import apply_settings, settings_query
from ui.shell.resources import run_store, searches
from ui.shell.rights import changeable, changeable_search, why_not_search
from ui.shell.sentences import refuse_click
from ui.shell.state import page_state
from ui.shell.url import go_to
from ui.shell.words import escape_markdown

_MORE_MINUTES, _MORE_TRIALS = 5.0, 20
_ELSEWHERE = "Another process runs this search: stop it there; on the command line with Control-C."


def show_controls(record: SearchRecord, standing: Standing) -> None:
    """The buttons in a row; what another session has begun, only that one can change."""
    why_not, running = why_not_search(record), record.status is SearchStatus.RUNNING
    exhausted = not running and is_exhausted(record.plan, standing)
    with st.container(horizontal=True, vertical_alignment="center"):
        _show_stop(record, why_not)
        if not exhausted:
            _show_resume(record, standing, can_change=not (why_not or running), why_not=why_not)
        _show_adopt(standing, why_not)
        if not running:
            st.button("New search", icon=":material/add:", on_click=go_to, args=(STUDY, "", None))
            _show_delete(record, can_change=not why_not)
    if exhausted:
        st.caption(f"This search has tried {all_of(record.plan)}.")
    if standing.best is not None and standing.best.run_id == page_state(SearchState).adopted:
        _show_adopted(standing.best.run_id)


def _show_stop(record: SearchRecord, why_not: str) -> None:
    running, here = record.status is SearchStatus.RUNNING, searches().is_here(record.name)
    elsewhere = _ELSEWHERE if running and not here else ""
    st.button(
        "Stop search",
        icon=":material/stop:",
        disabled=bool(why_not) or not (running and here),
        help=why_not or elsewhere or "Trials under way are repeated when the search continues.",
        on_click=_stop,
        args=(record.name,),
    )


def _stop(name: str) -> None:
    try:
        changeable_search(name).stop(name)
    except DigitLabError as error:
        refuse_click(error)


def _show_resume(record: SearchRecord, standing: Standing, *, can_change: bool, why_not: str) -> None:
    budget = _longer(record, standing) if is_spent(record.plan, record, standing) else None
    st.button(
        "Continue" if budget is None else f"Search {_more(budget, standing)} more",
        icon=":material/resume:",
        disabled=not can_change,
        help=why_not or None,
        on_click=_resume,
        args=(record.name, budget),
        key="resume_search",
    )


def _more(budget: Budget, standing: Standing) -> str:
    """What a longer budget adds, in words."""
    if budget.trials is None:
        return f"{_MORE_MINUTES:.0f} minutes"
    more = budget.trials - standing.ended
    return "1 trial" if more == 1 else f"{more} trials"


def _longer(record: SearchRecord, standing: Standing) -> Budget:
    """A budget that lets it go on; of a grid, at most what is left of it."""
    if record.plan.budget.seconds is None:
        longer = standing.ended + _MORE_TRIALS
        return Budget(trials=longer if record.plan.grid is None else min(longer, record.plan.grid))
    return Budget(seconds=record.spent + 60 * _MORE_MINUTES)


def _show_adopt(standing: Standing, why_not: str) -> None:
    best = standing.best
    can_adopt = best is not None and not why_not and run_store().exists(best.run_id)
    st.button(
        "Adopt the winner",
        type="primary" if can_adopt else "secondary",
        icon=":material/emoji_events:",
        disabled=not can_adopt,
        help=why_not or "Makes the best trial a run like any other, and sets the sidebar to its settings.",
        on_click=_adopt,
        args=("" if best is None else best.run_id,),
        key="adopt_winner",
    )


def _adopt(run_id: str) -> None:
    """Keep the run as one’s own, the sidebar set to what made it; from a callback, before the sidebar is drawn."""
    try:
        run = run_store().summary(run_id)
        if run.origin.is_folded:
            run = adopt(changeable(run_id), run_id, run.owner or page_state(JobsState).session_id)
    except DigitLabError as error:
        refuse_click(error)
        return
    note_training(run_id)
    apply_settings(run.config)
    page_state(SearchState).adopted = run_id


def _show_adopted(run_id: str) -> None:
    try:
        run = run_store().summary(run_id)
    except DigitLabError:
        return  # it has been deleted since
    st.success(
        f"**{escape_markdown(run.title)}** is a run like any other now, and the sidebar has its settings.",
        icon=":material/emoji_events:",
    )
    query = settings_query(run.config) | {"run": run_id}
    st.page_link("train.py", label="Open it on Train", icon=":material/model_training:", query_params=query)


def _show_delete(record: SearchRecord, *, can_change: bool) -> None:
    with st.popover("Delete …", icon=":material/delete:", disabled=not can_change, key=f"delete_{record.name}"):
        st.markdown(
            f"Delete **{escape_markdown(record.name)}** and its trials for good? What was adopted stays in Runs."
        )
        st.button("Delete for good", type="primary", key="delete_search", on_click=_delete, args=(record.name,))


def _resume(name: str, budget: Budget | None) -> None:
    try:
        changeable_search(name).resume(name, page_state(JobsState).session_id, budget)
    except DigitLabError as error:
        refuse_click(error)


def _delete(name: str) -> None:
    try:
        changeable_search(name).delete(name)
    except DigitLabError as error:
        refuse_click(error)
        return
    go_to(STUDY, "", None)
