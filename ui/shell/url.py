"""The URL is input like any other: it is checked at every run, for Back, Forward and a link change it in a session.

A bad value is named once and taken out before a widget is made; a good one is brought into its one form.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from core.errors import DigitLabError
from ui.shell.sentences import say_once
from ui.shell.state import page_state
from ui.shell.url_bindings import goes_through_history, kept_params, release
from ui.shell.url_table import PARAMETERS
from ui.shell.url_values import text, whole_number
from ui.shell.words import escape_markdown

T = TypeVar("T")
_LONGEST_SHOWN = 40


@dataclass
class _Written:
    """What this session has written into the URL.

    Parameters
    ----------
    params
        The last values of each parameter; none where it was taken out.
    """

    params: dict[str, tuple[str, ...]] = field(default_factory=dict)


def checked_param(name: str, parse: Callable[[str], T], sentence: str, *, key: str = "") -> T | None:
    """The parsed query parameter; None where there is none or where it is bad.

    Of a parameter that is there several times the last counts, as in Streamlit.

    Parameters
    ----------
    parse
        Raises ValueError for a bad value, or a DigitLabError, whose own words are then shown: something is gone.
    sentence
        What to tell the user; ``{value}`` stands for what the URL said.
    key
        The key of its widget, if not its name. What the widget itself has written is taken out without a word: another
        choice has changed what there is to choose from, and no link is to blame.
    """
    given = st.query_params.get_all(name)
    if not given:
        return None
    try:
        return parse(given[-1])
    except DigitLabError as error:
        complaint = escape_markdown(str(error))
    except ValueError:
        said = escape_markdown(given[-1][:_LONGEST_SHOWN])
        complaint = "" if _is_of_widget(name, key or name, given) else sentence.replace("{value}", said)
    write_param(name)
    if complaint:
        say_once(complaint)
    return None


def write_param(name: str, *values: str) -> None:
    """Let the URL say this of a parameter, or nothing, also where a widget has bound it.

    Streamlit would refuse to change a bound parameter, and would read what this run began with out of a URL from which
    it is gone. The widget binds it again as soon as it is drawn.
    """
    last = page_state(_Written).params
    # A browser that has yet to hear what was written last goes on to that: what it says now does not stay.
    stays = last.get(name, values) == values
    last[name] = values
    if stays and st.query_params.get_all(name) == list(values):
        return
    is_bound = release(name)
    if values:
        st.query_params[name] = values[0] if len(values) == 1 else values
    elif name in st.query_params:
        del st.query_params[name]
    else:
        # It is gone for the server alone: the browser is told so.
        st.query_params.update({})
    with kept_params() as params:
        params.set_initial_query_params_from_current()
    if is_bound and name in st.session_state:
        # Said again, it is what the widget shows, and what it writes.
        st.session_state[name] = st.session_state[name]


def bound(key: str) -> dict[str, Any]:
    """Keywords of a widget that Streamlit keeps in the URL by itself: numbers, switches and names of classes.

    It writes, and reads, what the page shows: for words there is :func:`choice`.
    """
    return {"key": key, "bind": "query-params", "persist_state": "session"}


def linked(
    key: str,
    parse: Callable[[str], Any],
    default: Any,
    sentence: str,
    *,
    param: str = "",
    always: bool = False,
    on_change: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Keywords that tie a choice to the URL: its state comes from there, and a change is written there.

    For choices whose options have other titles than the URL has words: a bound widget would write, and read, titles.

    Parameters
    ----------
    parse
        Raises ValueError for what the widget could not show.
    sentence
        What to tell the user about a bad value; ``{value}`` stands for it.
    param
        Its name in the URL, if not the key.
    always
        Whether the URL says it even where it is the default.
    on_change
        What else a change means, whether it comes from the widget or from the URL.
    """
    name, change = param or key, on_change or (lambda: None)
    given = checked_param(name, parse, sentence, key=key)
    if given is None and goes_through_history():
        given = default
    before = st.session_state.get(key)
    if given is not None and given != before:
        st.session_state[key] = given
        if before is not None:
            change()
    elif before is None or not _is_permitted(parse, before):
        st.session_state[key] = default

    def take() -> None:
        change()
        write_choice(key, default, param=name, always=always)

    write_choice(key, default, param=name, always=always)
    return {"key": key, "on_change": take, "persist_state": "session"}


def choice(name: str, *, always: bool = False, on_change: Callable[[], None] | None = None) -> dict[str, Any]:
    """Keywords of a control over the identifiers of a parameter: it shows their words, and the URL has the identifiers.

    Parameters
    ----------
    always
        Whether the URL says it even where it is the default.
    on_change
        What else it means that somebody chooses; a link says the rest itself.
    """
    parameter = PARAMETERS[name]
    link = linked(name, parameter.parse, parameter.default, parameter.sentence, always=always)
    write = link["on_change"]

    def take() -> None:
        if on_change is not None:
            on_change()
        write()

    return link | {"options": list(parameter.words), "format_func": parameter.words.__getitem__, "on_change": take}


def check_choice(name: str) -> None:
    """Say one sentence about a value that is none of the identifiers, also where its control is not drawn."""
    checked_param(name, PARAMETERS[name].parse, PARAMETERS[name].sentence)


def write_choice(key: str, default: Any, *, param: str = "", always: bool = False) -> None:
    """Bring the URL in line with the state of a linked choice."""
    value = st.session_state[key]
    write_param(param or key, *([] if value == default and not always else [text(value)]))


def go_to(key: str, value: Any, default: Any) -> None:
    """Set a linked choice from a callback."""
    st.session_state[key] = value
    write_choice(key, default)


def take_former_name(name: str, parse: Callable[[str], object]) -> None:
    """Read what an older link says under a former name, unless it says something else: another page may use it now."""
    former = PARAMETERS[name].former_name
    raw = st.query_params.get(former)
    if raw is None or name in st.query_params or name in st.session_state:
        return
    with suppress(ValueError):
        st.session_state[name] = parse(raw)
        write_param(former)
        write_param(name, raw)


def check_page_param(name: str, pages: int) -> int | None:
    """The page that the URL names; None, after one sentence, where it does not exist.

    Parameters
    ----------
    pages
        How many there are; at least 1.
    """
    known = "there is only one" if pages == 1 else f"it must be a whole number from 1 to {pages:,}"
    return checked_param(name, whole_number(1, pages), f"There is no page “{{value}}”: {known}.")


def _is_of_widget(name: str, key: str, given: Sequence[str]) -> bool:
    """Whether the URL says what a widget of this page has written, or holds.

    A widget that is bound writes the URL of every run but those that Back and Forward begin.
    """
    with kept_params() as params:
        if params.is_bound(name) and not goes_through_history():
            return True
    value = st.session_state.get(key)
    parts = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return bool(parts) and [text(part) for part in parts] == list(given)


def _is_permitted(parse: Callable[[str], object], value: object) -> bool:
    """Whether the widget can show its state: another choice may have changed what there is to choose from."""
    try:
        parse(text(value))
    except (ValueError, DigitLabError):
        return False
    return True
