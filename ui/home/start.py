"""Home's first button: from a preset to a network that learns."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from core.analysis.percent import percent
from core.presets import Preset, preset_named
from core.training.estimate import load_speed
from ui.home.state import HomeState
from ui.jobs.controls import train_from_another_page
from ui.settings.url import apply_settings
from ui.shell.resources import dataset_entry, settings
from ui.shell.state import page_state
from ui.shell.words import duration

_PRESET = "home_preset"
_OURS = ("quick", "better", "best")
_TO_DRAW_SECONDS = 0.5
"""What a browser needs to draw the words and the button when it opens the page."""


@contextmanager
def words_first() -> Iterator[None]:
    """Let a browser that opens the page draw the words before what is loaded inside, and what comes after, reaches it.

    For each kind of element whose script it has yet to load, the page holds a place, and fills none before 0.3 s have
    passed without a new one (React’s limit on how often places are filled): what came at once would keep the button
    back. In a session that has seen the page nothing waits.
    """
    sent = time.monotonic()
    yield
    state = page_state(HomeState)
    if not state.has_drawn:
        time.sleep(max(0.0, _TO_DRAW_SECONDS - (time.monotonic() - sent)))
        state.has_drawn = True


def show_start() -> None:
    """A choice of three presets, what the chosen one promises, and the button."""
    titles = {preset.title: preset for preset in map(preset_named, _OURS)}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        title = st.segmented_control(
            "How accurate should it be?",
            list(titles),
            default=next(iter(titles)),
            required=True,
            key=_PRESET,
        )
        preset = titles[str(title)]
        started = st.button("Train your own", type="primary", icon=":material/play_arrow:")
    st.caption(_promise(preset))
    if started:
        apply_settings(preset.config)
        train_from_another_page(preset.config)


def _promise(preset: Preset) -> str:
    """What it is, what it reached, and how long that takes here, once that has been measured."""
    speed = load_speed(settings().home)
    time = ""
    if speed is not None:
        seconds = speed.estimate(preset.config, dataset_entry(preset.config.dataset))
        time = f" It takes about {duration(seconds)} on this machine."
    return f"{preset.promise} It reached {percent(preset.test_accuracy)} on the test set.{time}"
