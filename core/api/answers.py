"""Answers as JSON."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def json_response(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A value as JSON that no cache keeps."""
    return encoded_response(encoded(value), status, headers)


def encoded_response(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON that is encoded already."""
    return Response(body, status, _HEADERS | dict(headers or {}), "application/json")


def encoded(value: Any) -> bytes:
    """A value as JSON; a number that is none becomes ``null``, as on the command line."""
    return msgspec.json.encode(value)
