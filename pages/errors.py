"""Errors: every test digit that a run gets wrong, and one of them under the magnifying glass."""

import streamlit as st

from core.analysis.ranking import error_table
from core.data.dataset import DIGIT_NAMES
from ui.errors_inspector import choose_digit, show_inspector
from ui.errors_list import check_list_params, choose_errors, show_errors
from ui.evaluate_results import count_look, final_predictions
from ui.page import page_header
from ui.resources import splits
from ui.run_picker import choose_run

page_header("Errors", "Every test digit that a network gets wrong. Which mistakes would you make as well?")
images = len(splits().test)
check_list_params(DIGIT_NAMES, images)
run = choose_run()
predictions = final_predictions(run)
if predictions is not None:
    count_look(run)
    errors = error_table(predictions)
    if len(errors):
        listed = choose_errors(errors)
        if len(listed):
            show_errors(run, listed, len(errors))
        else:
            st.info("It never makes this mistake. Choose other labels, or “any”.", icon=":material/filter_alt_off:")
    else:
        listed = errors
        st.success(
            "This run reads every test digit rightly: there is no mistake to show.", icon=":material/celebration:"
        )
    st.subheader("Inspector", anchor=False)
    digit = choose_digit(listed, images)
    if digit is not None:
        show_inspector(run, predictions, errors, digit)
