"""A connection of ``serve``: an answer leaves in one piece."""

import asyncio
from typing import Any, Final, cast

from core.api.arrivals import Arrivals

_BETWEEN: Final = b"HTTP/1.1 1"
"""How a word begins that is said before the answer, such as 100 Continue."""


class Connection(Arrivals):
    """uvicorn’s own would send the head of an answer by itself, and its body after that.

    Each of the two is a call of the system and a packet, which together take as long as a small network.
    """

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have what is written go through one that waits for the rest."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._line = InOnePiece(self.transport)
        self.transport = cast("asyncio.Transport", self._line)

    def on_response_complete(self) -> None:
        """Send what has no body, as the answer to HEAD; then the next request may come."""
        self._line.flush()
        super().on_response_complete()


class InOnePiece:
    """A transport that keeps the head of an answer until the beginning of its body comes.

    Parameters
    ----------
    transport
        What sends.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send it, unless it is a head and nothing else."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.endswith(b"\r\n\r\n") and data.startswith(b"HTTP/") and not data.startswith(_BETWEEN):
            self._head = data
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send what was kept."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def close(self) -> None:
        """Send what was kept, and no more."""
        self.flush()
        self._transport.close()

    def is_closing(self) -> bool:
        """Whether it is being closed."""
        return self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport’s own."""
        return getattr(self._transport, name)
