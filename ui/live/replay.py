"""The one control of the place in a training run, and what figures of that run show at each place."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, Final

import streamlit as st

from core.config import is_number
from ui.shell.url import checked_param

PARAM: Final = "epoch"
_MOST_EPOCHS: Final = 200
_HTML: Final = """<div class="replay" role="group" aria-label="Replay">
<button type="button" aria-label="Play">▶</button>
<input type="range" min="0" max="0" step="1" disabled>
<select aria-label="Speed"><option value="0.5">½×</option><option value="1" selected>1×</option>
<option value="2">2×</option><option value="4">4×</option></select>
<output></output></div>"""


@dataclass(frozen=True)
class Stop:
    """A place that the control can go to.

    Parameters
    ----------
    name
        As the URL says it, and as :class:`Frames` call it.
    said
        In words, for the eye and for a screen reader.
    """

    name: str
    said: str


@dataclass(frozen=True)
class Frames:
    """What of a figure is different at a place of a run.

    Parameters
    ----------
    run_id
        Whose places they are.
    by_place
        By the place's name: ``{"data": {number of a trace: changed parts of it}, "layout": changed parts of it}``. At
        the newest place, and at those that are not named, the figure is shown as it is.
    """

    run_id: str
    by_place: Mapping[str, Mapping[str, Any]]

    @cached_property
    def json(self) -> str:
        """What the browser gets, written out once."""
        return json.dumps({"run": self.run_id, "places": self.by_place}, separators=(",", ":"))


def show_replay(run_id: str, stops: Sequence[Stop], *, key: str, start: str | None, empty: str) -> None:
    """Show the slider with play, pause and speed; the browser moves it, and the figures with it, by itself.

    While the newest place is shown it follows the run. The place is in the URL as ``epoch``.

    Parameters
    ----------
    start
        Name of the place to begin with; None for the newest.
    empty
        What to say where there is nowhere to go.
    """
    _component()(
        key=key,
        data={
            "run": run_id,
            "places": [{"name": stop.name, "said": stop.said} for stop in stops],
            "start": start,
            "empty": empty,
            "label": "Place in the training run",
        },
        height="content",
    )


def place_in_url() -> float | None:
    """The place that the URL asks for, in epochs; None, after a sentence if it is none, for the newest."""
    return checked_param(
        PARAM, _position, f"The epoch to show must be a number from 0 to {_MOST_EPOCHS}, not “{{value}}”."
    )


def _position(text: str) -> float:
    if not is_number(text) or not 0 <= float(text) <= _MOST_EPOCHS:
        raise ValueError(text)
    return float(text)


@cache
def _component() -> Callable[..., Any]:
    here = files("ui.live")
    component: Callable[..., Any] = st.components.v2.component(
        "digitlab_replay",
        html=_HTML,
        css=here.joinpath("replay.css").read_text(encoding="utf-8"),
        js=here.joinpath("replay.js").read_text(encoding="utf-8"),
        isolate_styles=False,
    )
    return component
