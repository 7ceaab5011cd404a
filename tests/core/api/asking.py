"""Ask an ASGI application in this process, as a server would."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

JSON = "application/json"
HERE, ELSEWHERE = "127.0.0.1", "192.0.2.7"


@dataclass(frozen=True)
class Said:
    """An answer; ``received`` counts the parts of the body that were taken."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: int

    @property
    def value(self) -> Any:
        assert self.headers["content-type"] == JSON, self
        return json.loads(self.body)

    def refused(self, status: int) -> str:
        """One sentence and nothing else."""
        assert self.status == status, self
        assert list(self.value) == ["error"]
        sentence: str = self.value["error"]
        assert sentence.endswith(".")
        assert "Traceback" not in sentence
        return sentence


async def asked(
    app: ASGIApp,
    path: str,
    parts: Iterable[bytes] | AsyncIterator[bytes] = (),
    *,
    method: str = "POST",
    client: str = HERE,
    base: str = "",
    **headers: str,
) -> Said:
    """Send one request, its body in these parts, and return the answer."""
    names = {"host": "localhost:8510"} | {name.replace("_", "-"): value for name, value in headers.items()}
    path, _, query = path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": base,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in names.items()],
        "client": (client, 50_000),
        "server": ("127.0.0.1", 8510),
    }
    coming = parts if isinstance(parts, AsyncIterator) else _each(parts)
    sent: list[dict[str, Any]] = []
    received = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 1
        part = await anext(coming, None)
        return {"type": "http.request", "body": part or b"", "more_body": part is not None}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *bodies = sent
    answered = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
    return Said(start["status"], answered, b"".join(body.get("body", b"") for body in bodies), received)


def ask(app: ASGIApp, path: str, *parts: bytes, **options: Any) -> Said:
    """The same from where nothing waits."""
    return asyncio.run(asked(app, path, parts, **options))


async def _each(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def json_body(images: Any) -> bytes:
    """A body with images ``(N, 28, 28)``, or with whatever else is given."""
    rows = images.reshape(len(images), -1).tolist() if hasattr(images, "reshape") else images
    return json.dumps({"images": rows}).encode()
