"""Requests as they arrive on a connection: what comes before a body is bounded, in bytes, in number and in time.

uvicorn’s own protocol keeps a head until it ends, however long it gets and however slowly it comes, and looks after an
idle connection only once it has answered something on it. Of requests that come before earlier ones are answered, it
keeps all; it stops reading then, but each answer has it read again as much as a socket holds. An answer that nobody
takes waits for as long as its connection is open.
"""

import asyncio
import json
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES: Final = 65_536
MOST_AHEAD: Final = 100
HEAD_SECONDS: Final = 20.0
TAKING_SECONDS: Final = 60.0
_TOO_LONG: Final = json.dumps(
    {"error": f"The request has more than {MOST_HEAD_BYTES // 1024} KB of address and headers: shorten them."}
).encode()
_REFUSAL: Final = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(_TOO_LONG), _TOO_LONG)
)


class Arrivals(HttpToolsProtocol):
    """Closes what sends no request, nothing or a head without end, more of them than are answered, or takes no answer.

    Where uvicorn sets a timer after each answer and takes it back at the next request, one timer looks here how long it
    has been.

    Attributes
    ----------
    head_seconds
        How long a connection may take to begin its first request, and each head to come.
    taking_seconds
        How long a client may take none of an answer that is too long for the system’s own buffers.
    """

    head_seconds = HEAD_SECONDS
    taking_seconds = TAKING_SECONDS
    _due: float | None = None
    """When the next head must be there; None while a request is being read or answered."""
    _has_begun = False
    _outside_bodies = 0
    """Bytes since the last that belonged to a body or ended a request: a head, or what follows a body’s last chunk."""
    _is_too_much = False
    _until_taken: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request."""
        super().connection_made(transport)
        self._wait(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave no timer behind, which would keep all of it in memory."""
        super().connection_lost(exc)
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None
        self._leave_client()

    def data_received(self, data: bytes) -> None:
        """Read on, unless there has been too much that is part of no body."""
        self._outside_bodies += len(data)
        super().data_received(data)
        if self._outside_bodies > MOST_HEAD_BYTES and not self.transport.is_closing():
            self._is_too_much = True
            self.send_400_response("")

    def on_headers_complete(self) -> None:
        """Take the request, unless its head is too long or too many others wait.

        Raises
        ------
        ValueError
            If so; the parser ends there, and uvicorn refuses what it cannot read.
        """
        if len(self.pipeline) >= MOST_AHEAD or (self._outside_bodies > MOST_HEAD_BYTES and self._has_long_head()):
            self._is_too_much = True
            raise ValueError
        self._due = None
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count from here what is not part of one; its own length is for those who read it."""
        self._outside_bodies = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Count from here what comes before the next one."""
        self._outside_bodies = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong, unless an answer is just being sent, and close."""
        if not self._is_too_much:
            super().send_400_response(msg)
            return
        if self._due is not None:
            self.transport.write(_REFUSAL)
        self.transport.close()

    def on_response_complete(self) -> None:
        """Let the next request come, for which the connection may be idle for a while."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self.flow.resume_reading()
        self._wait(self.timeout_keep_alive)

    def timeout_keep_alive_handler(self) -> None:
        """Close it if nothing has come in time; who is being answered is looked at after that."""
        self.timeout_keep_alive_task = None
        if self._due is None:
            return
        left = self._due - self.loop.time()
        if left > 0:
            self._look_in(left)
        else:
            super().timeout_keep_alive_handler()

    def pause_writing(self) -> None:
        """Look from now on whether the client takes any of what waits for it."""
        super().pause_writing()
        self._watch_client()

    def resume_writing(self) -> None:
        """It has taken nearly all."""
        super().resume_writing()
        self._leave_client()

    def _has_long_head(self) -> bool:
        """Whether it is too long though it has ended: the whole of it may have come at once, and a body with it."""
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MOST_HEAD_BYTES

    def _wait(self, seconds: float) -> None:
        self._due, self._has_begun = self.loop.time() + seconds, False
        timer = self.timeout_keep_alive_task
        if timer is not None and timer.when() <= self._due:
            return
        if timer is not None:
            timer.cancel()
        self._look_in(seconds)

    def _look_in(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def _watch_client(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        self._until_taken = self.loop.call_later(self.taking_seconds, self._give_up_unless_taken, waiting)

    def _leave_client(self) -> None:
        if self._until_taken is not None:
            self._until_taken.cancel()
            self._until_taken = None

    def _give_up_unless_taken(self, waiting: int) -> None:
        """End it where the client has taken none: merely closed, it would still wait for the client."""
        if self.transport.get_write_buffer_size() < waiting:
            self._watch_client()
        else:
            self.transport.abort()

    def _unset_keepalive_if_required(self) -> None:
        """It is idle no more: what has begun to come has its own time. The timer stays."""
        if self._due is not None and not self._has_begun:
            self._has_begun = True
            self._due = self.loop.time() + self.head_seconds
