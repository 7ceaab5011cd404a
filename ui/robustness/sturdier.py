"""Robustness: train a sturdier one, with the augmentation that would help, and see both side by side."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from core.config import TrainConfig, setting_title
from core.corruptions.changes import CHANGES
from core.corruptions.measuring import Results
from core.corruptions.sturdier import REMEDIES, remedies_for, sturdier
from core.runs.records import Run
from ui.jobs.controls import submit
from ui.robustness.choice import add_beside
from ui.robustness.progress import show_measured
from ui.robustness.subjects import Measured, Subject
from ui.shell.resources import engine
from ui.shell.terms import explained
from ui.shell.words import listed

_NAMES = tuple(remedy.measurement for remedy in REMEDIES)


def show_sturdier(subjects: Sequence[Subject]) -> None:
    """What augmentation could mend, a button that trains with it, and all runs beside each other."""
    st.header("Train a more robust one", anchor=False, help=explained("Augmentation", "Generalisation"))
    st.caption(
        "A network that was trained on shifted, rotated, scaled and partly hidden digits reads such digits better. "
        "Validation images show what would help, so that the test images remain a test."
    )
    wanted = [Measured(subject, subject.validation, _NAMES) for subject in subjects]
    show_measured(
        wanted, lambda: _show_table(wanted), key="robustness_sturdier", doing="A worker looks for what would help"
    )
    results = wanted[0].results
    if results is not None:
        _show_button(subjects[0].run, results)


def _show_table(wanted: Sequence[Measured]) -> None:
    known = [(each.subject, results) for each in wanted if (results := each.results) is not None]
    if not known:
        return
    columns: dict[str, list[Any]] = {"Validation images": ["As they are", *(remedy.words for remedy in REMEDIES)]}
    for subject, results in known:
        change = CHANGES[REMEDIES[0].change]
        clean = results[REMEDIES[0].measurement][change.strengths.index(change.neutral)]
        columns[subject.label] = [100 * share for share in (clean, *(each.accuracy(results) for each in REMEDIES))]
    st.dataframe(
        pd.DataFrame(columns),
        hide_index=True,
        column_config={subject.label: st.column_config.NumberColumn(format="%.2f%%") for subject, _ in known},
        alt="Accuracy on changed validation images, a row for each change and a column for each run",
    )


def _show_button(run: Run, results: Results) -> None:
    remedies = remedies_for(run.config, results)
    if not remedies:
        st.caption(
            ":material/check_circle: This run loses less than a point to each of these, or was already trained with "
            "as much augmentation."
        )
        return
    config = sturdier(run.config, remedies)
    settings = listed([f"{setting_title(remedy.setting)} {remedy.value:g}" for remedy in remedies])
    st.markdown(f"With **{settings}** and {config.epochs} epochs.")
    if run.config.backend != config.backend:
        st.caption("It is trained in PyTorch: the NumPy backend has no augmentation.")
    is_under_way = any(job.snapshot().config == config for job in engine().active_jobs())
    st.button(
        "Train a more robust one",
        type="primary",
        icon=":material/fitness_center:",
        disabled=is_under_way,
        on_click=_train,
        args=(config,),
    )
    if is_under_way:
        st.caption(":material/hourglass_top: It is under way, and appears beside this run when it has ended.")


def _train(config: TrainConfig) -> None:
    run_id = submit(config)
    if run_id is not None:
        add_beside(run_id)
