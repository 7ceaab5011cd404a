"""What stands in the paths and queries of the app’s own routes: earlier networks, news of runs and of classes."""

import json
from contextlib import suppress
from dataclasses import replace
from functools import cache
from random import Random
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import quote

from starlette.applications import Starlette

from core.config import TrainConfig
from core.engine.job import JobSnapshot
from core.errors import RunError
from core.runs.records import DEMO_RUN_ID
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from core.training.events import BatchProgress
from soak.clock import metrics_of
from soak.fuzzed.addresses import any_value
from soak.fuzzed.asgi import Answer, ask
from soak.fuzzed.classes import CLASS, OWNERS
from ui.classroom.feed import send_class_news
from ui.live import convolutions, network, units
from ui.live.assets import route_below_base
from ui.shell.browser import COOKIE
from ui.shell.resources import engine, run_store
from ui.train.feed import send_news

_PROGRESS = BatchProgress(
    epoch=3,
    step=5,
    steps_per_epoch=10,
    images_per_epoch=640,
    train_loss=0.5,
    images_per_second=1_000.0,
    seconds=1.0,
    probe_predicted=tuple(range(10)) * 2,
    probe_confidence=(0.5,) * 20,
)


class Busy:
    """An engine that says that the demo run is under way, and starts no worker for that."""

    troubles, is_ready, workers = (), True, 1

    def __init__(self, _settings: Settings, store: RunStore) -> None:
        run = store.get(DEMO_RUN_ID)
        snapshot = JobSnapshot(DEMO_RUN_ID, run.config, RunStatus.RUNNING, epochs=run.epochs[:2], early=run.early)
        self._job = SimpleNamespace(
            run_id=DEMO_RUN_ID,
            session=OWNERS[0],
            status=snapshot.status,
            snapshot=lambda: replace(snapshot, progress=_PROGRESS),
        )

    def job(self, run_id: str) -> SimpleNamespace | None:
        """The one that there is."""
        return self._job if run_id == DEMO_RUN_ID else None

    def active_jobs(self) -> list[SimpleNamespace]:
        """That one."""
        return [self._job]

    def close(self) -> None:
        """Nothing to be ended."""


def feed_route(random: Random) -> None:
    """A path to what a run or a class has to show: it answers, and with that alone."""
    feed = random.choice((_feed_network, _feed_network, _feed_run, _feed_class))
    feed(random)


def _feed_network(random: Random) -> None:
    """The path to a network that a run had, and what lights it or is shown of it."""
    parts = [quote(any_value(random), safe=random.choice(("", "/"))) for _ in range(3)]
    if random.random() < 0.5:
        parts = [
            random.choice((DEMO_RUN_ID, parts[0])),
            random.choice(("epoch", "early", parts[1])),
            random.choice(("1", "9" * 30, "9" * 5_000, parts[2])),
        ]
    names = random.sample(("image", "off", "unit", "units", "dark", "columns", "captions"), 3)
    query = "&".join(
        f"{name}={quote(random.choice(('A' * 1046 + '==', '1:2', '0,1', any_value(random))))}" for name in names
    )
    kind = random.choice(("network", "units", "convolutions"))
    _check(f"/live/{kind}/{'/'.join(parts)}", query, (200, 400, 404))


def _feed_run(random: Random) -> None:
    """The news of a run, as a browser asks for them that may have any options, cookies and memories."""
    run_id = random.choice((DEMO_RUN_ID, DEMO_RUN_ID, "~newest", quote(any_value(random), safe="")))
    sound = {
        "accuracy_axis": "accuracy",
        "smoothing": "0.5",
        "epoch_axis": "linear",
        "has": "train_loss:0",
        "first": "",
        "besides": "a,b",
    }
    said = {name: any_value(random) if random.random() < 0.15 else value for name, value in sound.items()}
    query = "&".join(
        f"{name}={quote(value, errors='replace')}" for name, value in said.items() if random.random() < 0.9
    )
    cookie = f"{COOKIE}={random.choice((*OWNERS[:2], any_value(random)))}"
    _check(f"/live/run/{run_id}", query, (200, 204, 400, 404), cookie)


def _feed_class(random: Random) -> None:
    """The news of an exercise, whoever has what nickname in it."""
    with suppress(RunError):
        run_store().members.join(CLASS, random.choice(OWNERS[:2]), any_value(random))
    name = CLASS if random.random() < 0.5 else quote(any_value(random), safe="")
    answer = _check(f"/live/class/{name}", f"has={quote(any_value(random), errors='replace')}", (200, 400, 404))
    assert b"<script" not in answer.body.replace(b"\\u003c", b"<"), answer.body[:300]


def _check(path: str, query: str, expected: tuple[int, ...], cookie: str = "") -> Answer:
    answer = ask(_app(), "GET", path, query=query, headers={"cookie": cookie} if cookie else {})
    assert answer.status in expected, (answer.status, path, query)
    assert b"root:" not in answer.body, path
    assert b"Traceback" not in answer.body, path
    if answer.headers.get("content-type", "").startswith("application/json"):
        json.loads(answer.body)
    return answer


@cache
def _app() -> Starlette:
    with patch("core.engine.engine.Engine", Busy):
        engine()
    for number, owner in enumerate(OWNERS[:2]):
        run_id = run_store().create(TrainConfig(hidden_size=4, epochs=3), owner=owner, exercise=CLASS).run_id
        for epoch in range(1, 2 + number):
            run_store().record_epoch(run_id, metrics_of(epoch))
    sent = {
        network.PATH: network.send_network,
        units.PATH: units.send_units,
        convolutions.PATH: convolutions.send_convolutions,
        "live/run/{run_id}": send_news,
        "live/class/{exercise}": send_class_news,
    }
    return Starlette(routes=[route_below_base(path, send) for path, send in sent.items()])
