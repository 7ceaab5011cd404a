"""What browsers are told to load at once: scripts that Streamlit’s page would ask for late, one after another.

Streamlit loads what draws an element when the first of its kind arrives. What every page of ours has is known before.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STATIC: Final = Path(str(files("streamlit") / "static"))
_DRAWN: Final = ("BidiComponent", "Html", "ButtonGroup", "Button")
"""What draws the frame of a page and Home’s first words; a file is called by it, and by a hash of its contents."""
_IMPORTED: Final = re.compile(r'(?:from|import)"\./([\w.-]+\.js)"')


class PreloadScripts:
    """Middleware: name these scripts in the header of Streamlit’s page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the header to the page, and to nothing else."""

        async def send_with_scripts(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html") and preloaded():
                    headers["link"] = preloaded()
            await send(message)

        is_page = scope["type"] == "http" and "/api/" not in scope["path"]
        await self.app(scope, receive, send_with_scripts if is_page else send)


@cache
def preloaded() -> str:
    """The header’s value, addresses relative to the page as in Streamlit’s own; empty if its files have other names."""
    return ", ".join(f"<./static/js/{name}>; rel=modulepreload; crossorigin" for name in _scripts())


def _scripts() -> Iterator[str]:
    """The files that draw these elements, and what they import, but for what the page loads anyway."""
    folder = _STATIC / "static" / "js"
    known = set(re.findall(r"/([\w.-]+\.js)\"", (_STATIC / "index.html").read_text()))
    waiting = [path.name for drawn in _DRAWN for path in sorted(folder.glob(f"{drawn}.*.js"))]
    while waiting:
        name = waiting.pop()
        if name not in known and (folder / name).is_file():
            known.add(name)
            yield name
            waiting += _IMPORTED.findall((folder / name).read_text())
