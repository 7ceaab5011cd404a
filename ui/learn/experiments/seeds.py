"""Which set of seeds an experiment is run with: a number in the URL as well, and a button for the next one."""

from typing import Any

import streamlit as st

from core.learn.experiments.records import MOST_SETS, Experiment, seeds_of
from ui.shell.url import go_to, linked
from ui.shell.url_values import whole_number

SEED_SET = "seed_set"


def choose_seeds(experiment: Experiment) -> int:
    """The number of the set; the first one of an experiment that trains nothing."""
    link = link_seeds()
    if not experiment.variants:
        return 1
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = int(st.number_input("Set of seeds", 1, MOST_SETS, width=160, **link))
        following = number % MOST_SETS + 1
        st.button("Other seeds", icon=":material/casino:", on_click=go_to, args=(SEED_SET, following, 1), key="others")
        seeds = seeds_of(number)
        st.caption(f"Seeds {seeds[0]} to {seeds[-1]}, the same for each variant.")
    return number


def link_seeds() -> dict[str, Any]:
    """Keywords that tie the number to the URL; a number that is not one is named."""
    sentence = f"Sets of seeds are numbered from 1 to {MOST_SETS}, not “{{value}}”."
    return linked(SEED_SET, whole_number(1, MOST_SETS), 1, sentence)
