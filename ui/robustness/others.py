"""Robustness: digits of other writers."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from core.analysis.intervals import wilson_interval
from core.data.class_names import can_be_told_apart
from core.errors import DigitLabError
from ui.robustness.subjects import Subject
from ui.shell.page import show_error
from ui.shell.predictions import predictions_on
from ui.shell.resources import catalogue, dataset_entry
from ui.shell.words import dataset_titles, escape_markdown

_AT_ONCE = "sklearn-digits"


def show_other_digits(subjects: Sequence[Subject]) -> None:
    """Accuracy on scikit-learn’s digits, and the way to test on any other dataset."""
    st.header("Digits of other writers", anchor=False)
    entry = dataset_entry(_AT_ONCE)
    fitting = [subject for subject in subjects if _fits(subject, _AT_ONCE)]
    if fitting:
        st.caption(escape_markdown(f"{entry.title}: {entry.description}"))
        rows = [row for subject in fitting if (row := _row(subject))]
        st.dataframe(
            pd.DataFrame(rows, columns=["Run", "Images", "Accuracy", "From", "To"]),
            hide_index=True,
            column_config={
                name: st.column_config.NumberColumn(format="%.2f%%", help=text)
                for name, text in (("Accuracy", None), ("From", "95% interval"), ("To", "95% interval"))
            },
            alt=f"Accuracy on {entry.title}, a row for each run",
        )
    else:
        st.caption("scikit-learn’s digits cannot test this run: it was trained on them, or on other classes.")
    _show_ways(subjects[0])


def _show_ways(subject: Subject) -> None:
    """To what Evaluate tests on, and to where more comes from."""
    fitting = [entry for entry in catalogue().entries() if _fits(subject, entry.name) and entry.name != _AT_ONCE]
    with st.container(horizontal=True, vertical_alignment="center"):
        for name, title in list(dataset_titles(fitting).items())[:4]:
            st.page_link(
                "evaluate.py",
                label=f"Test on {escape_markdown(title)}",
                icon=":material/query_stats:",
                query_params={"run": subject.run.run_id, "tested_on": name},
            )
        st.page_link("datasets.py", label="USPS, QMNIST, SVHN or your own photographs", icon=":material/database:")


def _row(subject: Subject) -> tuple[str, int, float, float, float] | None:
    try:
        said = predictions_on(subject.run, _AT_ONCE)
    except DigitLabError as error:
        show_error(error)
        return None
    count = len(said.labels)
    found = wilson_interval(round(said.accuracy * count), count)
    return subject.label, count, 100 * found.share, 100 * found.low, 100 * found.high


def _fits(subject: Subject, name: str) -> bool:
    run = subject.run
    return name != run.config.dataset and can_be_told_apart(dataset_entry(name).class_names, run.class_names)
