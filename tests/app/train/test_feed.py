"""What a browser that watches a run is told between two runs of the script."""

import base64
import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from starlette.requests import Request

from core.engine.job import JobSnapshot
from core.runs.archive import DEMO_RUN_ID
from core.runs.status import RunStatus
from core.runs.store import RunStore
from tests.app.train.test_train_progress import CONFIG, PROGRESS, WHOLE
from ui.live.curves import CurveView
from ui.shell.browser import COOKIE
from ui.train import feed

VIEW = "accuracy_axis=accuracy&smoothing=0&epoch_axis=linear"


def ask(run_id: str, query: str = VIEW, browser: str = "") -> tuple[int, Any]:
    """Status and content of the answer."""
    headers = [(b"cookie", f"{COOKIE}={browser}".encode())]
    scope = {"type": "http", "path_params": {"run_id": run_id}, "query_string": query.encode(), "headers": headers}
    answer = feed.send_news(Request(scope))
    is_json = answer.headers.get("content-type") == "application/json"
    return answer.status_code, json.loads(answer.body) if is_json else bytes(answer.body).decode()


@pytest.fixture
def learning(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> JobSnapshot:
    """The demo run, taken for one that is under way."""
    run = store.get(DEMO_RUN_ID)
    snapshot = JobSnapshot(run.run_id, run.config, RunStatus.RUNNING, epochs=run.epochs[:2], progress=PROGRESS)
    monkeypatch.setattr(feed, "snapshot_of", lambda *_: snapshot)
    return snapshot


def test_a_run_under_way_is_told_as_the_script_draws_it(learning: JobSnapshot) -> None:
    status, news = ask(learning.run_id)
    assert status == 200
    said = {texts["selector"].rsplit(" ", 1)[1]: texts["texts"] for texts in news["texts"]}
    assert said["strong"] == ["Learning"]
    numbers = next(texts["texts"] for texts in news["texts"] if "stMetricValue" in texts["selector"])
    assert numbers == [
        f"{learning.epochs[1].val_accuracy:.2%}",
        f"{learning.epochs[1].val_loss:.3f}",
        "3 of 8",
        "1,000",
    ]
    assert news["share"][1] == pytest.approx(2 / 8)
    loss = json.loads(news["elements"]["train_loss_curve"]["data"]["figure"])
    points = next(trace for trace in loss["data"] if trace["name"] == "Validation")["y"]
    drawn = np.frombuffer(base64.b64decode(points["bdata"]), points["dtype"])
    assert drawn == pytest.approx([epoch.val_loss for epoch in learning.epochs])
    assert [place["name"] for place in news["elements"]["train_replay"]["data"]["places"]] == ["1", "2", "now"]


def test_figures_wait_for_the_first_number(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    config = store.get(DEMO_RUN_ID).config
    for progress in (None, PROGRESS):
        snapshot = JobSnapshot(DEMO_RUN_ID, config, RunStatus.RUNNING, progress=progress)
        monkeypatch.setattr(feed, "snapshot_of", lambda *_, snapshot=snapshot: snapshot)
        _, news = ask(DEMO_RUN_ID, f"{VIEW}&first")
        assert not news["elements"]
        numbers = next(texts["texts"] for texts in news["texts"] if "stMetricValue" in texts["selector"])
        assert numbers[2:] == ["1 of 8", "1,000" if progress else "–"]


def test_a_run_that_has_just_been_begun_is_found_by_its_browser_alone(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, somebody = "a" * 32, "b" * 32
    config = store.get(DEMO_RUN_ID).config
    active = [SimpleNamespace(run_id="before", session=mine)]
    monkeypatch.setattr(feed, "engine", lambda: SimpleNamespace(active_jobs=lambda: active))
    monkeypatch.setattr(feed, "version_below", lambda _: "")
    monkeypatch.setattr(feed, "run_of", store.get)
    monkeypatch.setattr(feed, "status_of", lambda _: RunStatus.RUNNING)
    asked: list[str] = []

    def snapshot_of(run_id: str, _: object) -> JobSnapshot:
        asked.append(run_id)
        return JobSnapshot(run_id, config, RunStatus.RUNNING)

    monkeypatch.setattr(feed, "snapshot_of", snapshot_of)
    path, query = feed.newest_address(CurveView()).split("?")
    run_id = path.rsplit("/", 1)[1]
    assert ask(run_id, query, mine)[0] == 204
    active.append(SimpleNamespace(run_id=DEMO_RUN_ID, session=mine))
    assert ask(run_id, query)[0] == 204
    assert ask(run_id, query, somebody)[0] == 204
    assert ask(run_id, query, mine)[0] == 200
    assert asked == [DEMO_RUN_ID]


def test_what_the_browser_has_is_not_sent_again(learning: JobSnapshot) -> None:
    _, first = ask(learning.run_id)
    tags = {key: element["tag"] for key, element in first["elements"].items()}
    assert set(tags) == {"train_loss_curve", "train_accuracy_curve", "train_replay", "train_probes"}
    has = ",".join(f"{key}:{tag}" for key, tag in tags.items() if key != "train_probes")
    _, second = ask(learning.run_id, f"{VIEW}&has={has},train_probes:other,nonsense")
    assert set(second["elements"]) == {"train_probes"}


def test_a_run_that_has_ended_has_a_state_and_nothing_to_draw(store: RunStore) -> None:
    status, news = ask(DEMO_RUN_ID)
    assert (status, news["elements"], news["texts"], news["share"]) == (200, {}, [], None)
    assert news["state"] == feed.drawn_state(feed.snapshot_of(DEMO_RUN_ID))
    assert news["versions"] == {feed.CHANNEL: feed.version_below(DEMO_RUN_ID)}


@pytest.mark.parametrize(
    ("run_id", "query", "status"),
    [
        ("no-such-run", VIEW, 404),
        ("../../etc", VIEW, 404),
        (DEMO_RUN_ID, "", 400),
        (DEMO_RUN_ID, VIEW.replace("smoothing=0", "smoothing=2"), 400),
        (DEMO_RUN_ID, VIEW.replace("linear", "round"), 400),
    ],
)
def test_what_cannot_be_asked_is_refused(store: RunStore, run_id: str, query: str, status: int) -> None:
    found, sentence = ask(run_id, query)
    assert found == status
    assert sentence.endswith(".")


def test_the_script_runs_again_when_an_epoch_has_ended_for_the_first_time(store: RunStore) -> None:
    begun = JobSnapshot(DEMO_RUN_ID, CONFIG, RunStatus.RUNNING)
    states = [
        feed.drawn_state(JobSnapshot(DEMO_RUN_ID, CONFIG, RunStatus.RUNNING, epochs=done))
        for done in ((), (WHOLE,), (WHOLE, WHOLE))
    ]
    assert states[0] == feed.drawn_state(begun)
    assert states[0] != states[1] == states[2]


def test_an_address_keeps_the_view() -> None:
    view = CurveView("error_rate", 0.9, "logarithmic")
    query = feed.feed_address("x", view).split("?")[1]
    assert feed.view_in(dict(pair.split("=") for pair in query.split("&"))) == view
