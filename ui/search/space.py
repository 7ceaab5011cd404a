"""What is varied: a range or a list for each setting, kept in the URL as the command line writes it."""

from typing import Any

import streamlit as st

from core.config import NUMPY_LACKS, TrainConfig, setting_options, setting_range, setting_title
from core.errors import ConfigError
from core.search.space import (
    MOST_VARIED,
    Span,
    Values,
    Varied,
    can_vary,
    has_range,
    is_geometric,
    read_varied,
    usual_space,
    why_idle,
    why_same,
)
from ui.search.state import SearchState
from ui.settings.help import CHOICES, HELP, STEPS
from ui.shell.exercise import why_fixed
from ui.shell.state import page_state
from ui.shell.url import write_param
from ui.shell.url_bindings import goes_through_history
from ui.shell.url_values import text
from ui.shell.words import escape_markdown

_PARAM = "vary"
_NAMES = "varied_settings"
_MORE_STEPS = {"epochs": (1, 2, 3, 4, 5, 8, 10, 15, 20, 30, 50, 100, 200)}
_STEPS_OF_OTHERS = 20


def choose_space(config: TrainConfig) -> tuple[Varied, ...]:
    """Let the user choose the settings that trials differ in, and where each may lie.

    Parameters
    ----------
    config
        What the sidebar holds: a setting that has no effect on such a network is not offered.
    """
    _follow_link(config)
    options = [name for name in TrainConfig.model_fields if _is_offered(name, config)]
    st.session_state[_NAMES] = [name for name in st.session_state[_NAMES] if name in options]
    names = st.multiselect(
        "Settings to vary",
        options,
        key=_NAMES,
        persist_state="session",
        format_func=setting_title,
        max_selections=MOST_VARIED,
        help="All others stay as in the sidebar. Settings that decide which images judge a network cannot be varied.",
    )
    space = tuple(varied for name in names if (varied := _show_varied(name)) is not None)
    _write(space, config)
    return space


def _is_offered(name: str, config: TrainConfig) -> bool:
    lacks = config.backend == "numpy" and name in NUMPY_LACKS
    why_not = why_idle(name, config) or why_same(name, config) or why_fixed(name)
    return can_vary(name) and not lacks and not why_not


def _show_varied(name: str) -> Varied | None:
    """The widget of one setting; None while nothing is chosen."""
    if has_range(name) and name not in page_state(SearchState).lists:
        return _show_range(name)
    options: list[Any] = list(CHOICES[name]) if name in CHOICES else _listable(name)
    key = f"vary_{name}_values"
    st.session_state.setdefault(key, options)
    chosen = st.pills(
        setting_title(name),
        sorted({*options, *st.session_state[key]}, key=options.index) if name in CHOICES else options,
        key=key,
        persist_state="session",
        selection_mode="multi",
        format_func=lambda value: CHOICES[name][value] if name in CHOICES else text(value),
        help=HELP[name],
    )
    return Values(name, tuple(chosen)) if chosen else None


def _show_range(name: str) -> Varied:
    state, steps = page_state(SearchState), _steps(name)
    begins = state.spans.get(name, (steps[0], steps[-1]))
    low, high = st.select_slider(
        setting_title(name),
        sorted({*steps, *begins}),
        begins,
        key=f"vary_{name}_{state.links}",
        persist_state="session",
        format_func=text,
        help=HELP[name],
    )
    is_log = state.scales.get(name, is_geometric(name)) and low > 0
    return Values(name, (low,)) if low == high else Span(name, low, high, is_log)


def _listable(name: str) -> list[Any]:
    if has_range(name):
        return sorted({*_steps(name), *st.session_state.get(f"vary_{name}_values", ())})
    # A switch.
    return [option == "true" for option in setting_options(name)]


def _steps(name: str) -> tuple[Any, ...]:
    if name in STEPS or name in _MORE_STEPS:
        return STEPS.get(name) or _MORE_STEPS[name]
    low, high = setting_range(name)
    kind = type(getattr(TrainConfig(), name))
    values = (low + (high - low) * step / _STEPS_OF_OTHERS for step in range(_STEPS_OF_OTHERS + 1))
    return tuple(dict.fromkeys(kind(round(value, 4)) for value in values))


def _follow_link(config: TrainConfig) -> None:
    """Take what the URL says, if it is not what this page has written; a bad part of it is named and left out."""
    state, given = page_state(SearchState), tuple(st.query_params.get_all(_PARAM))
    is_link = given != state.written and (bool(given) or goes_through_history())
    if _NAMES in st.session_state and not is_link:
        return
    space = []
    for said in given:
        try:
            space.append(read_varied(said))
        except ConfigError as error:
            st.warning(escape_markdown(str(error)))
    _take(tuple(space) or usual_space(config))


def _take(space: tuple[Varied, ...]) -> None:
    state = page_state(SearchState)
    state.links += 1
    st.session_state[_NAMES] = list(dict.fromkeys(varied.name for varied in space))[:MOST_VARIED]
    for varied in space:
        if isinstance(varied, Span):
            state.scales[varied.name] = varied.is_log
            state.lists.discard(varied.name)
            state.spans[varied.name] = (_kept(varied.name, varied.low), _kept(varied.name, varied.high))
        else:
            if has_range(varied.name):
                state.lists.add(varied.name)
            st.session_state[f"vary_{varied.name}_values"] = list(varied.values)


def _kept(name: str, value: float) -> Any:
    """A value as the setting has it: the slider knows 64 and 64.0 apart."""
    return type(getattr(TrainConfig(), name))(value)


def _write(space: tuple[Varied, ...], config: TrainConfig) -> None:
    """Bring the URL in line: it says nothing where nothing differs from what is usual."""
    texts = tuple(varied.text() for varied in space)
    usual = tuple(varied.text() for varied in usual_space(config))
    page_state(SearchState).written = () if texts == usual else texts
    write_param(_PARAM, *page_state(SearchState).written)
