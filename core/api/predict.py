"""``POST /api/v1/predict``: what a network makes of the images in a body."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.api.addresses import ADDRESS, Allowance
from core.api.answers import PIECE, Json, encoded
from core.api.batcher import Batcher
from core.api.bodies import MOST_BYTES, Bodies, Body
from core.api.errors import refused
from core.api.headers import Headers, headers_of
from core.api.images import BodyKind, body_kind, images_in
from core.api.large import LargeAnswers
from core.api.networks import Network, Networks
from core.api.queries import run_named
from core.api.shares import Shares
from core.errors import DigitLabError
from core.reading.answers import Answer
from core.reading.sources import Found

_T = TypeVar("_T")
_READERS: Final = 2
_MOST_READ: Final = 100
_MOST_BYTES_READ: Final = 16 * MOST_BYTES
_TOO_MUCH_READ: Final = "Too many large bodies are being read"
_SMALL_BODY: Final = 32_000
_FEW_ANSWERS: Final = 20
_IMAGES_A_REQUEST: Final = 50
"""As many images count as one request more against what an address may ask."""


class Predict:
    """The endpoint, with what requests share.

    Parameters
    ----------
    default
        The run that is meant where none is named.
    """

    def __init__(self, networks: Networks, default: str, allowance: Allowance, large: LargeAnswers) -> None:
        self._networks, self._default, self._allowance, self._large = networks, default, allowance, large
        self._bodies, self._batcher = Bodies(), Batcher()
        self._readers = ThreadPoolExecutor(_READERS, "api-readers")
        self._places, self._bytes = Shares(_MOST_READ, _TOO_MUCH_READ), Shares(_MOST_BYTES_READ, _TOO_MUCH_READ)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; the body of a refused one is read to its end first, within limits."""
        headers = headers_of(scope)
        body = Body(headers, receive, scope.get(ADDRESS, ""))
        try:
            response = await self._answer(scope, headers, body)
            await response(scope, receive, send)
        except DigitLabError as error:
            await self._bodies.discard(body)
            await refused(error)(scope, receive, send)
        except ClientDisconnect:
            return

    async def _answer(self, scope: Scope, headers: Headers, body: Body) -> Response:
        query = scope["query_string"]
        run_id = run_named(QueryParams(query), self._default) if query else self._default
        kind = body_kind(headers.get("content-type", ""))
        network = await self._networks.get(run_id)
        content = await self._bodies.read(body)
        started = time.perf_counter()
        found = await self._images(content, kind, network, body.address)
        if ADDRESS in scope:
            self._allowance.charge(scope[ADDRESS], len(found) / _IMAGES_A_REQUEST)
        answers = await self._batcher.answers(network.reader, found, body.address)
        if len(answers) <= _FEW_ANSWERS:
            return Json(_said(run_id, network, answers, started))
        said = await self._apart(lambda: _said(run_id, network, answers, started), body.address)
        return Json(said) if len(said) <= PIECE else self._large.answer(len(said), lambda: said)

    async def _images(self, content: bytes, kind: BodyKind, network: Network, address: str) -> list[Found]:
        """Read here what is read in a moment: a thread would cost more than it spares."""
        if kind is BodyKind.JSON and len(content) <= _SMALL_BODY:
            return images_in(content, kind, network.framing)
        return await self._apart(lambda: images_in(content, kind, network.framing), address, len(content))

    async def _apart(self, work: Callable[[], _T], address: str, size: int = 0) -> _T:
        """Do it in another thread, so that others are answered meanwhile; refuse it where too much waits for that."""
        with self._places.held(address, 1), self._bytes.held(address, size):
            return await asyncio.get_running_loop().run_in_executor(self._readers, work)


def _said(run_id: str, network: Network, answers: list[Answer], started: float) -> bytes:
    predictions = [answer.fields(network.model.class_names) for answer in answers]
    milliseconds = round((time.perf_counter() - started) * 1_000, 3)
    return encoded({"run_id": run_id, "predictions": predictions, "milliseconds": milliseconds})
