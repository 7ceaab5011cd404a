"""The HTTP API on the dashboard’s port: below its base path, over the runs of its store, loaded when it is asked."""

import asyncio

import pytest
import streamlit as st
from starlette.applications import Starlette

from core.errors import ConfigError
from core.runs.records import Run
from core.runs.store import RunStore
from tests.core.api.asking import JSON, Said, asked, json_body
from ui.shell import resources
from ui.shell.api import api_route


def dashboard(monkeypatch: pytest.MonkeyPatch, base: str) -> Starlette:
    """Its routes, with ``server.baseUrlPath`` set."""
    options = st.get_option
    monkeypatch.setattr(st, "get_option", lambda name: base if name == "server.baseUrlPath" else options(name))
    return Starlette(routes=[api_route()])


@pytest.mark.parametrize("base", ["", "lab", "/lab/"])
def test_it_is_below_the_base_path(base: str, monkeypatch: pytest.MonkeyPatch, trained_run: Run) -> None:
    app, below = dashboard(monkeypatch, base), "/lab" if base else ""

    async def go() -> None:
        # Whoever comes first waits for it to be loaded, and so do those who come meanwhile.
        document, models = await asyncio.gather(
            asked(app, f"{below}/api/v1/openapi.json", method="GET"), asked(app, f"{below}/api/v1/models", method="GET")
        )
        assert document.value["servers"] == [{"url": f"{below}/api/v1"}]
        assert {"demo", trained_run.run_id} <= {one["run_id"] for one in models.value["models"]}
        docs = await asked(app, f"{below}/api/v1/docs", method="GET")
        assert f"http://localhost:8510{below}/api/v1/predict?run=demo".encode() in docs.body
        body = json_body([[0] * 784])
        answer = await asked(app, f"{below}/api/v1/predict?run={trained_run.run_id}", [body], content_type=JSON)
        assert answer.value["run_id"] == trained_run.run_id
        (await asked(app, f"{below}/api/nothing", method="GET")).refused(404)

    asyncio.run(go())


def test_what_could_not_be_loaded_gets_a_sentence_and_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, trained_run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    opened = resources.run_store
    faults: list[Exception] = [OSError("the disk is gone"), ConfigError("The store is of a newer version.")]

    def run_store() -> RunStore:
        if faults:
            raise faults.pop(0)
        return opened()

    monkeypatch.setattr(resources, "run_store", run_store)
    app = dashboard(monkeypatch, "")

    async def go() -> list[Said]:
        return [await asked(app, "/api/v1/models", method="GET") for _ in range(3)]

    unexpected, expected, loaded = asyncio.run(go())
    assert "gone" not in unexpected.refused(500)
    assert "the disk is gone" in caplog.text
    assert expected.refused(503) == "The store is of a newer version."
    assert trained_run.run_id in {one["run_id"] for one in loaded.value["models"]}
