"""Presets: buttons that set the whole sidebar at once."""

import streamlit as st

from core.presets import PRESETS, Preset
from ui.settings.sidebar import apply_settings
from ui.shell.resources import dataset_entry, engine
from ui.shell.words import duration

_PRESETS_IN_A_ROW = 3


def show_presets() -> None:
    """Buttons that set the whole sidebar at once: our own in a row, those of published lessons behind one more."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(":grey[Start from]", width="content")
        for preset in PRESETS[:_PRESETS_IN_A_ROW]:
            st.button(
                preset.title,
                key=f"preset_{preset.name}",
                help=f"{preset.promise} {_reached(preset)}",
                on_click=apply_settings,
                args=(preset.config,),
            )
        with st.popover("More presets", icon=":material/menu_book:", width="content"):
            for preset in PRESETS[_PRESETS_IN_A_ROW:]:
                _show_preset(preset)


def _show_preset(preset: Preset) -> None:
    """A preset with what it reproduces, what it reached and how long it takes."""
    with st.container(border=True):
        st.markdown(f"**{preset.title}**: {preset.promise}")
        st.caption(f"{preset.reproduces} {_reached(preset)}".strip())
        st.button(f"Use {preset.title}", key=f"preset_{preset.name}", on_click=apply_settings, args=(preset.config,))


def _reached(preset: Preset) -> str:
    seconds = engine().estimate_seconds(preset.config, dataset_entry(preset.config.dataset))
    time = "" if seconds is None else f" About {duration(seconds)} here."
    return f"Reached {preset.test_accuracy:.1%} on the test set.{time}"
