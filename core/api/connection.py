"""A connection of ``serve``: an answer leaves in one piece."""

import asyncio
from typing import Any, Final, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_BETWEEN: Final = b"HTTP/1.1 1"
"""How a word begins that is said before the answer, such as 100 Continue."""


class Connection(HttpToolsProtocol):
    """uvicorn’s own, which would send the head of an answer by itself, and its body after that.

    Each of the two is a call of the system and a packet, which together take as long as a small network. And where
    uvicorn sets a timer after each answer, to close what stays idle, and takes it back at the next request, one timer
    looks here how long it has been.
    """

    _idle_since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Have what is written go through one that waits for the rest."""
        super().connection_made(cast("asyncio.Transport", transport))
        self._line = InOnePiece(self.transport)
        self.transport = cast("asyncio.Transport", self._line)

    def on_response_complete(self) -> None:
        """Send what has no body, as the answer to HEAD; then the next request may come."""
        self._line.flush()
        if self.pipeline or self._line.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._look_in(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Close it if it has been idle for the whole time; who is being answered is looked at after that."""
        self.timeout_keep_alive_task = None
        if self._idle_since is None:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._look_in(left)
        else:
            super().timeout_keep_alive_handler()

    def _look_in(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _unset_keepalive_if_required(self) -> None:
        """It is idle no more; the timer stays."""
        self._idle_since = None


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
