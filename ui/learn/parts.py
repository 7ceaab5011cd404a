"""Learn, In depth: its parts, and the choice of one."""

import streamlit as st

from ui.shell.url import choice

PART = "part"
QUESTION = "question"


def show_depth() -> None:
    """The choice of a part, and the chosen one."""
    show_part(choose_part())


def choose_part() -> str:
    """A control that follows and writes ``?part=``."""
    # Only the control leaves the other parts: a link to another part brings along what it is about.
    link = choice(PART, always=True, on_change=leave_other_parts)
    return str(st.segmented_control("Part", required=True, label_visibility="collapsed", **link))


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
        case "background":
            from ui.learn.background import show_background as show
        case "puzzles":
            from ui.learn.puzzles import show_puzzles as show
        case _:
            from ui.learn.challenges import show_challenges as show
    show()


def leave_other_parts() -> None:
    """The URL names this part alone: what else it said belonged to the part before."""
    st.query_params.from_dict({PART: st.session_state[PART]})
