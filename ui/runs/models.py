"""Models as files: a run out of one."""

from pathlib import PurePath

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from core.errors import DigitLabError, RunError
from core.runs.model_file import MAX_BYTES, import_model
from ui.runs.state import RunsState
from ui.shell.browser import browser_id
from ui.shell.page import show_error
from ui.shell.resources import run_store
from ui.shell.sentences import is_repeating
from ui.shell.state import page_state
from ui.shell.words import escape_markdown

_UPLOAD = "model_upload"


def show_upload() -> None:
    """A file from another Digit Lab becomes a run."""
    with st.expander("Import a model", icon=":material/upload:"):
        st.caption(
            "A model file that Digit Lab wrote (.safetensors). Its shapes are checked; pickles are never opened."
        )
        count = page_state(RunsState).uploads
        uploaded = st.file_uploader(
            "Model file",
            type=None,
            key=f"{_UPLOAD}_{count}",
            max_upload_size=MAX_BYTES // 1_000_000,
            label_visibility="collapsed",
        )
        if uploaded is not None:
            st.button("Import", type="primary", icon=":material/add:", on_click=_bring_in, args=(uploaded, count))
        _show_outcome()


def _bring_in(uploaded: UploadedFile, count: int) -> None:
    state = page_state(RunsState)
    if count != state.uploads:
        # The second click of a double click: the file is here already.
        return
    try:
        name = PurePath(uploaded.name).stem
        state.brought_in = import_model(run_store(), uploaded.getvalue(), name, owner=browser_id()).run_id
    except DigitLabError as error:
        state.refused = str(error)
    else:
        # Another key is another uploader, without the file.
        state.uploads += 1


def _show_outcome() -> None:
    """How the import of the file went, said until somebody does something else."""
    state = page_state(RunsState)
    outcome = state.brought_in, state.refused
    if any(outcome) or not is_repeating():
        state.said = outcome
    state.brought_in = state.refused = ""
    brought_in, refused = state.said
    if refused:
        show_error(RunError(refused))
    elif brought_in and run_store().exists(brought_in):
        run = run_store().get(brought_in)
        st.success(f"Imported as {escape_markdown(run.title)}.")
        st.page_link("evaluate.py", label="Evaluate", icon=":material/query_stats:", query_params={"run": run.run_id})
