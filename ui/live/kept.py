"""Figures that are drawn once for the same content: a run of a page draws them all, and mostly as they were."""

import hashlib
import pickle
from collections.abc import Callable
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from ui.live.figure import ReadyFigure


def kept_figure(draw: Callable[..., go.Figure], /, *args: Any, **kwargs: Any) -> ReadyFigure:
    """What ``draw(*args, **kwargs)`` gives, from what is kept if it has been drawn with the same content before.

    Parameters
    ----------
    draw
        A function of a module, whose figure depends on its arguments alone.
    """
    # Written and never read: the bytes only tell contents apart.
    content = pickle.dumps((draw.__module__, draw.__qualname__, args, kwargs))
    return _kept(hashlib.blake2b(content, digest_size=16).hexdigest(), lambda: draw(*args, **kwargs))


@st.cache_resource(max_entries=64, show_spinner=False)
def _kept(content: str, _draw: Callable[[], go.Figure]) -> ReadyFigure:  # noqa: ARG001
    return ReadyFigure.of(_draw())
