"""The parts of Learn, and the choice of one."""

from collections.abc import Mapping

import streamlit as st

from ui.shell.url import checked_param, one_of

PART = "part"
PARTS: Mapping[str, str] = {
    "questions": "Questions",
    "walk": "Follow one digit",
    "experiments": "Experiments",
    "words": "Words and shapes",
    "puzzles": "Spot the bug",
    "challenges": "Challenges",
}
"""Parts by their name in the URL."""


def choose_part() -> str:
    """A control that follows and writes ``?part=``."""
    wanted = checked_param(PART, one_of(*PARTS), f"There is no part “{{value}}”; there are {', '.join(PARTS)}.")
    if wanted is not None:
        st.session_state[PART] = wanted
    elif PART not in st.session_state:
        st.session_state[PART] = next(iter(PARTS))
    chosen = str(
        st.segmented_control(
            "Part",
            list(PARTS),
            format_func=PARTS.__getitem__,
            key=PART,
            required=True,
            label_visibility="collapsed",
            on_change=leave_other_parts,
            persist_state="session",
        )
    )
    # A bound control would write the title, and read nothing else.
    if st.query_params.get(PART) != chosen:
        st.query_params[PART] = chosen
    return chosen


def show_part(part: str) -> None:
    """Draw one part, imported when it is shown: nobody waits for the parts that they do not look at."""
    match part:
        case "questions":
            from ui.learn.questions import show_questions as show
        case "walk":
            from ui.learn.walk.page import show_walk as show
        case "experiments":
            from ui.learn.experiments.page import show_experiments as show
        case "words":
            from ui.learn.words import show_words as show
        case "puzzles":
            from ui.learn.puzzles import show_puzzles as show
        case _:
            from ui.learn.challenges import show_challenges as show
    show()


def leave_other_parts() -> None:
    """The URL names this part alone: what else it said belonged to the part before."""
    st.query_params.from_dict({PART: st.session_state[PART]})
