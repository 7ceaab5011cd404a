"""Asks an ASGI app without a server and without a network."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import unquote


@dataclass
class Answer:
    """What an app has answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One for all requests, as in a server."""
    return asyncio.new_event_loop()


def ask(
    app: Any, method: str, path: str, *, query: str = "", body: bytes = b"", headers: Mapping[str, str] | None = None
) -> Answer:
    """One request; what the app raises is raised here."""
    answer = Answer()
    sent = [
        (name.lower().encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        for name, value in ({"host": "localhost"} | dict(headers or {})).items()
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode("latin-1", "replace"),
        "root_path": "",
        "query_string": query.encode("latin-1", "replace"),
        "headers": sent,
        "client": ("127.0.0.1", 50_000),
        "server": ("localhost", 80),
        "state": {},
    }
    given = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return given.pop() if given else {"type": "http.disconnect"}

    async def send(message: Mapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            answer.body += message.get("body", b"")

    _loop().run_until_complete(app(scope, receive, send))
    return answer
