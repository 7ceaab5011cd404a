"""Settings in the URL: each under its field's name, checked, and written in its canonical form."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from core.config import NUMPY_LACKS, TrainConfig, setting_title
from core.errors import ConfigError, DataError
from ui.settings.help import CHOICES
from ui.settings.state import SettingsState
from ui.shell.exercise import current_exercise, set_aside, try_again, why_fixed, words_for
from ui.shell.resources import catalogue
from ui.shell.sentences import say_once
from ui.shell.state import page_state
from ui.shell.url import write_param
from ui.shell.url_values import text
from ui.shell.words import escape_markdown

DEFAULTS = TrainConfig()
START = "start_from"
WRITTEN_HERE = ("dataset", *CHOICES, "widths", "teacher", "corrections", START)
"""Settings whose widget would not write the canonical form into the URL, or which have none; others are bound."""
NUMPY_HAS_NO = {"architecture": ("cnn", "CNN"), "optimizer": ("adamw", "AdamW")}
_SETTINGS = tuple(TrainConfig.model_fields)


def settings_query(config: TrainConfig) -> dict[str, str]:
    """The query parameters that open Train with this config.

    Only what differs from the defaults, or from what this session has set: a link brings the whole config.
    """
    values = {name: getattr(config, name) for name in _SETTINGS}
    return {name: text(value) for name, value in values.items() if value != getattr(DEFAULTS, name) or _is_set(name)}


def session_settings() -> TrainConfig:
    """What this session has set, on a page that has no settings of its own."""
    return TrainConfig.from_mapping({name: current_state(name) for name in _SETTINGS})


def apply_settings(config: TrainConfig) -> None:
    """Set every widget to a config; call it from a callback, before the widgets are made."""
    for name in _SETTINGS:
        set_setting(name, getattr(config, name))


def set_setting(name: str, value: Any) -> None:
    """Set one widget, and the URL where the widget does not do so itself; what an exercise fixes stays."""
    if current_exercise().fixes(name):
        return
    if name == START:
        page_state(SettingsState).start_from = value
    else:
        st.session_state[name] = value
    if name in WRITTEN_HERE:
        write_to_url(name)


def fall_back(name: str, why: str, instead: str) -> None:
    """Set a setting to its default because its value cannot be used here, and say so.

    Where an exercise fixes it, one trains without; the leaderboard does not count these runs.
    """
    exercise = current_exercise()
    if name not in exercise.fixed:
        say_once(escape_markdown(f"{why} {instead}"))
        set_setting(name, getattr(DEFAULTS, name))
        return
    fixed = f"{words_for(exercise).capitalize()} fixes {setting_title(name)} at a value that cannot be used here."
    counted = " Runs trained this way do not count in the exercise." if exercise.name else ""
    st.warning(escape_markdown(f"{fixed} {why} {instead}{counted}"))
    set_aside(name)


def current(name: str) -> Any:
    """What a setting is, whether or not its widget is there; the URL has been checked before."""
    if current_exercise().fixes(name) or name == START or name in st.session_state:
        return current_state(name)
    raw = st.query_params.get(name)
    return getattr(DEFAULTS, name) if raw is None else getattr(TrainConfig.from_mapping({name: raw}), name)


def write_to_url(name: str) -> None:
    """Let the URL say what a choice is, unless it is the default."""
    value = getattr(DEFAULTS, name) if current_exercise().fixes(name) else current_state(name)
    write_param(name, *([] if value == getattr(DEFAULTS, name) else [text(value)]))


def current_state(name: str) -> Any:
    """What this session has set, or an exercise has fixed, whatever the URL says."""
    exercise = current_exercise()
    if exercise.fixes(name):
        return exercise.value_of(name)
    return (
        page_state(SettingsState).start_from if name == START else st.session_state.get(name, getattr(DEFAULTS, name))
    )


def check_url() -> None:
    """Name what is wrong with each setting in the URL, and write the rest in the form that widgets understand."""
    try_again()
    before = {name: current_state(name) for name in _SETTINGS}
    for name in _SETTINGS:
        if given := st.query_params.get_all(name):
            _check(name, given)
    _check_dataset()
    _leave_out_what_numpy_lacks(before)
    for name in WRITTEN_HERE:
        write_to_url(name)


def _check(name: str, given: Sequence[str]) -> None:
    if why := why_fixed(name):
        if list(given) != [text(current(name))]:
            st.info(escape_markdown(f"{setting_title(name)} stays at {text(current(name)) or 'none'}: {why}"))
        write_param(name)
        return
    try:
        value = getattr(TrainConfig.from_mapping({name: given[-1]}), name)
    except ConfigError as error:
        say_once(escape_markdown(f"{error} The link’s other settings are kept."))
        write_param(name)
        return
    if name in WRITTEN_HERE:
        set_setting(name, value)
    elif [text(value)] != list(given):
        write_param(name, text(value))
        st.session_state[name] = value


def _check_dataset() -> None:
    try:
        catalogue().entry_to_train_on(current_state("dataset"))
    except DataError as error:
        fall_back("dataset", str(error), "Here is MNIST instead.")


def _leave_out_what_numpy_lacks(before: Mapping[str, Any]) -> None:
    """Put what the NumPy backend cannot do back to its default; one sentence if a link has just asked for it."""
    if current_state("backend") != "numpy":
        return
    asked = []
    for name in ("architecture", "optimizer", *NUMPY_LACKS):
        value = current(name)
        if value == getattr(DEFAULTS, name) or (name in NUMPY_HAS_NO and value != NUMPY_HAS_NO[name][0]):
            continue
        if value != before[name]:
            asked.append(NUMPY_HAS_NO[name][1] if name in NUMPY_HAS_NO else setting_title(name).lower())
        if name not in st.session_state:
            # Not bound yet, so that nothing else takes it out of the URL.
            write_param(name)
        set_setting(name, getattr(DEFAULTS, name))
    if asked:
        say_once(f"The NumPy backend has no {' and no '.join(asked)}: ignored here. Choose PyTorch to use it.")


def _is_set(name: str) -> bool:
    return bool(current_state(name) != getattr(DEFAULTS, name))
