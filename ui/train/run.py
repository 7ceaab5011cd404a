"""Train: everything about the run that is watched, or the room for the one that would be started."""

from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analysis.advice import Advice
from core.config import TrainConfig
from core.engine.job import JobSnapshot
from core.runs.records import Run
from ui.choices.card import show_card
from ui.choices.doctor import show_doctor
from ui.choices.run import run_title
from ui.jobs.controls import NO_RUN, TRAIN_BUTTON, belongs_to, run_heading, run_of, snapshot_of
from ui.jobs.pace import is_slow, keep_slow
from ui.jobs.queue import show_queue
from ui.live.feed import Next, follow
from ui.live.state import changes_in_place
from ui.live.training_value import show_training_value
from ui.live.version import show_when_new
from ui.results.replay import curve_view, show_places, show_run_replay
from ui.shell.polling import POLL_SECONDS, show_polled
from ui.shell.resources import run_store
from ui.shell.words import escape_markdown
from ui.train.coach import advice_on, show_coach
from ui.train.drawing import show_your_drawing
from ui.train.feed import (
    CHANNEL,
    active_runs,
    drawn_state,
    feed_address,
    newest_address,
    number_texts,
    version_below,
)
from ui.train.inside import show_inside
from ui.train.network import show_drawn_network
from ui.train.progress import show_learning, show_numbers
from ui.train.result import show_result
from ui.train.status import ready_to_train, show_status

_SLOW_SECONDS = 1.0
_NEXT = "A new run with the settings above"
_ROOM = """<style>
.st-key-train_state { min-height: 4rem; }
.st-key-train_result { min-height: 9.5rem; }
.st-key-train_coach { min-height: 4.5rem; }
@media (max-width: 640px) { .st-key-train_state { min-height: 5rem; } .st-key-train_result { min-height: 20rem; }
.st-key-train_coach { min-height: 9rem; } }
</style>"""
"""What has more to say later is as high from the start, so that nothing moves while somebody watches."""


def show_watched_run(run_id: str, config: TrainConfig, before: tuple[bool, bool]) -> None:
    """The run; while there is something to wait for, the browser asks what is new, and the script runs for the rest.

    Parameters
    ----------
    before
        What :func:`ui.train.feed.active_runs` said before the buttons were drawn.
    """
    st.html(_ROOM)
    busy = partial(active_runs, run_id)
    show_polled(_show_first_screen, run_id, config, busy=busy, before=before, seconds=_seconds())
    show_when_new(_show_rest, run_id, config, channel=CHANNEL, version=lambda: version_below(run_id))


def _seconds() -> float | None:
    """How often the script draws the first screen: where the browser cannot ask, and in slow motion."""
    if not changes_in_place():
        return POLL_SECONDS
    return _SLOW_SECONDS if is_slow() else None


def _show_first_screen(run_id: str, config: TrainConfig) -> None:
    """Of the run beside its settings; beside others, or without a run, the room for theirs."""
    ready = ready_to_train(config)
    if run_id == NO_RUN:
        _show_controlled(ready, ready, _NEXT)
        return
    run = run_of(run_id)
    snapshot = snapshot_of(run_id, run)
    keep_slow(snapshot)
    if belongs_to(config, snapshot):
        is_useless = _learned_nothing(advice_on(snapshot))
        _show_controlled(snapshot, snapshot, _about(run, snapshot, config), is_useless=is_useless)
    else:
        _show_controlled(snapshot, ready, _NEXT)


def _show_controlled(snapshot: JobSnapshot, shown: JobSnapshot, about: str, *, is_useless: bool = False) -> None:
    with _show_controls(shown):
        _follow(snapshot, shown)
        _show_top(shown, about, is_useless=is_useless)


def _follow(snapshot: JobSnapshot, shown: JobSnapshot) -> None:
    """Call it before anything that the news change: the first number is asked for while the rest is on its way."""
    can_ask = snapshot.run_id != NO_RUN and any(active_runs(snapshot.run_id)) and changes_in_place()
    address = feed_address(snapshot.run_id, curve_view()) if can_ask else None
    is_ready = shown.run_id == NO_RUN and changes_in_place()
    # Beside the results of one run, the first number of the next has to wait until its curves are drawn.
    following = Next(TRAIN_BUTTON, newest_address(curve_view())) if is_ready else None
    follow(address, key="train_feed", state=drawn_state(snapshot), texts=[number_texts(shown)], following=following)


def _show_rest(run_id: str, config: TrainConfig) -> None:
    """Everything below, which changes with an epoch; a run beside other settings than its own is folded away."""
    if run_id != NO_RUN:
        _show_results(run_id, config)
    show_queue()


def _show_results(run_id: str, config: TrainConfig) -> None:
    run = run_of(run_id)
    snapshot = snapshot_of(run_id, run)
    if belongs_to(config, snapshot):
        _show_details(snapshot, advice_on(snapshot))
    else:
        _show_last(run, snapshot)


def _show_details(snapshot: JobSnapshot, advice: Advice | None, key: str = "train") -> None:
    """What is below the first screen, in the order in which it is read."""
    show_coach(advice, snapshot, key)
    show_drawn_network(snapshot, key)
    show_inside(snapshot, key)
    show_your_drawing(snapshot, key)
    show_result(snapshot, key, is_useless=_learned_nothing(advice))
    with st.container(border=True, key=f"{key}_doctor"):
        show_doctor(snapshot.run_id, page="train", key=key)
    show_card(run_store().summary(snapshot.run_id), page="train", key=f"{key}_card")


def _learned_nothing(advice: Advice | None) -> bool:
    return advice is not None and advice.symptom.learned_nothing


def _show_controls(snapshot: JobSnapshot) -> DeltaGenerator:
    """The controls below the curves, drawn first, for the curves follow them; returns the room above."""
    above = st.container()
    show_run_replay(snapshot, "train")
    _show_training_value(snapshot, "train")
    return above


def _show_training_value(snapshot: JobSnapshot, key: str) -> None:
    show_training_value(snapshot.run_id, snapshot.config, key=key, disabled=not snapshot.epochs)


def _show_top(snapshot: JobSnapshot, about: str, key: str = "train", *, is_useless: bool = False) -> None:
    """What fits on the first screen."""
    with st.container(key=f"{key}_state", gap="xxsmall"):
        show_status(snapshot, is_useless=is_useless)
        st.caption(about)
    show_numbers(snapshot, key)
    show_learning(snapshot, key)


def _show_last(run: Run, snapshot: JobSnapshot) -> None:
    """The run before the settings were changed."""
    title = "The demo run" if run.is_demo else "Last run"
    folded = st.expander(f"{title}: {escape_markdown(run_title(run))}", key="last_run", on_change="rerun")
    if folded.open:
        with folded:
            advice = advice_on(snapshot)
            _show_top(snapshot, run_heading(run), "last", is_useless=_learned_nothing(advice))
            # Its curves are drawn as is chosen above.
            show_places(snapshot, "last")
            _show_training_value(snapshot, "last")
            _show_details(snapshot, advice, "last")


def _about(run: Run, snapshot: JobSnapshot, config: TrainConfig) -> str:
    """Which run it is, and whether the sidebar still says the same."""
    other = "" if snapshot.config == config else " · the sidebar differs from this run; it applies to the next one"
    return f"{run_heading(run)}{other}"
