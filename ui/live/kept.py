"""Figures that are drawn once for the same content: a run of a page draws them all, and mostly as they were."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    for part in _parts((draw.__module__, draw.__qualname__, args, kwargs)):
        content.update(part)
    return _kept(content.hexdigest(), lambda: draw(*args, **kwargs))


def _parts(value: Any) -> Iterator[bytes]:
    """Bytes that tell a value from any other."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, str):
        yield f"{len(value)} {value}".encode("utf-8", "surrogatepass")
    elif value is None or isinstance(value, bool | int | float | np.generic):
        yield f"{type(value).__name__} {value!r}".encode()
    else:
        parts = _inside(value)
        yield f"{type(value).__qualname__} {len(parts)}".encode()
        for part in parts:
            yield from _parts(part)


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
