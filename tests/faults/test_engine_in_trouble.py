"""An engine whose store, files or connection fail under it: at most one run suffers, and no slot is lost."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from core.config import TrainConfig
from core.engine.engine import Engine
from core.engine.messages import Said
from core.engine.recorder import NOT_KEPT
from core.engine.scheduler import UNEXPECTED
from core.runs.files import RunFiles
from core.runs.records import RunStatus
from core.runs.store import RunStore
from tests.faults.conftest import Lab, finish, running_lab, settings_for, wait_until

SMALL = TrainConfig(hidden_size=8, epochs=1, training_size=500)
LONG = TrainConfig(epochs=200)


@pytest.fixture(scope="module")
def narrow_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One worker: a slot that were lost would be missed at once."""
    with running_lab(settings_for(tmp_path_factory.mktemp("narrow"), DIGITLAB_WORKERS="1")) as running:
        yield running


def failing_once(what: Callable[..., Any], error: Exception) -> Callable[..., Any]:
    """Raises the first time it is called, then does what it should."""
    failed = threading.Event()

    def call(*arguments: Any, **options: Any) -> Any:
        if not failed.is_set():
            failed.set()
            raise error
        return what(*arguments, **options)

    return call


def no_database() -> OperationalError:
    return OperationalError("UPDATE", {}, Exception("database is locked"))


def test_results_that_cannot_be_kept_fail_their_run_alone(narrow_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    store = narrow_lab.store
    monkeypatch.setattr(store, "record_predictions", failing_once(store.record_predictions, OSError(28, "disk full")))
    first, second = narrow_lab.engine.submit(SMALL), narrow_lab.engine.submit(SMALL)
    assert finish(first, second) == [RunStatus.FAILED, RunStatus.COMPLETED]
    assert store.get(first.run_id).error == first.snapshot().error == NOT_KEPT


def test_end_that_cannot_be_written_is_written_later(narrow_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    store = narrow_lab.store
    monkeypatch.setattr(store, "record_status", failing_once(store.record_status, no_database()))
    first, second = narrow_lab.engine.submit(SMALL), narrow_lab.engine.submit(SMALL)
    assert finish(first, second) == [RunStatus.COMPLETED, RunStatus.COMPLETED]
    wait_until(lambda: store.get(first.run_id).status is RunStatus.COMPLETED, "the store to hear of it")


def test_run_that_cannot_begin_does_not_hold_up_the_next(narrow_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = failing_once(RunFiles.load_checkpoint, PermissionError(13, "denied"))
    monkeypatch.setattr(RunFiles, "load_checkpoint", failing)
    first, second = narrow_lab.engine.submit(SMALL), narrow_lab.engine.submit(SMALL)
    assert finish(first, second) == [RunStatus.FAILED, RunStatus.COMPLETED]
    assert narrow_lab.store.get(first.run_id).error == UNEXPECTED


def test_housekeeping_that_fails_loses_no_message(narrow_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def always(*_: Any) -> None:
        raise no_database()

    monkeypatch.setattr(narrow_lab.store, "mark_interrupted", always)
    monkeypatch.setattr(narrow_lab.engine._dispatcher, "_house_kept", 0.0)
    assert narrow_lab.engine.analyse(abs, -3).result(60) == 3
    monkeypatch.setattr(narrow_lab.engine._dispatcher, "_house_kept", 0.0)
    assert finish(narrow_lab.engine.submit(SMALL)) == [RunStatus.COMPLETED]


def test_analysis_that_cannot_be_sent_says_so(narrow_lab: Lab) -> None:
    with pytest.raises((TypeError, AttributeError, ValueError)):
        narrow_lab.engine.analyse(len, threading.Lock()).result(60)
    assert narrow_lab.engine.analyse(len, [1]).result(60) == 1


def test_continued_run_hears_nothing_of_the_attempt_before(narrow_lab: Lab) -> None:
    """Stopped before it began and continued at once: the first task may still say that it has ended."""
    engine = narrow_lab.engine
    assignments = engine._dispatcher.assignments
    first = engine.submit(LONG)
    wait_until(lambda: first.run_id in assignments and assignments[first.run_id].task is not None, "a worker")
    before = assignments[first.run_id].attempt
    first.stop()
    assert finish(first) == [RunStatus.STOPPED]
    again = engine.resume(first.run_id)
    wait_until(lambda: again.status is RunStatus.RUNNING, "the worker to begin again")
    ending = {"run_id": first.run_id, "attempt": before, "kind": "ended", "status": "stopped", "error": None}
    engine._inbox.put(Said(ending))
    assert engine.analyse(abs, -1).result(60) == 1, "sent after it, so it has been heard"
    assert again.status is RunStatus.RUNNING
    again.stop()
    assert finish(again) == [RunStatus.STOPPED]


def test_engine_closes_though_the_store_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_for(tmp_path, DIGITLAB_WORKERS="1")
    store = RunStore(settings)
    engine = Engine(settings, store)
    job = engine.submit(LONG)
    wait_until(lambda: job.status is RunStatus.RUNNING, "a worker")
    cluster = engine._dispatcher.connection.cluster

    def always(*_: Any) -> None:
        raise no_database()

    monkeypatch.setattr(store, "record_status", always)
    engine.close()
    assert cluster.status.name == "closed"
    assert job.status is RunStatus.INTERRUPTED
    assert not engine._thread.is_alive()
