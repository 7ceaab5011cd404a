"""Home's first button: from a preset to a network that learns."""

import streamlit as st

from core.analysis.percent import percent
from core.presets import Preset, preset_named
from core.training.estimate import load_speed
from ui.jobs.controls import train_from_another_page
from ui.settings.url import apply_settings
from ui.shell.resources import dataset_entry, settings
from ui.shell.words import duration

_PRESET = "home_preset"
_OURS = ("quick", "better", "best")


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
