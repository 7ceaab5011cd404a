"""One widget for each setting, by the kind of its values."""

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from core.config import TrainConfig, setting_range, setting_title
from core.errors import ConfigError
from ui.settings.help import CHOICES, HELP, STEPS
from ui.settings.url import DEFAULTS, NUMPY_HAS_NO, current, write_to_url
from ui.shell.exercise import is_hidden, why_fixed
from ui.shell.url import bound, write_param
from ui.shell.url_values import text

_PLACEHOLDERS = {"widths": "256,128", "teacher": "none", "corrections": "as published"}


def show_setting(name: str, *, off: str = "", most: int | None = None) -> Any:
    """Draw the widget of a setting and return its value.

    Parameters
    ----------
    off
        Why it has no effect at present; it is then disabled, and keeps what it was.
    most
        What the largest step of a slider stands for, where the dataset decides that.
    """
    if is_hidden(name):
        return current(name)
    if (why := why_fixed(name)) or off:
        return _show_disabled(name, why) if why else _show_off(name, off)
    if name in CHOICES:
        return choose(name, _permitted(name))
    if name in STEPS:
        return _steps(name, most)
    if isinstance(getattr(DEFAULTS, name), bool):
        return st.toggle(setting_title(name), **_common(name))
    return _text_field(name) if isinstance(getattr(DEFAULTS, name), str) else _number(name)


def _permitted(name: str) -> dict[str, str]:
    """Words and titles of a choice, without what the backend cannot do."""
    lacking = NUMPY_HAS_NO[name][0] if name in NUMPY_HAS_NO and current("backend") == "numpy" else None
    return {word: title for word, title in CHOICES[name].items() if word != lacking}


def choose(name: str, titles: Mapping[str, str]) -> str:
    """A select box whose words differ from those in the URL; without a choice where an exercise has made it."""
    if is_hidden(name):
        return str(current(name))
    if why := why_fixed(name):
        return str(_show_disabled(name, why, titles.get(current(name), "")))
    common = _written_here(name, write_to_url)
    chosen = st.selectbox(setting_title(name), list(titles), format_func=titles.__getitem__, **common)
    return str(chosen)


def _show_off(name: str, why: str) -> Any:
    """A widget that cannot be used, under a key of its own: its value is neither in the URL nor the session's."""
    value = current(name)
    if name not in st.session_state and name in st.query_params:
        # Left in the URL, it would win over a preset as soon as its widget is there.
        st.session_state[name] = value
        write_param(name)
    return _show_disabled(name, why)


def _show_disabled(name: str, why: str, words: str = "") -> Any:
    """The value of a setting, or what people call it, and the reason why it stays."""
    value = current(name)
    shown = words or (CHOICES[name][value] if name in CHOICES else text(value))
    common: dict[str, Any] = {"key": f"{name}_off", "help": why, "disabled": True}
    st.session_state[f"{name}_off"] = value if isinstance(value, bool) else shown
    if isinstance(value, bool):
        st.toggle(setting_title(name), **common)
    else:
        st.text_input(setting_title(name), **common)
    return value


def _common(name: str) -> dict[str, Any]:
    # Also where it has a state already: the URL says what differs from this value.
    return bound(name) | {"help": HELP[name], "value": getattr(DEFAULTS, name)}


def _written_here(name: str, take: Callable[[str], None]) -> dict[str, Any]:
    """What widgets that Streamlit does not bind have in common: ``take`` brings a change into the URL."""
    st.session_state.setdefault(name, getattr(DEFAULTS, name))
    return {"key": name, "help": HELP[name], "on_change": take, "args": (name,), "persist_state": "session"}


def _steps(name: str, most: int | None) -> Any:
    """A slider over fixed steps, and over any other permitted value that a link or a preset has brought."""
    chosen = {st.session_state.get(name, getattr(DEFAULTS, name)), getattr(DEFAULTS, name)}
    if raw := st.query_params.get(name):
        chosen.add(getattr(TrainConfig.from_mapping({name: raw}), name))
    options = {step for step in STEPS[name] if most is None or step < most} | ({most} if most else set())
    return st.select_slider(setting_title(name), sorted(options | chosen), format_func=text, **_common(name))


def _number(name: str) -> int:
    low, high = setting_range(name)
    return int(st.number_input(setting_title(name), int(low), int(high), step=1, **_common(name)))


def _text_field(name: str) -> str:
    common = _written_here(name, _take_text)
    return str(st.text_input(setting_title(name), placeholder=_PLACEHOLDERS[name], **common))


def _take_text(name: str) -> None:
    """Bring what was typed into its canonical form; what cannot be read is named and taken out."""
    try:
        value = getattr(TrainConfig.from_mapping({name: st.session_state[name]}), name)
    except ConfigError as error:
        st.warning(str(error))
        value = getattr(DEFAULTS, name)
    st.session_state[name] = value
    write_to_url(name)
