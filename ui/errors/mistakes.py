"""The list of mistakes and one of them beside it; a step from one to the next runs no more of the page than this."""

from functools import partial
from typing import Any

import streamlit as st

from core.analysis.ranking import error_table
from ui.digits.why import show_why
from ui.errors.context import show_neighbours, show_other_runs
from ui.errors.game import MISTAKES, show_game
from ui.errors.inspector import choose_digit, show_digit
from ui.errors.learned import show_learned
from ui.errors.list import check_list_params, show_list
from ui.results.final import Tested, count_look
from ui.results.through_epochs import place_shown
from ui.shell.columns import side_by_side
from ui.shell.url import choice
from ui.shell.words import item


@st.fragment
def show_mistakes(tested: Tested) -> None:
    """Every mistake of a run to filter and leaf through, one of them in large, and what stands around it."""
    predictions = tested.predictions
    check_list_params(predictions.class_names, len(predictions.labels))
    count_look(tested)
    if not tested.counts:
        st.caption(tested.sentence)
    # Read first: where the control stands depends on what it says.
    link = choice(MISTAKES)
    if st.session_state[MISTAKES] == "game":
        _choose_form(link)
        show_game(tested)
        return
    errors = error_table(predictions)
    grid, inspector = side_by_side(11, 9, key="errors_columns", least=340)
    with grid:
        listed = show_list(tested, errors)
        # Below the list: the first screen is for it and the inspector.
        _choose_form(link)
    with inspector:
        digit = choose_digit(listed, len(predictions.labels), item(predictions.class_names))
        if digit is not None:
            show_digit(tested, errors, digit)
    if digit is not None:
        show_why(
            tested.run,
            tested.images.images[digit],
            int(predictions.labels[digit]),
            earlier=partial(place_shown, tested.run, key="errors_place"),
        )
        near, others = side_by_side(1, 1, key="errors_context", least=340)
        with near:
            show_neighbours(tested, digit)
        with others:
            show_other_runs(tested, digit)
    show_learned(tested)


def _choose_form(link: dict[str, Any]) -> None:
    st.segmented_control("Mistakes as", required=True, **link)
