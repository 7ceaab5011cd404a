"""Slow motion and single steps: ways to see a training run learn that change nothing of what it learns."""

import time
from typing import Final, Literal

import streamlit as st

from core.config import TrainConfig
from core.engine.job import JobSnapshot
from core.engine.pace import LONGEST_GRANT_SECONDS, MOST_SLOW_SECONDS, Pace
from core.runs.records import Run
from ui.jobs.controls import SLOW_MOTION, continue_training, start_training, summary_of
from ui.jobs.state import JobsState
from ui.shell.resources import engine
from ui.shell.rights import may_change
from ui.shell.state import page_state

_ASK_AGAIN_SECONDS: Final = 1.0
_STEPS: Final[dict[Literal["batch", "epoch"], str]] = {"batch": "One batch", "epoch": "One epoch"}


def show_pace(config: TrainConfig, run_id: str) -> None:
    """A menu of steps and the switch for slow motion."""
    run = summary_of(run_id)
    can_go_on = run is not None and run.can_continue and run.config == config and may_change(run)
    st.menu_button(
        "Step",
        list(_STEPS),
        format_func=_STEPS.__getitem__,
        key="training_step",
        icon=":material/skip_next:",
        disabled=run is not None and run.status.is_active,
        help="Trains one batch or one epoch more, then stops. "
        + ("Continues this run." if can_go_on else "Starts a run with these settings."),
        on_click=_step,
        args=(config, run if can_go_on else None),
    )
    st.toggle(
        "Slow motion",
        key=SLOW_MOTION,
        persist_state="session",
        help="Pauses before every batch while you watch, so that you can see the network learn. The result is the "
        f"same. After {MOST_SLOW_SECONDS / 60:.0f} minutes of pauses a run continues at full speed.",
        on_change=_change_speed,
        args=(run_id,),
    )


def is_slow() -> bool:
    """Whether slow motion is switched on in this session."""
    return bool(st.session_state.get(SLOW_MOTION))


def keep_slow(snapshot: JobSnapshot) -> None:
    """Ask for more slow motion while this session watches a run of its own; call it with every poll."""
    state, job = page_state(JobsState), engine().job(snapshot.run_id)
    is_mine = job is not None and job.session == state.session_id
    if is_slow() and is_mine and time.monotonic() > state.slowed_at + _ASK_AGAIN_SECONDS:
        state.slowed_at = time.monotonic()
        engine().slow_down(snapshot.run_id, LONGEST_GRANT_SECONDS)


def _step(config: TrainConfig, run: Run | None) -> None:
    size: Literal["batch", "epoch"] = "epoch" if st.session_state.training_step == "epoch" else "batch"
    pace = Pace(step=size)
    if run is None:
        start_training(config, pace)
    else:
        continue_training(run.run_id, pace)


def _change_speed(run_id: str) -> None:
    state, job = page_state(JobsState), engine().job(run_id)
    if job is not None and job.session == state.session_id:
        engine().slow_down(run_id, LONGEST_GRANT_SECONDS if st.session_state[SLOW_MOTION] else 0)
