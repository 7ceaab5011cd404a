"""What ``serve`` writes: each answer at once, and nothing left behind or out of order."""

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import pytest
import uvicorn
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from core.api.answers import Json
from core.api.arrivals import MOST_HEAD_BYTES
from core.api.connection import Connection


class Line:
    """A transport that notes what is written to it, piece by piece."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.received = 0
        self.closed = asyncio.Event()

    @property
    def is_closed(self) -> bool:
        return self.closed.is_set()

    def get_extra_info(self, _name: str, default: Any = None) -> Any:
        return default

    def write(self, data: bytes) -> None:
        assert not self.is_closed
        self.written.append(bytes(data))

    def close(self) -> None:
        self.closed.set()

    def is_closing(self) -> bool:
        return self.is_closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


def connection_for(app: ASGIApp) -> Connection:
    options: dict[str, Any] = {"lifespan": "off", "ws": "none", "server_header": False, "log_level": "error"}
    config = uvicorn.Config(app, http=Connection, **options)
    config.load()
    return Connection(config, ServerState(), {}, _loop=asyncio.get_running_loop())


def said(app: ASGIApp, *sent: bytes, idle: float = 5.0, head: float = 30.0, wait: float = 0.0) -> Line:
    """What a connection answers to these pieces, until it closes.

    It may be ``idle`` for some seconds, and a ``head`` may take some, and ends after ``wait``.
    """

    async def go() -> Line:
        line, connection = Line(), connection_for(app)
        connection.timeout_keep_alive = idle  # type: ignore[assignment]
        connection.head_seconds = head
        connection.connection_made(cast("asyncio.Transport", line))
        for piece in sent:
            if line.is_closed:
                break
            line.received += len(piece)
            connection.data_received(piece)
            await asyncio.sleep(0.01)
        with suppress(TimeoutError):
            await asyncio.wait_for(line.closed.wait(), wait)
        return line

    return asyncio.run(go())


def answering(answer: Callable[[bytes], Response]) -> ASGIApp:
    """An application that reads a whole body and answers it."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await answer(body)(scope, receive, send)

    return app


def request(body: bytes, method: str = "POST", **headers: str) -> bytes:
    lines = [f"{method} / HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode() + body


def test_head_and_body_leave_together_and_in_order() -> None:
    line = said(answering(lambda body: Response(body * 2)), request(b"ab") + request(b"cd"), request(b"ef"))
    assert [one.partition(b"\r\n\r\n")[2] for one in line.written] == [b"abab", b"cdcd", b"efef"]
    assert all(one.startswith(b"HTTP/1.1 200 OK\r\n") for one in line.written)
    assert not line.is_closed


@pytest.mark.parametrize(("method", "status", "body"), [("HEAD", 200, b"four"), ("GET", 204, b""), ("GET", 200, b"")])
def test_a_head_without_a_body_is_not_kept(method: str, status: int, body: bytes) -> None:
    line = said(answering(lambda _: Response(body, status)), request(b"", method))
    (head,) = [one for one in line.written if one]
    assert head.startswith(b"HTTP/1.1 %d" % status)
    assert head.endswith(b"\r\n\r\n")


def test_all_of_it_is_sent_before_the_connection_closes() -> None:
    line = said(answering(lambda _: Response("last")), request(b"", Connection="close"))
    assert line.is_closed
    assert b"".join(line.written).endswith(b"\r\n\r\nlast")


def test_who_waits_for_a_word_gets_it_before_anything_else_is_sent() -> None:
    head, _, body = request(b"x" * 9, Expect="100-continue").partition(b"\r\n\r\n")
    line = said(answering(Response), head + b"\r\n\r\n", body)
    first, second = line.written
    assert first == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert second.endswith(b"\r\n\r\n" + b"x" * 9)


def test_parts_of_a_long_answer_come_one_after_the_other_and_an_unfinished_one_is_cut() -> None:
    async def parts() -> Any:
        yield b"one"
        yield b"two"
        raise KeyError

    line = said(answering(lambda _: StreamingResponse(parts())), request(b"", "GET"))
    head, second = line.written
    assert head.endswith(b"\r\n\r\n3\r\none\r\n")
    assert second == b"3\r\ntwo\r\n"
    assert line.is_closed


def test_what_is_not_http_is_told_so() -> None:
    line = said(answering(lambda _: Response()), b"nonsense\r\n\r\n")
    assert line.is_closed
    assert b"".join(line.written).startswith(b"HTTP/1.1 400 ")


def test_an_idle_connection_closes_and_one_that_is_being_answered_or_asked_does_not() -> None:
    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.2)
        await Response("late")(scope, receive, send)

    assert said(answering(lambda _: Response("soon")), request(b"a"), idle=0.05, wait=30).is_closed
    again = said(late, request(b"a"), request(b"b"), idle=0.05, wait=30)
    assert [one.partition(b"\r\n\r\n")[2] for one in again.written] == [b"late", b"late"]
    assert again.is_closed
    # Its second request must have begun before it has been idle for too long, however busy the machine is.
    half = said(answering(lambda _: Response("soon")), request(b"a"), request(b"b")[:20], idle=1.5, wait=2)
    assert not half.is_closed


def refused(line: Line) -> bool:
    """Whether all that was said is that there is too much before a body."""
    (answer,) = line.written
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert list(json.loads(body)) == ["error"]
    return line.is_closed


BEGINNINGS = {
    "a header": b"GET / HTTP/1.1\r\nX: ",
    "a name": b"GET / HTTP/1.1\r\nX",
    "an address": b"GET /",
    "what follows a body": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX: ",
}


@pytest.mark.parametrize("begin", BEGINNINGS.values(), ids=BEGINNINGS)
def test_a_head_without_end_is_not_kept(begin: bytes) -> None:
    line = said(answering(Response), begin, *[b"a" * 10_000] * 100)
    assert line.is_closed
    assert line.received < 2 * MOST_HEAD_BYTES
    if b"POST" not in begin:
        assert refused(line)


def test_many_headers_and_a_head_that_comes_all_at_once_are_refused_as_well() -> None:
    many = b"GET / HTTP/1.1\r\n" + b"X: aaaaaaaa\r\n" * 10_000
    assert refused(said(answering(Response), many + b"\r\n"))
    assert refused(said(answering(Response), *[many[start : start + 9_000] for start in range(0, len(many), 9_000)]))


def test_requests_that_wait_for_earlier_ones_are_not_kept_without_end() -> None:
    some = said(answering(Response), request(b"x") * 99 + request(b"y", Connection="close"), wait=30)
    assert [one[-1:] for one in some.written] == [b"x"] * 99 + [b"y"]
    assert said(answering(Response), request(b"x") * 102).is_closed


@pytest.mark.parametrize("length", [b"Content-Length: 400000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_a_long_head_and_a_long_body_are_read(length: bytes) -> None:
    """In one piece, and in pieces of which each has the end of one and the beginning of the next."""
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\n" + length + b"X: " + b"a" * 60_000 + b"\r\n\r\n"
    chunk = b"fa\r\n" + b"b" * 250 + b"\r\n"
    whole = head + (b"b" * 400_000 if b"Content" in length else chunk * 1_600 + b"0\r\n\r\n")
    for step in (len(whole) * 2, 100_000):
        both = whole + whole.replace(b"Host: localhost\r\n", b"Host: localhost\r\nConnection: close\r\n")
        line = said(answering(Response), *[both[start : start + step] for start in range(0, len(both), step)], wait=30)
        assert [one.partition(b"\r\n\r\n")[2] for one in line.written] == [b"b" * 400_000] * 2


def test_who_sends_nothing_or_no_whole_head_is_not_waited_for() -> None:
    assert said(answering(Response), head=0.05, wait=30).is_closed
    slow = said(answering(Response), b"GET / HTTP/1.1\r\n", *[b"X: a\r\n"] * 3_000, head=0.05)
    assert slow.is_closed
    assert slow.received < 3_000
    # Nor again after an answer, however long it may be idle.
    again = said(answering(Response), request(b"a"), b"GET / HTTP/1.1\r\n", *[b"X: a\r\n"] * 3_000, head=0.2, idle=30)
    assert again.is_closed
    assert len(again.written) == 1


def test_who_takes_some_of_an_answer_is_waited_for_and_who_takes_none_is_not() -> None:
    left = [90_000, 60_000, 30_000, 30_000, 0]

    class Taken(Line):
        def get_write_buffer_size(self) -> int:
            return left.pop(0)

        def abort(self) -> None:
            self.closed.set()

    async def go() -> None:
        line, connection = Taken(), connection_for(answering(Response))
        connection.taking_seconds = 0.001
        connection.connection_made(cast("asyncio.Transport", line))
        connection.pause_writing()
        await asyncio.wait_for(line.closed.wait(), 30)
        connection.connection_lost(None)
        assert left == [0]

    asyncio.run(go())


def test_an_answer_that_nobody_takes_ends_with_its_connection() -> None:
    """Over a socket, whose buffers are the system’s; until then only a few pieces wait in the server’s own."""
    ended: list[int] = []

    async def go() -> None:
        full, over = asyncio.Event(), asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await Json(bytes(40_000_000))(scope, receive, send)
            over.set()

        connection = connection_for(app)
        connection.taking_seconds = 0.1
        pause = connection.pause_writing

        def pause_and_say_so() -> None:
            pause()
            full.set()

        connection.pause_writing = pause_and_say_so  # type: ignore[method-assign]
        server = await asyncio.get_running_loop().create_server(lambda: connection, "127.0.0.1", 0)
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            client.connect(server.sockets[0].getsockname())
            client.sendall(request(b"", "GET"))
            await asyncio.wait_for(full.wait(), 30)
            ended.append(connection.transport.get_write_buffer_size())
            await asyncio.wait_for(over.wait(), 30)
            ended.append(connection.transport.get_write_buffer_size())
        server.close()

    asyncio.run(go())
    assert 0 < ended[0] < 1_000_000
    assert ended[1] == 0
