"""The top of Train: its buttons, the presets and what the settings say, in as little room as they need."""

import streamlit as st

from core.config import TrainConfig
from ui.jobs.controls import show_buttons
from ui.jobs.pace import show_pace
from ui.settings.changed import show_summary
from ui.settings.sidebar import show_settings_in_words
from ui.train.presets import about_preset, active_preset, brings_images, show_presets

_COMPACT = """<style>
.st-key-train_header h1 { padding: 0; line-height: 1.2; }
</style>"""


def show_header(config: TrainConfig, run_id: str) -> None:
    """Title and buttons in a row, the presets in the next, then the settings."""
    st.html(_COMPACT)
    with st.container(gap="xsmall"):
        with st.container(key="train_header", horizontal=True, vertical_alignment="center"):
            st.title("Train", anchor=False, width="content")
            show_buttons(config, run_id)
            show_pace(config, run_id)
        show_presets(config)
        preset = active_preset(config)
        show_summary(config, about_preset(preset))
        own = preset is not None and brings_images(preset)
        show_settings_in_words(config, " This preset comes with its own images." if own else "")
