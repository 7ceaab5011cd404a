"""The forms that values have in the URL, and the parsers that take nothing else."""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st

from core.config import is_number, is_whole

T = TypeVar("T")


def text(value: Any) -> str:
    """The one form that a value has in the URL: ``0.001``, ``true``, ``256,128``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def one_of(*options: str) -> Callable[[str], str]:
    """A parser that takes these words only."""

    def parse(text: str) -> str:
        if text not in options:
            raise ValueError(text)
        return text

    return parse


def whole_number(low: int, high: int) -> Callable[[str], int]:
    """A parser that takes whole numbers from ``low`` to ``high``, in plain digits."""

    def parse(text: str) -> int:
        if not is_whole(text) or not low <= int(text) <= high:
            raise ValueError(text)
        return int(text)

    return parse


def number_in(*options: float) -> Callable[[str], float]:
    """A parser that takes these numbers only, in plain digits."""

    def parse(text: str) -> float:
        if not is_number(text) or float(text) not in options:
            raise ValueError(text)
        return float(text)

    return parse


def all_given(name: str, parse: Callable[[str], T]) -> Callable[[str], list[T]]:
    """A parser of a parameter that may be there several times: each time it must be right."""
    return lambda _last: [parse(value) for value in st.query_params.get_all(name)]


def span(name: str, low: int, high: int) -> Callable[[str], tuple[int, int]]:
    """A parser of a parameter that is there twice: a lower and an upper end from ``low`` to ``high``."""

    def parse(last: str) -> tuple[int, int]:
        first, second = all_given(name, whole_number(low, high))(last)
        if first > second:
            raise ValueError(name)
        return first, second

    return parse
