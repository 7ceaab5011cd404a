"""Figures that are drawn once for the same content: a run of a page draws them all, and mostly as they were."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from ui.live.figure import ReadyFigure


def kept_figure(draw: Callable[..., go.Figure], /, *args: Any, **kwargs: Any) -> ReadyFigure:
    """What ``draw(*args, **kwargs)`` gives, from what is kept if it has been drawn with the same content before.

    Parameters
    ----------
    draw
        A function of a module, whose figure depends on its arguments alone: numbers, texts, arrays, and dataclasses,
        sequences, sets and mappings of them.
    """
    content = hashlib.blake2b(digest_size=16)
    _add(content, (draw.__module__, draw.__qualname__, args, kwargs))
    return _kept(content.hexdigest(), lambda: draw(*args, **kwargs))


def _add(content: "hashlib.blake2b", value: Any) -> None:
    """Bytes that tell a value from any other."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        content.update(f"{value.dtype.str}{value.shape}".encode())
        content.update(np.ascontiguousarray(value).data if value.size else b"")
    elif isinstance(value, str):
        content.update(f"{len(value)} {value}".encode("utf-8", "surrogatepass"))
    elif value is None or isinstance(value, bool | int | float | np.generic):
        content.update(f"{type(value).__name__} {value!r}".encode())
    elif type(value) is list and all(type(part) is str for part in value):
        # A thousand texts for the pointer: at one go, for this is done in every run of a page.
        content.update(f"texts {json.dumps(value)}".encode())
    else:
        parts = _inside(value)
        content.update(f"{type(value).__qualname__} {len(parts)}".encode())
        for part in parts:
            _add(content, part)


def _inside(value: Any) -> Sequence[Any]:
    if is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in fields(value)]
    if isinstance(value, Mapping):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, AbstractSet):
        return sorted(value, key=repr)
    if isinstance(value, Sequence | np.ndarray):
        return list(value)
    raise TypeError(f"A figure cannot be kept by a {type(value).__name__}.")


@st.cache_resource(max_entries=64, show_spinner=False)
def _kept(content: str, _draw: Callable[[], go.Figure]) -> ReadyFigure:  # noqa: ARG001
    return ReadyFigure.of(_draw())
