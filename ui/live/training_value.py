"""Beside the curves: how the training line came about, and the value measured afterwards on demand."""

from dataclasses import dataclass, field

import streamlit as st

from core.analysis.percent import percent
from core.analysis.training_value import TrainingValue, training_conditions, training_value
from core.config import TrainConfig
from core.errors import DigitLabError
from core.runs.records import Run
from ui.shell.resources import model, run_store, splits_of
from ui.shell.state import page_state
from ui.shell.words import escape_markdown


@dataclass
class TrainingValueState:
    """The version of each run at which somebody asked for its value."""

    asked: dict[str, str] = field(default_factory=dict)


def show_training_value(run_id: str, config: TrainConfig, *, key: str, disabled: bool = False) -> None:
    """One line: what the training line is, and the button that measures again, or what it has given."""
    conditions = training_conditions(config)
    how = f", with {conditions}" if conditions else ""
    with st.container(horizontal=True, vertical_alignment="center", key=f"{key}_training_value"):
        st.caption(f"Training is measured while the network learns, batch by batch{how}.", width="content")
        asked = page_state(TrainingValueState).asked.get(run_id)
        run = run_store().summary(run_id) if asked is not None else None
        if run is not None and run.version == asked:
            st.caption(_measured(run), width="content")
        else:
            st.button(
                "Measure afterwards",
                key=f"{key}_measure",
                disabled=disabled,
                help="Reads up to 10,000 training images with the trained network: all units on, images unchanged.",
                on_click=_ask,
                args=(run_id,),
            )


def _ask(run_id: str) -> None:
    page_state(TrainingValueState).asked[run_id] = run_store().summary(run_id).version


def measured_value(run: Run) -> TrainingValue:
    """Accuracy and loss of a run’s kept weights on its training images; kept until the run changes.

    Raises
    ------
    DigitLabError
        If its weights or its images are gone.
    """
    return _value(run.run_id, run.version, run.config.to_json())


def _measured(run: Run) -> str:
    """With the epoch that it is of: a page that only hears the news of a run keeps the words until it runs again."""
    try:
        value = measured_value(run)
    except DigitLabError as error:
        return escape_markdown(str(error))
    epochs = f"{round(run.epochs_done, 1):g} epoch{'' if run.epochs_done == 1 else 's'}"
    return (
        f"Measured after {epochs}: **{percent(value.accuracy)}** of {value.images:,} training images, "
        f"loss {value.loss:.4f}"
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _value(run_id: str, version: str, config: str) -> TrainingValue:  # noqa: ARG001
    return training_value(model(run_id), splits_of(TrainConfig.from_json(config)).train)
