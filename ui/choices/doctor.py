"""The training doctor: what is wrong with a run, what showed it, and one click that changes the setting."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.analysis.doctor.diagnosis import Diagnosis
from core.analysis.doctor.visit import Visit, visit
from core.config import TrainConfig, setting_title
from core.errors import DigitLabError, RunError
from core.models.numpy_model import NumpyModel
from core.runs.records import Run
from ui.choices.values import value_words
from ui.settings.url import START, apply_settings, settings_query
from ui.shell.page import show_error
from ui.shell.resources import catalogue, model, run_store, splits_of
from ui.shell.words import escape_markdown


def show_doctor(run_id: str, *, page: str, key: str) -> None:
    """Every diagnosis of a run that has ended, or that there is none.

    Parameters
    ----------
    page
        Where it is shown, as the URL calls it: settings that are changed anywhere but on Train lead there.
    """
    run = run_store().summary(run_id)
    if run.status.is_active:
        st.caption("The training doctor examines a run once it has ended.")
        return
    try:
        found = _visit(run_id, run.version, run.status.value)
    except DigitLabError as error:
        show_error(error)
        return
    if not found.diagnoses:
        st.markdown(f":green[:material/health_and_safety:] **Training doctor.** {escape_markdown(found.remark)}")
        return
    count = len(found.diagnoses)
    st.markdown(
        f":material/health_and_safety: **Training doctor: {count} {'diagnosis' if count == 1 else 'diagnoses'}**"
    )
    for diagnosis in found.diagnoses:
        _show_one(diagnosis, run, page, key)
    if found.remark:
        st.caption(escape_markdown(found.remark))


def change_words(changes: Mapping[str, Any]) -> str:
    """What a button that changes settings says: ``Set learning rate to 0.001``."""
    named = [f"{_title(name)} to {value_words(name, value)}" for name, value in changes.items() if name != START]
    words = [f"Set {', '.join(named)}"] if named else []
    return "; ".join([*words, *(["Start from fresh weights"] if START in changes else [])])


def _title(name: str) -> str:
    """The setting’s title within a sentence."""
    title = setting_title(name)
    return title[:1].lower() + title[1:]


def _show_one(diagnosis: Diagnosis, run: Run, page: str, key: str) -> None:
    st.markdown(f"**{diagnosis.title}.** {escape_markdown(diagnosis.saw)} {diagnosis.why}")
    if not diagnosis.changes:
        st.caption(escape_markdown(diagnosis.instead))
        return
    config = run.config.replace(**diagnosis.changes)
    clicked = st.button(
        change_words(diagnosis.changes),
        key=f"{key}_doctor_{diagnosis.symptom}",
        icon=":material/tune:",
        on_click=apply_settings,
        args=(config,),
        help="Sets the sidebar of Train to the settings of this run with this change.",
    )
    if clicked:
        _go_to_settings(config, page)


def _go_to_settings(config: TrainConfig, page: str) -> None:
    if page == "train":
        # The sidebar lies outside of the fragment that shows a run.
        st.rerun()
    st.switch_page("train.py", query_params=settings_query(config))


# ``version`` and ``status`` are part of the cache's key and nothing else.
@st.cache_resource(max_entries=64, show_spinner="The doctor is examining the run …")
def _visit(run_id: str, version: str, status: str) -> Visit:  # noqa: ARG001
    store = run_store()
    return visit(store.get(run_id), _network(run_id), splits_of, catalogue(), store)


def _network(run_id: str) -> NumpyModel | None:
    """None for a run that diverged before it had any weights."""
    try:
        return model(run_id)
    except RunError:
        return None
