"""Errors: every test image that a run gets wrong, and one of them under the magnifying glass."""

import streamlit as st

from core.analysis.ranking import error_table
from ui.errors_inspector import choose_digit, show_inspector
from ui.errors_list import check_list_params, choose_errors, show_errors
from ui.evaluate_results import count_look, final_predictions
from ui.page import page_header
from ui.run_picker import choose_run
from ui.words import item

page_header("Errors", "Every test image that a network gets wrong. Which mistakes would you make as well?")
run = choose_run()
predictions = final_predictions(run)
if predictions is not None:
    images, what = len(predictions.labels), item(predictions.class_names)
    check_list_params(predictions.class_names, images)
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
            f"This run reads every test {what} rightly: there is no mistake to show.", icon=":material/celebration:"
        )
    st.subheader("Inspector", anchor=False)
    digit = choose_digit(listed, images, what)
    if digit is not None:
        show_inspector(run, predictions, errors, digit)
