"""Reads what requests send along: never more than is allowed, for no longer, and of all together only so much."""

from typing import Final

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from core.api.deadlines import Deadlines
from core.api.errors import ApiError
from core.api.headers import Headers
from core.api.shares import Shares

MOST_BYTES: Final = 10_000_000
_MOST_HELD: Final = 16 * MOST_BYTES
_SECONDS: Final = 30.0
# Who does not ask first reads no answer before everything is sent: so much is read and thrown away.
_MOST_DISCARDED: Final = 8 * MOST_BYTES
_TOO_LARGE: Final = f"The body is larger than {MOST_BYTES // 10**6} MB: send fewer images, or a smaller picture."


class Body:
    """What one request sends along, as it comes.

    Parameters
    ----------
    address
        Of who sends it; empty for programs on this machine.

    Attributes
    ----------
    has_ended
        Whether all of it has come.
    is_given_up
        Whether the rest is not waited for.
    """

    def __init__(self, headers: Headers, receive: Receive, address: str = "") -> None:
        self.headers, self.address = headers, address
        self.has_ended = self.is_given_up = False
        self._receive = receive
        self._is_asked_for = headers.get("expect", "").lower() != "100-continue"

    @property
    def declared(self) -> int:
        """Bytes that are announced; 0 where none are, or it is not a number."""
        text = self.headers.get("content-length", "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0

    @property
    def is_coming(self) -> bool:
        """Whether the rest comes whatever is said; curl waits for a word before it sends much."""
        return self._is_asked_for and not self.has_ended and not self.is_given_up

    async def part(self) -> bytes:
        """The next of it.

        Raises
        ------
        ClientDisconnect
            If the sender is gone.
        """
        self._is_asked_for = True
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self.has_ended = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part


class Bodies:
    """Reads bodies, and counts what those hold that are still coming.

    Parameters
    ----------
    most_held
        Bytes that all unfinished bodies together may have in memory; one address has a share of them.
    seconds
        How long a body may take to come.
    """

    def __init__(self, most_held: int = _MOST_HELD, seconds: float = _SECONDS) -> None:
        self._held, self._seconds = Shares(most_held, "Too many large bodies at once"), seconds
        self._deadlines = Deadlines(seconds)

    async def read(self, body: Body) -> bytes:
        """All of it.

        Raises
        ------
        ApiError
            415 if it is compressed, 413 if it is too large, 408 if it comes too slowly, 503 if too many others come.
        ClientDisconnect
            If the sender is gone.
        """
        if body.headers.get("content-encoding", "identity").lower() != "identity":
            raise ApiError(415, "Compressed bodies are not supported: send it without a Content-Encoding.")
        if body.declared > MOST_BYTES:
            raise ApiError(413, _TOO_LARGE)
        try:
            async with self._deadlines.within():
                first = await body.part()
                if not body.has_ended:
                    return await self._read_on(first, body)
        except TimeoutError:
            body.is_given_up = True
            sentence = f"The body did not arrive within {self._seconds:g} seconds: send less at once."
            raise ApiError(408, sentence, {"Connection": "close"}) from None
        if len(first) > MOST_BYTES:
            raise ApiError(413, _TOO_LARGE)
        return first

    async def discard(self, body: Body) -> None:
        """Read the rest and keep none of it, within limits: only then does the sender get the response."""
        discarded = 0
        try:
            async with self._deadlines.within():
                while body.is_coming and discarded < _MOST_DISCARDED:
                    discarded += len(await body.part())
        except (TimeoutError, ClientDisconnect):
            return

    async def _read_on(self, part: bytes, body: Body) -> bytes:
        parts: list[bytes] = []
        size = 0
        try:
            while True:
                self._held.take(body.address, len(part))
                size += len(part)
                if size > MOST_BYTES:
                    raise ApiError(413, _TOO_LARGE)
                parts.append(part)
                if body.has_ended:
                    return b"".join(parts)
                part = await body.part()
        finally:
            self._held.give_back(body.address, size)
