"""What is kept of a measured speed, and when."""

import importlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.config import TrainConfig
from core.data.dataset import Splits
from core.engine import worker
from core.engine.analyses import Analyses
from core.engine.cluster import FORKS
from core.engine.messages import SpeedMeasured
from core.engine.speed import KeptSpeed
from core.engine.worker import measure_worker_speed
from core.errors import DataError
from core.training.estimate import HOLDS_SECONDS, Measurement, Speed
from core.training.threads import ONE_THREAD, machine_name
from tests.core.builders import make_metrics

CONFIG = TrainConfig(epochs=1, training_size=600)
SLOW = Speed(1.0, 1e-6, 1e-9, 1e-6)
MEASURED = Measurement(SLOW, "this machine", 1_000.0)
forked = pytest.mark.skipif(not FORKS, reason="workers are spawned here")


def test_an_epoch_corrects_the_estimate_and_touches_no_file(tmp_path: Path) -> None:
    speed = KeptSpeed(tmp_path)
    speed.keep(MEASURED)
    speed.save()
    before = (tmp_path / "speed.json").read_text()
    speed.correct(CONFIG, 600, make_metrics(1, seconds=0.5))
    assert speed.latest is not None
    assert speed.latest.estimate(CONFIG) == pytest.approx(0.5)
    assert (tmp_path / "speed.json").read_text() == before
    speed.save()
    kept = KeptSpeed(tmp_path)
    assert kept.latest == speed.latest
    assert kept.measured == Measurement(speed.latest, MEASURED.machine, MEASURED.at)
    assert json.loads((tmp_path / "speed.json").read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["speed.json"]


def test_a_training_on_other_images_bends_no_estimate(tmp_path: Path) -> None:
    speed = KeptSpeed(tmp_path)
    speed.keep(MEASURED)
    speed.correct(CONFIG, 500, make_metrics(1, seconds=0.5))
    speed.correct(CONFIG.replace(backend="numpy"), 600, make_metrics(1, seconds=0.5))
    assert speed.latest == SLOW


def test_a_home_that_cannot_be_written_to_costs_no_training_anything(tmp_path: Path) -> None:
    speed = KeptSpeed(tmp_path / "gone")
    speed.keep(MEASURED)
    speed.save()
    assert speed.latest == SLOW


class Ended:
    """A task of Dask that ends as soon as somebody waits for it."""

    status = "finished"

    def __init__(self, answer: Measurement | None) -> None:
        self._answer = answer

    def add_done_callback(self, tell: Callable[["Ended"], None]) -> None:
        tell(self)

    def result(self) -> Measurement | None:
        return self._answer


@pytest.fixture
def measured(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> list[Splits]:
    """On what images a worker has measured; it finds ``SLOW``, as if it had trained."""
    asked: list[Splits] = []

    def measure(splits: Splits) -> Speed:
        asked.append(splits)
        return SLOW

    monkeypatch.setattr(worker, "measure_speed", measure)
    monkeypatch.setattr(worker, "load_splits", lambda _config: small_splits)
    return asked


def test_a_worker_on_a_known_machine_does_not_measure_again(measured: list[Splits]) -> None:
    known = Measurement(SLOW, machine_name(), time.time() - HOLDS_SECONDS / 2)
    assert measure_worker_speed(ONE_THREAD, known) is None
    assert not measured


@pytest.mark.parametrize("machine", ["", "another"])
def test_a_worker_measures_where_nothing_is_known_of_its_machine(measured: list[Splits], machine: str) -> None:
    known = Measurement(SLOW, machine, time.time()) if machine else None
    before = time.time()
    found = measure_worker_speed(ONE_THREAD, known)
    assert found is not None
    assert found == Measurement(SLOW, machine_name(), found.at)
    assert before <= found.at <= time.time()
    assert len(measured) == 1


def test_workers_are_told_what_is_known_and_the_engine_only_what_is_new() -> None:
    told: list[SpeedMeasured] = []
    given: list[tuple[Any, ...]] = []
    cluster, asks_for = SimpleNamespace(alone=ONE_THREAD), {"fitness": None, "slot": lambda _: {}}

    def submit(function: Any, *arguments: Any, **_: Any) -> Any:
        given.append((function, *arguments))
        answer = None if arguments[-1] is MEASURED else MEASURED
        return Ended(answer)

    connection: Any = SimpleNamespace(workers=dict, cluster=cluster, client=SimpleNamespace(submit=submit), **asks_for)
    analyses = Analyses(told.append)
    analyses.prepare(connection, MEASURED)
    assert given == [(measure_worker_speed, ONE_THREAD, MEASURED)]
    assert not told
    analyses.prepare(connection)
    assert told == [SpeedMeasured(MEASURED)]


@pytest.mark.slow
@forked
def test_workers_are_forked_with_their_images_read() -> None:
    """By a process that has imported no more than this."""
    import core.engine.preloaded  # noqa: F401 - imported for what it does

    before = worker._built_in_splits.cache_info().misses
    worker.warm_up()
    assert worker._built_in_splits.cache_info().misses == before
    assert before >= 2


@forked
def test_images_that_cannot_be_read_end_no_fork_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise DataError("The images are gone.")

    monkeypatch.setattr(worker, "read_images", missing)
    importlib.reload(importlib.import_module("core.engine.preloaded"))
