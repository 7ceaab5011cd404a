"""Which settings differ from the defaults: marked where they are set, said in a line, reset with one button."""

import streamlit as st

from core.config import TrainConfig, setting_title
from core.corrections import corrections_words
from ui.live.sidebar import show_sidebar_opener
from ui.settings.help import CHOICES
from ui.settings.url import DEFAULTS, START, apply_settings
from ui.shell.url_values import text
from ui.shell.words import escape_markdown

FIRST = ("hidden_size", "hidden_layers", "learning_rate", "batch_size", "epochs", "seed")
"""The settings that a beginner sets; the sidebar shows them before all others."""
_BAR = (
    "border-left: 0.25rem solid var(--digitlab-primary); margin-left: -0.75rem; padding-left: 0.5rem; "
    "width: calc(100% + 0.75rem);"
)
_NO_SETTING = ("dataset", START)
"""What is trained on, and from: neither is a setting to reset."""


def changed_settings(config: TrainConfig) -> tuple[str, ...]:
    """Names of the settings that differ from the defaults, the dataset aside."""
    names = (name for name in TrainConfig.model_fields if name not in _NO_SETTING)
    return tuple(name for name in names if getattr(config, name) != getattr(DEFAULTS, name))


def mark_changed(config: TrainConfig) -> None:
    """Put a bar beside the widget of every setting that differs from its default."""
    if names := changed_settings(config):
        chosen = ", ".join(f".st-key-{name}, .st-key-{name}_off" for name in names)
        st.html(f"<style>:is({chosen}) {{ {_BAR} }}</style>")


def show_reset(config: TrainConfig) -> None:
    """How many settings differ from the defaults, and the way back; the dataset stays."""
    count = len(changed_settings(config))
    st.button(
        "Reset to defaults",
        icon=":material/restart_alt:",
        width="stretch",
        disabled=not count,
        help="Sets everything but the dataset back. A bar marks what differs from its default.",
        on_click=apply_settings,
        args=(DEFAULTS.replace(dataset=config.dataset),),
    )


def show_summary(config: TrainConfig, note: str) -> None:
    """The first settings and whatever else differs, in one line, with a button that leads to the widgets.

    Parameters
    ----------
    note
        What else is to be said, behind its question mark.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        show_sidebar_opener("Settings", key="open_settings", focus="hidden_size")
        st.markdown(_summary(config), width="stretch", help=note)


def _summary(config: TrainConfig) -> str:
    changed = changed_settings(config)
    names = (*FIRST, *(name for name in changed if name not in FIRST))
    return " · ".join(_said(name, config, is_changed=name in changed) for name in names)


def _said(name: str, config: TrainConfig, *, is_changed: bool) -> str:
    value = getattr(config, name)
    words = corrections_words(value) if name == "corrections" else CHOICES.get(name, {}).get(value, text(value))
    said = f"{setting_title(name)} {escape_markdown(words)}"
    return f"**:primary[{said}]**" if is_changed else said
