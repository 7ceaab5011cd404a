"""What the server makes of a request that has passed the proxy of docs/SECURITY.md."""

import asyncio
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp
from streamlit.web.server.starlette.starlette_server import _get_uvicorn_config_kwargs

from core.api.addresses import Allowance
from core.api.app import api_app
from core.api.runs import OneRun
from core.runs.archive import DEMO_DIRECTORY
from core.settings import Settings
from tests.app.shell.test_hosts import page
from tests.core.api.asking import Said, asked
from tests.core.api.test_addresses import Clock
from ui.shell.browser import KnowBrowsers
from ui.shell.hosts import KnowHosts

BLOCK = (Path(__file__).parents[3] / "docs" / "SECURITY.md").read_text(encoding="utf-8").partition("    server {")[2]
HEADERS = dict(re.findall(r"^ *proxy_set_header (\S+) \"?([^\";]+)\"?;$", BLOCK, re.MULTILINE))
NAME = "lab.example.org"


def as_streamlit_serves(app: ASGIApp) -> Any:
    """With what uvicorn puts around it, told what Streamlit tells it."""
    config = uvicorn.Config(KnowHosts(KnowBrowsers(app), "localhost", [NAME]), **_get_uvicorn_config_kwargs())
    config.load()
    return config.loaded_app


def through_nginx(app: Any, path: str, visitor: str, proxy: str = "127.0.0.1", **sent: str) -> Said:
    """A visitor’s request, with its headers as the block sets them."""
    known = {"$host": NAME, "$remote_addr": visitor, "$scheme": "https", "$http_upgrade": ""}
    headers = sent | {name.lower().replace("-", "_"): known.get(value, value) for name, value in HEADERS.items()}
    return asyncio.run(asked(app, path, method="GET", client=proxy, **headers))


def test_each_visitor_behind_the_proxy_is_counted_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.api.app.Allowance", partial(Allowance, clock=Clock()))
    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path), "DIGITLAB_API_RATE": "1"})
    api = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings)
    app = as_streamlit_serves(api)

    def statuses(app: Any, visitor: str, **options: str) -> list[int]:
        return [through_nginx(app, "/api/v1/health", visitor, **options).status for _ in range(3)]

    for around in (app, api):
        first, second = ("198.51.100.1", "198.51.100.2") if around is app else ("198.51.100.3", "2001:db8::4")
        assert statuses(around, first) == [200, 200, 429]
        assert statuses(around, second, x_forwarded_for="127.0.0.1") == [200, 200, 429], "nor is a visitor believed"
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "192.0.2.9")
    elsewhere = as_streamlit_serves(api)
    assert statuses(elsewhere, "198.51.100.5", proxy="192.0.2.9") == [200, 200, 429]
    assert statuses(elsewhere, "198.51.100.6", proxy="192.0.2.9") == [200, 200, 429]


def test_cookies_are_secure_behind_the_proxy() -> None:
    app = as_streamlit_serves(page)
    assert through_nginx(app, "/", "198.51.100.1").headers["set-cookie"].endswith("; SameSite=Lax; Secure")
    assert not asyncio.run(asked(app, "/", method="GET")).headers["set-cookie"].endswith("Secure")
    assert asyncio.run(asked(app, "/", method="GET", host="rebound.example")).status == 421
