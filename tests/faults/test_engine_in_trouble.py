"""An engine whose store, files or connection fail under it: at most one run suffers, and no slot is lost."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy.exc import OperationalError

from core.config import TrainConfig
from core.engine.pace import FULL_SPEED
from core.engine.recorder import NOT_KEPT
from core.engine.scheduler import UNEXPECTED
from core.runs.files import RunFiles
from core.runs.status import RunStatus
from tests.faults.conftest import Lab, finish, open_lab, running_lab, settings_for, wait_until

SMALL = TrainConfig(hidden_size=8, epochs=1, training_size=500)
LONG = TrainConfig(epochs=200, training_size=10_000)


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


def test_results_that_the_store_does_not_take_at_once_are_written_later(
    narrow_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = narrow_lab.store
    for method in ("record_checkpoint", "record_predictions"):
        monkeypatch.setattr(store, method, failing_once(getattr(store, method), OSError(28, "disk full")))
    first, second = narrow_lab.engine.submit(SMALL), narrow_lab.engine.submit(SMALL)
    assert finish(first, second) == [RunStatus.COMPLETED, RunStatus.COMPLETED]
    for job in (first, second):
        assert store.files.load_checkpoint(job.run_id).epoch == 1
        assert store.get(job.run_id).test_accuracy is not None


def test_results_that_cannot_be_kept_interrupt_their_run_alone(
    narrow_lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = narrow_lab.store
    keep, refused = store.record_predictions, narrow_lab.engine.submit(SMALL)

    def refuse(run_id: str, *arguments: Any) -> None:
        if run_id == refused.run_id:
            raise PermissionError(13, "denied")
        keep(run_id, *arguments)

    monkeypatch.setattr(store, "record_predictions", refuse)
    assert finish(refused, narrow_lab.engine.submit(SMALL)) == [RunStatus.INTERRUPTED, RunStatus.COMPLETED]
    assert refused.snapshot().error == NOT_KEPT
    wait_until(lambda: store.get(refused.run_id).error == NOT_KEPT, "the store to hear of it")


def test_a_frozen_worker_holds_up_no_other_run(lab: Lab) -> None:
    """Its process answers nothing at all, in the middle of its training."""
    stuck, other = lab.occupy_both_workers(LONG, pace=FULL_SPEED)
    process = lab.worker_process(stuck)
    wait_until(lambda: stuck.snapshot().position > 0.3, "some progress")
    process.suspend()
    try:
        reached = other.snapshot().position
        wait_until(lambda: other.snapshot().position > reached + 1.1, "an epoch of the other")
        other.stop()
        assert finish(other) == [RunStatus.STOPPED]
        assert finish(lab.engine.submit(SMALL)) == [RunStatus.COMPLETED]
        assert stuck.status is RunStatus.RUNNING
    finally:
        process.resume()
    stuck.stop()
    assert finish(stuck) == [RunStatus.STOPPED]
    assert lab.store.files.load_checkpoint(stuck.run_id) is not None


def test_trainings_give_way_to_the_server(lab: Lab) -> None:
    job = lab.engine.submit(LONG)
    wait_until(lambda: job.snapshot().position > 1.1, "an epoch")
    busiest = max(lab.worker_process(job).threads(), key=lambda thread: thread.user_time)
    assert os.getpriority(os.PRIO_PROCESS, busiest.id) > psutil.Process().nice()


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


def test_analysis_that_cannot_be_sent_says_so(narrow_lab: Lab) -> None:
    with pytest.raises((TypeError, AttributeError, ValueError)):
        narrow_lab.engine.analyse(len, threading.Lock()).result(60)
    assert narrow_lab.engine.analyse(len, [1]).result(60) == 1


def test_analysis_that_nobody_waits_for_frees_its_worker(narrow_lab: Lab, tmp_path: Path) -> None:
    def endless(begun: Path, should_stop: Callable[[], bool]) -> None:
        begun.touch()
        while not should_stop():
            pass

    result = narrow_lab.engine.analyse(endless, tmp_path / "begun")
    wait_until((tmp_path / "begun").exists, "the analysis to begin")
    assert result.cancel()
    assert narrow_lab.engine.analyse(len, [1]).result(60) == 1


def test_engine_closes_though_the_store_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = open_lab(settings_for(tmp_path, DIGITLAB_WORKERS="1"))
    job = lab.engine.submit(LONG)
    wait_until(lambda: job.status is RunStatus.RUNNING, "a worker")

    def always(*_: Any) -> None:
        raise no_database()

    monkeypatch.setattr(lab.store, "record_status", always)
    lab.engine.close()
    wait_until(lambda: lab.connections[0].cluster.embedded.status.name == "closed", "the cluster to close")
    assert job.status is RunStatus.INTERRUPTED
