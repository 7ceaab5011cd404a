"""The scripts that keep figures live, as the server hands them out: plotly's own and the one that drives it."""

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.routing import Route

from ui.live.network import PATH, send_network

_FILES: Final = {
    "figure.js": Path(str(files("ui.live") / "figure.js")),
    "plotly.js": Path(str(files("plotly") / "package_data" / "plotly.min.js")),
}
_FOR_A_YEAR = {"Cache-Control": "public, max-age=31536000, immutable"}


def routes() -> list[Route]:
    """Where the server hands out the scripts and earlier networks, below ``server.baseUrlPath``."""
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    root = f"/{base}" if base else ""
    scripts = [Route(f"{root}/live/{{version}}/{name}", _send) for name in _FILES]
    return [*scripts, Route(f"{root}/{PATH}", send_network)]


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
