"""What a server answers to those who come without a browser: other origins, other names, paths that lead out."""

import http.client
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from scripts.serve import Server

FOREIGN = "https://rebound.example"


def request(server: Server, method: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """One request whose path nobody tidies; status, headers by their lower-case names, body."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    connection.request(method, path, headers=headers)
    answer = connection.getresponse()
    content = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return content


def test_a_foreign_page_opens_no_session(server: Server) -> None:
    address = server.url.replace("http://", "ws://") + "/_stcore/stream"
    rebound = f"ws://rebound.example:{urlsplit(server.url).port}/_stcore/stream"
    for asked, origin in ((address, FOREIGN), (rebound, FOREIGN), (rebound, rebound.replace("ws:", "http:"))):
        with (
            socket.create_connection(("localhost", urlsplit(server.url).port or 0)) as ours,
            pytest.raises(InvalidStatus) as caught,
        ):
            connect(asked, sock=ours, subprotocols=["streamlit"], origin=origin)  # type: ignore[arg-type,list-item]
        assert caught.value.response.status_code == 403
    with connect(address, subprotocols=["streamlit"], origin=server.url):  # type: ignore[arg-type,list-item]
        pass


@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/live/run/demo", "/_stcore/host-config"])
def test_no_answer_is_for_foreign_pages(server: Server, path: str) -> None:
    _status, headers, _body = request(server, "GET", path, Origin=FOREIGN)
    assert headers.get("access-control-allow-origin") is None
    assert headers["x-content-type-options"] == "nosniff"
    status, _headers, body = request(server, "GET", path, Host="rebound.example:8501")
    if path == "/_stcore/health":
        assert (status, body) == (200, b"ok"), "a probe calls the server by its IP address, and is told nothing else"
    else:
        assert status == 421
        assert b"does not answer to" in body


def test_no_file_is_uploaded_without_a_session(server: Server) -> None:
    path = "/_stcore/upload_file/00000000-0000-0000-0000-000000000000/x"
    for method in ("PUT", "DELETE"):
        status, _headers, _body = request(server, method, path, Origin=FOREIGN)
        assert status in (400, 403), method
    assert request(server, "GET", path)[2] == request(server, "GET", "/")[2], "there is nothing but the page"


def test_a_head_without_end_is_refused(server: Server) -> None:
    """Streamlit’s own uvicorn would keep all of it."""
    with socket.create_connection(("localhost", urlsplit(server.url).port or 0), timeout=60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ")
        with suppress(ConnectionError):
            for _ in range(1_000):
                connection.sendall(b"a" * 10_000)
            pytest.fail("ten million bytes of one header were taken")
    assert request(server, "GET", "/_stcore/health")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc/passwd",
        "/static/..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/app/static/..%2f..%2fapp.py",
        "/media/..%2f..%2fdigitlab.db",
        "/component/streamlit_drawable_canvas/..%2f..%2f..%2f__init__.py",
        "/live/x/..%2f..%2fapp.py",
        "/live/network/..%2f..%2fdemo/epoch/1",
        "/live/network/demo%2f..%2fdemo/epoch/1",
        "/live/run/..%2f..%2fdemo?accuracy_axis=accuracy&epoch_axis=linear&smoothing=0",
        "//etc/passwd",
        "/C:%5Cwindows%5Cwin.ini",
    ],
)
def test_no_path_leads_out(server: Server, path: str) -> None:
    """Streamlit answers unknown paths with its page, which is always the same."""
    page = request(server, "GET", "/")[2]
    status, _headers, body = request(server, "GET", path)
    assert status >= 400 or body == page, (status, body[:200])


@pytest.mark.parametrize("path", ["/_stcore/agent/interact", "/_stcore/agent/mcp", "/app/static/x"])
def test_doors_that_nobody_asked_for_are_closed(server: Server, path: str) -> None:
    page = request(server, "GET", "/")[2]
    for method in ("GET", "POST"):
        status, _headers, body = request(server, method, path)
        assert status >= 400 or body == page, (method, status, body[:200])
