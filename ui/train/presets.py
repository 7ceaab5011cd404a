"""Presets: one row that sets the whole sidebar at once, and shows which of them the sidebar holds."""

import streamlit as st

from core.analysis.percent import percent
from core.config import TrainConfig
from core.presets import PRESETS, Preset
from ui.settings.sidebar import apply_settings
from ui.shell.resources import dataset_entry, engine
from ui.shell.words import duration

_KEY = "train_preset"


def show_presets(config: TrainConfig) -> None:
    """The row; the dataset stays, unless a preset brings its own."""
    active = active_preset(config)
    st.session_state[_KEY] = None if active is None else active.title
    st.segmented_control(
        "Preset",
        [preset.title for preset in PRESETS],
        key=_KEY,
        label_visibility="collapsed",
        wrap=False,
        on_change=_apply,
        args=(config.dataset,),
    )


def active_preset(config: TrainConfig) -> Preset | None:
    """The preset whose settings these are, on whatever dataset."""
    fresh = config.replace(start_from="")
    return next((preset for preset in PRESETS if on_dataset(preset, config.dataset) == fresh), None)


def on_dataset(preset: Preset, dataset: str) -> TrainConfig:
    """What a preset sets where this dataset is chosen."""
    return preset.config if brings_images(preset) else preset.config.replace(dataset=dataset)


def brings_images(preset: Preset) -> bool:
    """Whether a preset is about images of its own."""
    return preset.config.dataset != TrainConfig().dataset


def about_preset(preset: Preset | None) -> str:
    """What it is, what it reproduces, what it reached and how long it takes."""
    if preset is None:
        return "Your own settings, not those of a preset."
    seconds = engine().estimate_seconds(preset.config, dataset_entry(preset.config.dataset))
    parts = (
        f"{preset.title}: {preset.promise}",
        preset.reproduces,
        "It comes with its own images." if brings_images(preset) else "",
        f"Reached {percent(preset.test_accuracy)} on the test set of {dataset_entry(preset.config.dataset).title}.",
        "" if seconds is None else f"Takes about {duration(seconds)} on this machine.",
    )
    return " ".join(part for part in parts if part)


def _apply(dataset: str) -> None:
    """Set what was clicked; a second click on the active one changes nothing."""
    chosen = next((preset for preset in PRESETS if preset.title == st.session_state[_KEY]), None)
    if chosen is not None:
        apply_settings(on_dataset(chosen, dataset))
