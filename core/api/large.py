"""Large answers: one thread makes them, and each counts until its reader has it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from core.api.addresses import ADDRESS, Allowance
from core.api.answers import Json
from core.api.deadlines import Deadlines
from core.api.shares import Shares

_MOST_BYTES: Final = 256_000_000
_SECONDS: Final = 300.0
_BYTES_A_REQUEST: Final = 1_000_000
"""As much counts as one request more against what an address may ask."""


class LargeAnswers:
    """What makes and sends them, with what requests share.

    Parameters
    ----------
    allowance
        Of each address.
    most_bytes
        That all of them may have that are being made or are on their way; one address has a share of them.
    seconds
        How long one may be on its way.
    """

    def __init__(self, allowance: Allowance, most_bytes: int = _MOST_BYTES, seconds: float = _SECONDS) -> None:
        self._allowance = allowance
        self._held = Shares(most_bytes, "Too many large answers are being sent")
        self._deadlines = Deadlines(seconds)
        # While it is made, an answer takes several times its size.
        self._maker = ThreadPoolExecutor(1, "api-answers")

    def answer(self, size: int, make: Callable[[], bytes]) -> Response:
        """An answer of about this many bytes, which ``make`` gives, as JSON.

        Where there is no room for it, it refuses to be sent: :class:`core.api.errors.ApiError`, 503.
        """
        return _Large(self, size, make)

    async def send(self, size: int, make: Callable[[], bytes], scope: Scope, receive: Receive, send: Send) -> None:
        """Make and send one; who does not take it in time gets no more of it."""
        address = scope.get(ADDRESS, "")
        with self._held.held(address, size):
            if address:
                self._allowance.charge(address, size / _BYTES_A_REQUEST)
            answer = Json(await asyncio.get_running_loop().run_in_executor(self._maker, make))
            try:
                async with self._deadlines.within():
                    await answer(scope, receive, send)
            except TimeoutError:
                # The server closes a connection whose answer is not whole.
                return


class _Large(Response):
    """One of them, as a route returns it."""

    def __init__(self, answers: LargeAnswers, size: int, make: Callable[[], bytes]) -> None:
        self._answers, self._size, self._make = answers, size, make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        await self._answers.send(self._size, self._make, scope, receive, send)
