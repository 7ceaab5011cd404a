"""What a request is refused with: a status and one sentence, as JSON, whatever went wrong."""

import logging
from collections.abc import Mapping
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from core.api.answers import json_response
from core.errors import DataError, DigitLabError, RunError

PREFIX: Final = "/api/v1"
logger = logging.getLogger("digitlab.api")


class ApiError(DigitLabError):
    """A request that is not answered.

    Parameters
    ----------
    status
        Of HTTP: 400 and above.
    sentence
        What is wrong and what to do about it.
    headers
        That go with it, such as ``Retry-After``.
    """

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.headers = dict(headers or {})


def refusal(status: int, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    """``{"error": sentence}``."""
    return json_response({"error": sentence}, status, headers)


def refused(error: DigitLabError) -> Response:
    """An expected failure in its own words."""
    if isinstance(error, ApiError):
        return refusal(error.status, str(error), error.headers)
    return refusal(_status_of(error), str(error))


async def on_expected(_request: Request, error: Exception) -> Response:
    """Answer an expected failure of any route."""
    assert isinstance(error, DigitLabError)
    return refused(error)


async def on_http(request: Request, error: Exception) -> Response:
    """What no route answers: an unknown path, or a method that its route does not take."""
    assert isinstance(error, HTTPException)
    path = request.url.path[-80:]
    if error.status_code == 404:
        return refusal(404, f"There is nothing at {path}: {PREFIX}/docs lists what there is.")
    allowed = dict(error.headers or {}).get("Allow", "")
    methods = sorted({method for method in allowed.split(", ") if method})
    if error.status_code == 405:
        return refusal(405, f"{path} takes only {' and '.join(methods)}.", {"Allow": ", ".join(methods)})
    return refusal(error.status_code, f"{error.detail}.", error.headers)


async def on_unexpected(_request: Request, error: Exception) -> Response:
    """Answer an unexpected failure of any route."""
    return unexpected(error)


def unexpected(error: Exception) -> Response:
    """Say calmly that it is not the client’s fault; the traceback is in the log."""
    logger.error("A request failed.", exc_info=error)
    return refusal(500, "Something went wrong here, and it is not your fault: the server’s log says what.")


def _status_of(error: DigitLabError) -> int:
    if isinstance(error, RunError):
        return 404
    return 422 if isinstance(error, DataError) else 503
