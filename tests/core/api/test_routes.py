"""What else there is, what there is not, and who may ask."""

from functools import partial

import pytest
from starlette.applications import Starlette

from core.api.addresses import Allowance
from core.api.app import api_app
from core.api.runs import OneRun, StoredRuns
from core.config import TrainConfig
from core.runs.archive import DEMO_DIRECTORY, bring_in_demo
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.api.asking import ELSEWHERE, HERE, JSON, ask, json_body
from tests.core.api.test_addresses import Clock


@pytest.mark.parametrize(
    "path", ["/", "/nope", "/site/style.css", "/predict/", "/health/x", "/../../etc/passwd", "/%2e%2e/x", "2/models"]
)
def test_an_unknown_path_says_where_to_look(app: Starlette, path: str) -> None:
    assert "/api/v1/docs" in ask(app, f"/api/v1{path}", method="GET").refused(404)


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("predict", "GET", "POST"),
        ("predict", "DELETE", "POST"),
        ("predict", "OPTIONS", "POST"),
        ("models", "POST", "GET, HEAD"),
    ],
)
def test_another_method_is_named(app: Starlette, path: str, method: str, allowed: str) -> None:
    said = ask(app, f"/api/v1/{path}", method=method)
    assert "takes only" in said.refused(405)
    assert said.headers["allow"] == allowed


def test_predictions_are_the_same_below_a_base_path(seven: bytes, app: Starlette) -> None:
    plain = ask(app, "/api/v1/predict", seven, content_type=JSON)
    below = ask(app, "/lab/api/v1/predict", seven, content_type=JSON, base="/lab")
    assert (plain.status, below.status) == (200, 200)
    assert plain.value["predictions"] == below.value["predictions"]


def test_health(app: Starlette) -> None:
    said = ask(app, "/api/v1/health", method="GET")
    assert (said.status, said.value) == (200, {"status": "ok"})
    assert (said.headers["cache-control"], said.headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_models_are_the_runs_that_have_weights_and_say_nothing_of_their_owners(
    store: RunStore, settings: Settings
) -> None:
    bring_in_demo(store)
    store.create(TrainConfig(), "no-weights-yet", owner="a" * 32)
    app = api_app(StoredRuns(store), settings)
    said = ask(app, "/api/v1/models", method="GET")
    assert said.value["total"] == 1
    (model,) = said.value["models"]
    assert (model["run_id"], model["network"], model["class_names"]) == ("demo", "784-128-10", list("0123456789"))
    assert b"owner" not in said.body
    assert ask(app, "/api/v1/models?offset=1", method="GET").value["models"] == []
    for query in ("limit=0", "limit=1001", "limit=x", "offset=-1", "limit=٣", "limit=1&limit=2", "page=2"):
        ask(app, f"/api/v1/models?{query}", method="GET").refused(400)
    ask(app, "/api/v1/predict?run=no-weights-yet", b"", content_type=JSON).refused(404)
    ask(app, "/api/v1/predict?run=nobody", b"", content_type=JSON).refused(404)


def test_nobody_elsewhere_asks_too_often_and_nobody_here_is_counted(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.api.app.Allowance", partial(Allowance, clock=Clock()))
    app = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings.model_copy(update={"api_rate": 2}))
    assert {ask(app, "/api/v1/health", method="GET", client=HERE).status for _ in range(9)} == {200}
    said = [ask(app, "/api/v1/health", method="GET", client=ELSEWHERE) for _ in range(5)]
    assert [one.status for one in said] == [200] * 4 + [429]
    assert "Too many requests" in said[-1].refused(429)
    assert said[-1].headers["retry-after"] == "1"
    assert ask(app, "/api/v1/health", method="GET", client="192.0.2.8").status == 200
    # A class behind one address opens a page, and each of its files, at once.
    assert {ask(app, "/api/v1/try.js", method="GET", client=ELSEWHERE).status for _ in range(9)} == {200}


def test_many_images_count_for_more(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.api.app.Allowance", partial(Allowance, clock=Clock()))
    app = api_app(OneRun(DEMO_DIRECTORY, settings.home), settings.model_copy(update={"api_rate": 1}))
    body = json_body([[0] * 784] * 100)
    said = [ask(app, "/api/v1/predict", body, content_type=JSON, client=ELSEWHERE) for _ in range(2)]
    assert [one.status for one in said] == [200, 429]
    assert said[1].headers["retry-after"] == "2", "one request and two for its images, of two"


def test_pages_of_other_sites_read_nothing_unless_that_is_set(
    app: Starlette, settings: Settings, store: RunStore
) -> None:
    cross = {"origin": "https://lab.example", "access_control_request_method": "POST"}
    assert not [name for name in ask(app, "/api/v1/health", method="GET", **cross).headers if "allow-origin" in name]
    ask(app, "/api/v1/predict", method="OPTIONS", **cross).refused(405)
    opened = api_app(StoredRuns(store), settings.model_copy(update={"api_origins": ("https://lab.example",)}))
    said = ask(opened, "/api/v1/nope", method="GET", **cross)
    assert said.headers["access-control-allow-origin"] == "https://lab.example", "errors can be read as well"
    assert ask(opened, "/api/v1/predict", method="OPTIONS", **cross).status == 200
    other = ask(opened, "/api/v1/health", method="GET", origin="https://other.example")
    assert "access-control-allow-origin" not in other.headers
