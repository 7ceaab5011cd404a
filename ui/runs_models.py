"""Models as files: one out of a run, and a run out of one."""

from pathlib import PurePath

import streamlit as st

from core.errors import DigitLabError
from core.runs.model_file import MAX_BYTES, import_model, write_model
from core.runs.records import Run
from ui.page import show_error
from ui.resources import model, run_store

_UPLOAD = "model_upload"


def show_download(run: Run) -> None:
    """The run's network as one safetensors file, made when it is asked for."""
    if run.epochs_done <= 0:
        return
    st.download_button(
        "Download the model",
        lambda: write_model(model(run.run_id)),
        file_name=f"{run.name}.safetensors",
        icon=":material/download:",
        on_click="ignore",
        help="Weights with their config inside, as safetensors: upload it to any Digit Lab, or predict with "
        "`python -m core predict --run FILE image.png`.",
    )


def show_upload() -> None:
    """A file from another Digit Lab becomes a run."""
    with st.expander("Bring in a model", icon=":material/upload:"):
        st.caption(
            "A model file that Digit Lab wrote (.safetensors). Its shapes are checked; pickles are never opened."
        )
        uploaded = st.file_uploader(
            "Model file", type=None, key=_UPLOAD, max_upload_size=MAX_BYTES // 1_000_000, label_visibility="collapsed"
        )
        if uploaded is None:
            return
        if st.button("Bring it in", type="primary", icon=":material/add:"):
            try:
                run = import_model(run_store(), uploaded.getvalue(), PurePath(uploaded.name).stem)
            except DigitLabError as error:
                show_error(error)
                return
            st.success(f"It is here as {run.title}.")
            st.page_link(
                "evaluate.py", label="Evaluate it", icon=":material/query_stats:", query_params={"run": run.run_id}
            )
