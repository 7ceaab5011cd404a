"""Learn: what the other pages do, step by step, with numbers that are real."""

from importlib import import_module

import streamlit as st

from ui.page import page_header
from ui.url import checked_param, one_of

PART = "part"
PARTS = {
    "questions": "Questions",
    "walk": "Follow one digit",
    "experiments": "Experiments",
    "words": "Words and shapes",
    "puzzles": "Spot the bug",
    "challenges": "Challenges",
}
"""Parts by their name in the URL; ``walk`` is ``show_walk()`` in ``ui/learn_walk.py``."""


def main() -> None:
    """Draw the page."""
    page_header("Learn", "How a network reads digits: ask, follow, try, and check what is said against what happens.")
    part = choose_part()
    # Imported when it is shown: nobody waits for the parts that they do not look at.
    getattr(import_module(f"ui.learn_{part}"), f"show_{part}")()


def choose_part() -> str:
    """A control that follows and writes ``?part=``."""
    wanted = checked_param(PART, one_of(*PARTS), f"There is no part “{{value}}”; there are {', '.join(PARTS)}.")
    if wanted is not None:
        st.session_state[PART] = wanted
    elif PART not in st.session_state:
        st.session_state[PART] = next(iter(PARTS))
    chosen = st.segmented_control(
        "Part",
        list(PARTS),
        format_func=PARTS.__getitem__,
        key=PART,
        required=True,
        label_visibility="collapsed",
        on_change=leave_other_parts,
        persist_state="session",
    )
    # A bound control would write the title, and read nothing else.
    if st.query_params.get(PART) != chosen:
        st.query_params[PART] = chosen
    return str(chosen)


def leave_other_parts() -> None:
    """The URL names this part alone: what else it said belonged to the part before."""
    st.query_params.from_dict({PART: st.session_state[PART]})


main()
