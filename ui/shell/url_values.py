"""The forms that values have in the URL, and the parsers that take nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import streamlit as st

from core.config import is_number, is_whole, number_text

T = TypeVar("T")


@dataclass(frozen=True)
class Parameter:
    """What the URL may say of a parameter, and what it said in older links.

    Parameters
    ----------
    words
        What the page shows for each identifier, the default first; empty for a parameter that takes other values.
    unknown
        What to tell the user about any other value; ``{value}`` stands for it, ``{known}`` for the identifiers.
    former
        Values of older links, each with its identifier of today.
    former_name
        What older links call the parameter.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    unknown: str = ""
    former: Mapping[str, str] = field(default_factory=dict)
    former_name: str = ""

    @property
    def default(self) -> str:
        """What an address that leaves the parameter out means."""
        return next(iter(self.words))

    @property
    def sentence(self) -> str:
        """About a value that cannot be, with ``{value}`` still open."""
        return self.unknown.replace("{known}", ", ".join(self.words))

    def parse(self, value: str) -> str:
        """The identifier that a value means, in a link of any age; ValueError if it means none."""
        return one_of(*self.words)(self.former.get(value, value))


def text(value: Any) -> str:
    """The one form that a value has in the URL: ``0.001``, ``true``, ``256,128``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, float) else str(value)


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
