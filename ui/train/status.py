"""The state of a training run in words: Ready → Starting → Learning → Done, and what else may become of it."""

import streamlit as st

from core.config import TrainConfig
from core.engine.job import JobSnapshot
from core.engine.pace import MOST_SLOW_SECONDS
from core.runs.status import RunStatus
from ui.jobs.controls import NO_RUN
from ui.shell.resources import engine
from ui.shell.words import duration, escape_markdown

_KEPT = "what it had learned is kept"


def ready_to_train(config: TrainConfig) -> JobSnapshot:
    """The run that these settings would be: nothing has been asked for yet."""
    return JobSnapshot(NO_RUN, config, RunStatus.QUEUED)


def show_status(snapshot: JobSnapshot, *, is_useless: bool = False) -> None:
    """The state above a bar that shows how far the run is.

    Parameters
    ----------
    is_useless
        Whether nothing has been learned: then it does not read like success.
    """
    st.progress(share_done(snapshot), text=status_text(snapshot, is_useless=is_useless))


def share_done(snapshot: JobSnapshot) -> float:
    """How far the run is, 0–1."""
    return min(1.0, snapshot.position / snapshot.config.epochs)


def status_text(snapshot: JobSnapshot, *, is_useless: bool = False) -> str:
    """The state in bold, and what goes with it."""
    state, detail = status_words(snapshot)
    if snapshot.run_id != NO_RUN:
        # It may hold the address of a worker, of which Markdown makes something else.
        detail = escape_markdown(detail)
    if snapshot.status is RunStatus.COMPLETED and is_useless:
        return f":red[**Done, but it learned nothing**]{detail}"
    if is_useless and snapshot.epochs:
        detail = detail.replace(_KEPT, "it had learned nothing")
    return f"**{state}**{detail}"


def status_words(snapshot: JobSnapshot) -> tuple[str, str]:
    """The state in a word, and the rest of the sentence."""
    match snapshot.status:
        case RunStatus.QUEUED if snapshot.is_elsewhere:
            return "Queued", " · on another server: its place there is not known here"
        case RunStatus.QUEUED:
            return _queued(snapshot)
        case RunStatus.RUNNING:
            return _running(snapshot)
        case RunStatus.STOPPING:
            return "Stopping", " · saving what it has learned"
        case RunStatus.COMPLETED:
            return "Done", f" · {_completed(snapshot)}"
        case other:
            return str(other).capitalize(), f" {_after(snapshot)}"


def epochs_done(snapshot: JobSnapshot) -> str:
    """How many of its epochs a run has behind it: ``1.5 of 10``."""
    return f"{round(snapshot.position, 1):g} of {snapshot.config.epochs}"


def _queued(snapshot: JobSnapshot) -> tuple[str, str]:
    if snapshot.run_id == NO_RUN:
        return "Ready", " · press Train and watch it learn"
    place, troubles = f" · place {snapshot.queue_place or 1}", engine().troubles
    if troubles and (not engine().is_ready or snapshot.workers == 0):
        return "Queued", f"{place}: it starts as soon as the cluster has a worker for it. {' '.join(troubles)}"
    if not engine().is_ready:
        return "Starting", " · the workers are getting ready"
    if snapshot.workers == 0:
        return "Queued", f"{place}: the cluster has no worker at the moment; it starts as soon as one joins"
    wait = engine().seconds_to_start(snapshot.run_id)
    if wait == 0:
        return "Starting", " · a worker is picking it up"
    when = "as soon as a worker is free" if wait is None else f"in about {duration(wait)}"
    return "Queued", f"{place}: it starts {when}"


def _running(snapshot: JobSnapshot) -> tuple[str, str]:
    if snapshot.is_elsewhere and not snapshot.epochs:
        return "Learning", " · on another server, or by a command: its first epoch has yet to end"
    if snapshot.progress is None and not snapshot.epochs:
        return "Starting", " · a worker is reading the images"
    left = snapshot.seconds_left
    over = ""
    if snapshot.progress is not None and snapshot.progress.slow_motion_is_over:
        over = f" · at full speed: the {MOST_SLOW_SECONDS / 60:.0f} minutes of slow motion are used up"
    return "Learning", (" · the first batches" if left is None else f" · about {duration(left)} left") + over


def _after(snapshot: JobSnapshot) -> str:
    if not snapshot.epochs:
        return "before it had learned anything."
    last = snapshot.epochs[-1]
    if last.epoch == 1 and not last.complete:
        done = f"{last.step:,} of {last.steps_per_epoch:,} batches of its first epoch"
    else:
        done = f"{epochs_done(snapshot)} epochs"
    return f"after {done}; {_KEPT}."


def _completed(snapshot: JobSnapshot) -> str:
    epochs = snapshot.config.epochs
    if snapshot.epochs and snapshot.position < epochs:
        return f"early stopping ended it after {epochs_done(snapshot)} epochs."
    return f"completed {epochs} {'epoch' if epochs == 1 else 'epochs'}."
