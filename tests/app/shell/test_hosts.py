"""Names that the server answers to, and what it tells browsers with every answer."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import streamlit as st
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from soak.fuzzed.asgi import Answer, ask
from ui.shell.hosts import KnowHosts, is_among, is_of_this_machine


async def page(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/html")]})
    await send({"type": "http.response.body", "body": b"a page"})


def asked(host: str, address: str = "localhost", allowed: Sequence[str] = ()) -> Answer:
    return ask(KnowHosts(page, address, allowed), "GET", "/", headers={"host": host})


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8501", "LOCALHOST.", "127.0.0.1:80", "[::1]:8501", "::1", "lab.localhost:8501"]
)
def test_names_of_this_machine_are_answered(host: str) -> None:
    assert is_of_this_machine(host)
    assert asked(host).body == b"a page"


@pytest.mark.parametrize(
    "host",
    ["", "rebound.example", "localhost.rebound.example", "127.0.0.1.rebound.example:8501", "10.0.0.1", "[::2]", "0"],
)
def test_a_page_whose_name_points_here_is_refused(host: str) -> None:
    answer = asked(host)
    assert answer.status == 421
    assert b"a page" not in answer.body
    assert f"does not answer to “{host}”" in answer.body.decode()


def test_its_websocket_is_refused_as_well() -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "headers": [(b"host", b"rebound.example")]}
    asyncio.run(KnowHosts(page, "localhost", ())(scope, None, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize("address", ["0.0.0.0", "", "192.0.2.1"])
def test_a_server_for_others_that_nobody_has_named_answers_to_any_name(address: str) -> None:
    assert asked("lab.example", address).body == b"a page"


@pytest.mark.parametrize("address", ["localhost", "0.0.0.0"])
def test_a_server_that_has_names_answers_to_those_and_its_machines_own(address: str) -> None:
    """So the option for a proxy, at which Streamlit looks for WebSockets, opens no other door."""
    for host in ("lab.example", "Lab.Example:443", "localhost:8501", "[::1]"):
        assert asked(host, address, ["lab.example"]).body == b"a page", host
    for host in ("rebound.example", "lab.example.rebound.example", "my.lab.example", "x@lab.example", ""):
        assert asked(host, address, ["lab.example"]).status == 421, host


PATTERNS = (["lab.example"], ["LAB.example. ", "*.example.org"], ["*"], ["10.0.0.1", "::2"])
NAMES = (
    *("lab.example", "lab.example.", "LAB.EXAMPLE:80", "lab.example:x", "lab.example:99999", "lab.example/x"),
    *("x.example.org", "example.org", "a.b.example.org", "xexample.org", "10.0.0.1:8501", "[::2]:80", "[::2"),
    *("x@lab.example", "?", ""),
)


@pytest.mark.parametrize("allowed", PATTERNS, ids=str)
def test_names_are_written_as_streamlit_has_them(allowed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "get_option", lambda _name: allowed)
    assert [is_among(host, allowed) for host in NAMES] == [is_host_allowed(host) for host in NAMES]


def test_whether_the_server_answers_may_be_asked_by_its_ip_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a load balancer does, which knows no name; below a base path as well."""
    app, probe = KnowHosts(page, "localhost", ["lab.example"]), {"host": "10.0.0.5:8501"}
    for path in ("/_stcore/health", "/api/v1/health"):
        assert [ask(app, method, path, headers=probe).status for method in ("GET", "HEAD", "POST")] == [200, 200, 421]
        assert ask(app, "GET", f"/lab{path}", headers=probe).status == 421
        assert ask(app, "GET", f"{path}/", headers=probe).status == 421
    options = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: "lab" if name == "server.baseUrlPath" else options(name))
    assert ask(app, "GET", "/lab/_stcore/health", headers=probe).status == 200
    assert ask(app, "GET", "/_stcore/health", headers=probe).status == 421


def test_every_answer_says_how_it_may_be_used() -> None:
    headers = asked("localhost").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
