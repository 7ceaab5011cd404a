"""The one control of the place in a training run, and what figures of that run show at each place."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from core.config import is_number
from ui.live.component import component
from ui.shell.url import checked_param

PARAM: Final = "epoch"
_MOST_EPOCHS: Final = 200


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
    component("replay")(
        key=key,
        data={
            "key": key,
            "run": run_id,
            "places": places_for(stops),
            "start": start,
            "empty": empty,
            "label": "Place in the training run",
        },
        height="content",
    )


def places_for(stops: Sequence[Stop]) -> list[dict[str, str]]:
    """Places as the browser gets them."""
    return [{"name": stop.name, "said": stop.said} for stop in stops]


def place_in_url() -> float | None:
    """The place that the URL asks for, in epochs; None, after a sentence if it is none, for the newest."""
    return checked_param(
        PARAM, _position, f"The epoch to show must be a number from 0 to {_MOST_EPOCHS}, not “{{value}}”."
    )


def _position(text: str) -> float:
    if not is_number(text) or not 0 <= float(text) <= _MOST_EPOCHS:
        raise ValueError(text)
    return float(text)
