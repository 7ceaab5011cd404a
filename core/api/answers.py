"""Answers as JSON."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE: Final = 262_144
"""Bytes that are sent at once: a slow reader has only some of them wait, never a copy of the whole."""
_HEADERS = (
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)


class Json(Response):
    """A body that is JSON already, and that no cache keeps.

    Its headers are made when it is sent: Starlette’s own way takes as long as the answer of a small network.
    """

    def __init__(self, body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        self.body, self.status_code, self.background = body, status, None
        more = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in (headers or {}).items()]
        self.raw_headers = [*_HEADERS, (b"content-length", b"%d" % len(body)), *more]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        start, last = 0, len(self.body) - PIECE
        while start < last:
            await send({"type": "http.response.body", "body": self.body[start : start + PIECE], "more_body": True})
            # Where nothing of it has to wait, others have their turn all the same.
            await asyncio.sleep(0)
            start += PIECE
        await send({"type": "http.response.body", "body": self.body[start:]})


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Json:
    """A value as JSON."""
    return Json(encoded(value), status, headers)


def encoded(value: Any) -> bytes:
    """A value as JSON; a number that is none becomes ``null``, as on the command line."""
    return msgspec.json.encode(value)
