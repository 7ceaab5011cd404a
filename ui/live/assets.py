"""The scripts that keep figures live, as the server hands them out: plotly's own and the one that drives it."""

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from ui.live import convolutions, network, units

_FILES: Final = {
    "figure.js": Path(str(files("ui.live") / "figure.js")),
    "plotly.js": Path(str(files("plotly") / "package_data" / "plotly.min.js")),
}
_FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


def routes() -> list[Route]:
    """Where the server hands out the scripts, earlier networks and their weights, below ``server.baseUrlPath``."""
    scripts = [route_below_base(f"live/{{version}}/{name}", _send) for name in _FILES]
    pictures = [
        (network.PATH, network.send_network),
        (units.PATH, units.send_units),
        (convolutions.PATH, convolutions.send_convolutions),
    ]
    return [*scripts, *(route_below_base(path, send) for path, send in pictures)]


def route_below_base(path: str, answer: Callable[[Request], Any]) -> Route:
    """A route of the app below ``server.baseUrlPath``."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return Route(f"/{base}/{path}" if base else f"/{path}", answer)


@cache
def address(name: str) -> str:
    """Address of a script relative to the server's root; it changes with the script, so browsers may keep it."""
    return f"live/{_version(name)}/{name}"


@cache
def _version(name: str) -> str:
    if name == "plotly.js":
        return str(plotly.__version__)
    return hashlib.sha256(_FILES[name].read_bytes()).hexdigest()[:12]


async def _send(request: Request) -> FileResponse:
    name = request.url.path.rsplit("/", 1)[1]
    return FileResponse(_FILES[name], media_type="text/javascript", headers=_FOR_A_YEAR)
