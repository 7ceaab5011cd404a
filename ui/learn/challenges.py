"""Learn: challenges and who has solved them."""

from dataclasses import replace

import streamlit as st

from core.errors import NewerVersionError
from core.learn.challenges import CHALLENGES, Challenge, solution
from core.runs.query import RunQuery
from core.runs.records import Run
from ui.settings.sidebar import settings_query
from ui.shell.browser import browser_id
from ui.shell.columns import side_by_side
from ui.shell.resources import run_store
from ui.shell.teacher import has_key
from ui.shell.url import checked_param
from ui.shell.url_values import one_of
from ui.shell.words import escape_markdown

CHALLENGE = "challenge"
_ABREAST = 2
_LOOKED_AT = 1_000
"""Runs: a challenge that only an older one has met is open again."""


def show_challenges() -> None:
    """Every challenge with its state; one that a link names comes first."""
    names = [challenge.name for challenge in CHALLENGES]
    sentence = f"Challenges are {', '.join(names)}, not “{{value}}”."
    wanted = checked_param(CHALLENGE, one_of(*names), sentence)
    runs = whole_runs()
    solutions = {challenge.name: solution(challenge, runs) for challenge in CHALLENGES}
    solved = sum(run is not None for run in solutions.values())
    st.markdown(
        f"Each is checked against {_WHOSE[has_key()]}. All are measured on validation images: "
        "the test images choose nothing, not even a winner."
    )
    st.progress(solved / len(CHALLENGES), f"{solved} of {len(CHALLENGES)} solved")
    ordered = sorted(CHALLENGES, key=lambda challenge: challenge.name != wanted)
    for start in range(0, len(ordered), _ABREAST):
        columns = side_by_side(*[1] * _ABREAST, key=f"challenges_{start}")
        for column, challenge in zip(columns, ordered[start : start + _ABREAST], strict=False):
            with column:
                show_challenge(challenge, solutions[challenge.name], opened=challenge.name == wanted)


def show_challenge(challenge: Challenge, solver: Run | None, *, opened: bool) -> None:
    """Goal, state, hint, and the way to Train."""
    with st.container(border=True, height="stretch", key=f"challenge_{challenge.name}"):
        icon = ":material/radio_button_unchecked:" if solver is None else ":green[:material/check_circle:]"
        st.markdown(f"## {icon} {challenge.title}")
        st.markdown(challenge.goal)
        if solver is None:
            st.caption("Not solved yet")
        else:
            st.page_link(
                "evaluate.py",
                label=f"Solved by {escape_markdown(solver.title)}",
                icon=":material/emoji_events:",
                query_params={"run": solver.run_id},
            )
        with st.expander("Hint", expanded=opened):
            st.markdown(challenge.hint)
        st.page_link(
            "train.py",
            label="Start from here",
            icon=":material/model_training:",
            query_params=settings_query(challenge.start),
        )


_WHOSE = {False: "your own runs and those of the command line", True: "your own runs"}
"""By whether the server has a teacher: what nobody owns is then the class’s, and solves nothing for everybody."""


def whole_runs() -> list[Run]:
    """The newest runs that count for this browser and can be read, with their epochs, newest first."""
    mine = RunQuery(has_weights=True, limit=_LOOKED_AT)
    queries = [replace(mine, owner=browser_id()), *([] if has_key() else [replace(mine, unowned=True)])]
    found = [run for query in queries for run in run_store().listing.find(query)]
    newest = sorted(found, key=lambda run: run.created, reverse=True)
    runs = (_whole(run.run_id, f"{run.version} {run.name}") for run in newest)
    return [run for run in runs if run is not None]


# ``version`` is part of the cache's key and nothing else: it changes whenever a run does.
@st.cache_resource(max_entries=2_000, show_spinner=False)
def _whole(run_id: str, version: str) -> Run | None:  # noqa: ARG001
    try:
        return run_store().get(run_id)
    except NewerVersionError:
        return None
