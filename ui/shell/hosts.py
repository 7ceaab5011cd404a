"""Which addresses the server answers to, and what browsers are told besides: a frame around every page and route.

A page of somebody else’s can let its own name point to this machine (DNS rebinding), and is then, to the browser, of
the same origin as the dashboard. What gives it away is the name in the Host header.
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.api.hosts import HEALTH, is_of_this_machine, is_probe, shown

_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": "frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
}
"""Contents are what they are called; addresses, which name runs, stay here; no foreign page frames one of these."""
_PROBES: Final = ("/_stcore/health", HEALTH)


class KnowHosts:
    """Middleware: a server that listens on this machine alone answers to names of this machine alone.

    Where ``server.allowedHosts`` is set, every server answers to those names as well and to no others: Streamlit itself
    looks at that list before it opens a WebSocket, and for hardly anything else. Where it is not, a server that listens
    for other machines answers to any name: nobody has said what it is called. Whether the server answers may be asked
    under any name.

    Parameters
    ----------
    address, allowed
        ``server.address`` and ``server.allowedHosts``; as they are set, if left out.
    """

    def __init__(self, app: ASGIApp, address: str | None = None, allowed: Sequence[str] | None = None) -> None:
        self.app, self._address, self._allowed = app, address, allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what asks for another name; add the headers to what is answered."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        host = Headers(scope=scope).get("host", "")
        if not (self._answers_to(host) or _is_probe(scope)):
            await self._refuse(host, scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _answers_to(self, host: str) -> bool:
        if is_of_this_machine(host):
            return True
        allowed = st.get_option("server.allowedHosts") if self._allowed is None else self._allowed
        if allowed:
            return is_among(host, allowed)
        address = str(st.get_option("server.address") or "") if self._address is None else self._address
        return not is_of_this_machine(address)

    async def _refuse(self, host: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        sentence = (
            f"Digit Lab does not answer to “{shown(host)}”: open it on its own machine as localhost or, if it is to "
            "have that name, for instance behind a proxy, start it with --server.allowedHosts and the name."
        )
        await PlainTextResponse(sentence, status_code=421)(scope, receive, send)


def _is_probe(scope: Scope) -> bool:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return is_probe(scope, *(f"/{base}{path}" if base else path for path in _PROBES))


def is_among(host: str, allowed: Sequence[str]) -> bool:
    """Whether a ``Host`` header has one of these names, written as in ``server.allowedHosts``.

    A port does not count, ``*.example.org`` means every name below that one, and ``*`` any at all.
    """
    try:
        parts = urlsplit(f"//{host}")
        name, _whole_number = parts.hostname, parts.port
    except ValueError:
        return False
    if name is None or parts.netloc != host or "@" in host:
        return False
    name = name.rstrip(".")
    patterns = [pattern.strip().lower().rstrip(".") for pattern in allowed]
    return any(
        pattern in ("*", name) or (pattern.startswith("*.") and name.endswith(pattern[1:])) for pattern in patterns
    )
