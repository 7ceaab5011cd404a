"""Which addresses the server answers to, and what browsers are told besides: a frame around every page and route.

A page of somebody else’s can let its own name point to this machine (DNS rebinding), and is then, to the browser, of
the same origin as the dashboard. What gives it away is the name in the Host header.
"""

from collections.abc import Sequence
from typing import Final

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.api.hosts import is_of_this_machine, shown

_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "content-security-policy": "frame-ancestors 'self'; object-src 'none'; base-uri 'self'",
}
"""Contents are what they are called; addresses, which name runs, stay here; no foreign page frames one of these."""


class KnowHosts:
    """Middleware: a server that listens on this machine alone answers to names of this machine alone.

    Where ``server.allowedHosts`` is set, or the server listens for other machines, names are Streamlit’s business.

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
        if self._is_local_only() and not is_of_this_machine(host):
            await self._refuse(host, scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _is_local_only(self) -> bool:
        address = str(st.get_option("server.address") or "") if self._address is None else self._address
        allowed = st.get_option("server.allowedHosts") if self._allowed is None else self._allowed
        return is_of_this_machine(address) and not allowed

    async def _refuse(self, host: str, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        sentence = (
            f"Digit Lab only listens on this machine and does not answer to “{shown(host)}”: open it as localhost "
            "or, if a proxy passes that name on, start it with --server.allowedHosts and the name."
        )
        await PlainTextResponse(sentence, status_code=421)(scope, receive, send)
