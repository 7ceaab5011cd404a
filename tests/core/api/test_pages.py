"""The document that programs read, and the pages: whole without any network, and safe whatever a run is called."""

import base64
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from core.api.app import api_app
from core.api.judging import judge_json
from core.api.pages import FILE_NAMES
from core.api.runs import OneRun
from core.exports.browser_json import network_json
from core.exports.subject import Subject
from core.reading.judging import judge_of
from core.reading.reader import Judge, Reader
from core.runs.archive import DEMO_DIRECTORY
from core.settings import Settings
from tests.core.api.asking import ask


def test_the_bare_address_leads_to_what_there_is(app: Starlette) -> None:
    said = ask(app, "/api/v1", method="GET", host="evil.example")
    assert (said.status, said.headers["location"]) == (307, "v1/docs"), "not to whatever the Host says"


@pytest.mark.parametrize("path", ["docs", "try", *FILE_NAMES])
def test_pages_need_nothing_from_elsewhere(app: Starlette, path: str) -> None:
    said = ask(app, f"/api/v1/{path}", method="GET")
    assert said.status == 200
    assert said.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    text = said.body.decode()
    assert not re.findall(r"(?:src|href)=[\"'](?:https?:)?//|from [\"']https?:|url\(", text)
    assert not re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", text), "the policy would stop it"


def test_the_documents_paths_are_routes_and_the_other_way_round(app: Starlette) -> None:
    document = ask(app, "/api/v1/openapi.json", method="GET").value
    assert document["servers"] == [{"url": "/api/v1"}]
    served = {route.path.removeprefix("/api/v1") for route in app.routes if isinstance(route, Route)}
    pages = {"", "/docs", "/try", "/openapi.json", *(f"/{name}" for name in FILE_NAMES)}
    assert served - pages == set(document["paths"])
    docs = ask(app, "/api/v1/docs", method="GET").body.decode()
    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in docs
        for operation in methods.values():
            assert all(answer["description"] in docs for answer in operation["responses"].values())


def test_a_run_is_named_as_text(tmp_path: Path) -> None:
    class Named(OneRun):
        def subject(self, run_id: str) -> Subject:
            subject = super().subject(run_id)
            return replace(subject, run=replace(subject.run, name="<script>alert(1)</script>"))

    app = api_app(Named(DEMO_DIRECTORY, tmp_path), Settings.from_environment({"DIGITLAB_HOME": str(tmp_path)}))
    assert "&lt;script&gt;alert(1)" in ask(app, "/api/v1/try?run=demo", method="GET").body.decode()
    strange = ask(app, "/api/v1/try?run=%22%3E%3Cscript%3E", method="GET")
    assert strange.status == 404
    assert "&#34;&gt;&lt;script&gt;" in strange.body.decode()


def test_weights_are_the_export(app: Starlette, tmp_path: Path) -> None:
    exported = network_json(OneRun(DEMO_DIRECTORY, tmp_path).subject("demo"))
    assert ask(app, "/api/v1/weights?run=demo", method="GET").value == json.loads(exported)
    ask(app, "/api/v1/weights?run=other", method="GET").refused(404)


def test_the_judge_is_that_of_the_server(app: Starlette, tmp_path: Path) -> None:
    subject = OneRun(DEMO_DIRECTORY, tmp_path).subject("demo")
    judge = judge_of(subject.model, tmp_path)
    assert judge.temperature is not None
    assert judge.familiarity is not None
    said = ask(app, "/api/v1/judge?run=demo", method="GET").value
    assert (said["run_id"], said["temperature"], said["why_not"]) == ("demo", judge.temperature.value, "")
    assert said["familiarity"]["threshold"] == judge.familiarity.threshold
    for name in ("axes", "references"):
        shape, data = said["familiarity"][name].values()
        array = np.frombuffer(base64.b64decode(data), "<f4").reshape(shape)
        assert np.array_equal(array, getattr(judge.familiarity, name))
    ask(app, "/api/v1/judge?run=other", method="GET").refused(404)
    nobody = json.loads(judge_json("x", Reader(subject.model, Judge(why_not="The images are gone."))))
    assert (nobody["temperature"], nobody["familiarity"]) == (None, None)
    assert nobody["why_not"] == "The images are gone."
