"""Who a browser is: a random id in a cookie, so that a reload finds its own runs again.

The cookie comes with the page itself, and the browser sends it along when the page connects: nothing waits for it, and
no script reads it. It is in no link, in no archive, and no page shows it.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.shell.state import page_state

COOKIE: Final = "digitlab_browser"
_ID = re.compile(r"[0-9a-f]{32}")
_A_YEAR = 365 * 24 * 3600


@dataclass
class Visit:
    """A session that nothing ties to another.

    Parameters
    ----------
    session_id
        Random.
    """

    session_id: str = field(default_factory=lambda: uuid.uuid4().hex)


def browser_id() -> str:
    """The id of the browser that shows this session; one of the session’s own where no cookie is taken."""
    return known_id(st.context.cookies) or page_state(Visit).session_id


def known_id(cookies: Mapping[str, str]) -> str | None:
    """The id among a browser’s cookies, if there is one that can have been given here."""
    given = cookies.get(COOKIE)
    # Without a browser, as in tests of pages, it is not text.
    return given if isinstance(given, str) and _ID.fullmatch(given) else None


class KnowBrowsers:
    """Middleware: with each page, and nothing but pages, a browser is given its id, or again the one that it has.

    A page that has not changed since the browser kept it (304) is one of them: its cookies may be gone meanwhile.
    """

    def __init__(self, app: ASGIApp, path: str = "/") -> None:
        self.app, self.path = app, path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; add the cookie to what is a page."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers, asked = MutableHeaders(scope=message), Headers(scope=scope)
                # Of what is not sent again the answer does not say what it is; it is what was asked for.
                kind = asked.get("accept", "") if message["status"] == 304 else headers.get("content-type", "")
                if kind.startswith("text/html"):
                    given = known_id(cookie_parser(asked.get("cookie", ""))) or uuid.uuid4().hex
                    headers.append("set-cookie", self._cookie(given, is_secure=scope["scheme"] == "https"))
            await send(message)

        await self.app(scope, receive, send_with_id)

    def _cookie(self, value: str, *, is_secure: bool) -> str:
        secure = "; Secure" if is_secure else ""
        return f"{COOKIE}={value}; Path={self.path}; Max-Age={_A_YEAR}; HttpOnly; SameSite=Lax{secure}"
