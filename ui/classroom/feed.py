"""What is new in a class, for browsers that show it: its curves, and whether its tables are to be drawn again."""

from typing import Final

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from core.classroom.board import Board, Seen
from core.classroom.exercise import exercise_name
from core.errors import ConfigError
from core.figures.class_curves import class_figure, class_lines, class_title
from ui.live.feed import News, known_in
from ui.live.figure import ReadyFigure
from ui.shell.resources import run_store

CHANNEL: Final = "class"
CURVES: Final = "class_curves"
STATE: Final = "class"
"""Always the same: no news have the whole page drawn again."""
NO_NICKNAME: Final = "no nickname yet"
_MOST_BOARDS = 50
_MOST_CURVES = 10


def feed_address(exercise: str) -> str:
    """Where the browser asks, relative to the server’s root."""
    return f"live/class/{exercise}?"


def send_class_news(request: Request) -> Response:
    """Answer with the news of an exercise as JSON; 400 to what cannot be its name."""
    try:
        if exercise_name(name := request.path_params["exercise"]) != name:
            raise ConfigError(name)
    except ConfigError:
        return Response("There is no exercise of this name.", status_code=400, media_type="text/plain")
    known = known_in(request.query_params.get("has", ""))
    return JSONResponse(_news(name).without(known), headers={"Cache-Control": "no-store"})


def look(exercise: str) -> Seen:
    """The runs of an exercise as they are now."""
    return _board(exercise).look()


def look_again(exercise: str) -> None:
    """What this session has just done is to be seen in it at once."""
    _board(exercise).expire()


def curves_of(exercise: str, seen: Seen) -> ReadyFigure:
    """The curves of the runs, by nickname."""
    return _curves(exercise, seen.version, seen)


def title_of(seen: Seen) -> str:
    """What the curves are."""
    return class_title(None if seen.has_all_curves and not seen.has_older else len(seen.curves))


def _news(exercise: str) -> News:
    seen = look(exercise)
    return News(STATE, {CHANNEL: seen.version}, {CURVES: {"figure": curves_of(exercise, seen).json}})


@st.cache_resource(max_entries=_MOST_BOARDS, show_spinner=False)
def _board(exercise: str) -> Board:
    return Board(run_store(), exercise)


# ``version`` is part of the cache's key and nothing else.
@st.cache_resource(max_entries=_MOST_CURVES, show_spinner=False)
def _curves(exercise: str, version: str, _seen: Seen) -> ReadyFigure:  # noqa: ARG001
    names = {name: style for style, name in enumerate([*_seen.nicknames.values(), NO_NICKNAME])}
    runs = [(_seen.nicknames.get(run.owner or "", NO_NICKNAME), _seen.curves.get(run.run_id, ())) for run in _seen.runs]
    return ReadyFigure.of(class_figure(class_lines(runs[::-1]), names, title_of(_seen)))
