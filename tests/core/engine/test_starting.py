"""Workers that are slow to start, or are lost while they do."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from distributed import SpecCluster

from core.engine import cluster, starting
from core.engine.connection import Connection
from core.engine.engine import CLOSE_SECONDS, Engine
from core.errors import EngineError
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.builders import SMALL
from tests.core.engine.fakes import FakeConnection


def test_a_server_that_ends_waits_for_no_worker_that_is_starting(tmp_path: Path, caplog: Any) -> None:
    """What waits for it is interrupted, and the workers, when they come after all, are ended."""
    began, may_come, connection = threading.Event(), threading.Event(), FakeConnection()
    closed = threading.Event()
    connection.close = closed.set  # type: ignore[method-assign]

    def connect(_settings: Settings) -> Connection:
        began.set()
        assert may_come.wait(4 * CLOSE_SECONDS)
        return cast("Connection", connection)

    settings = Settings.from_environment({"DIGITLAB_HOME": str(tmp_path)})
    engine = Engine(settings, RunStore(settings), connect)
    job = engine.submit(SMALL)
    assert began.wait(30)
    with caplog.at_level(logging.WARNING):
        engine.close()
    # The dispatcher has done its work: it did not run into the time that closing may take.
    assert job.status is RunStatus.INTERRUPTED
    assert not caplog.records
    may_come.set()
    assert closed.wait(30)


def test_workers_that_never_start_hold_up_nobody_forever(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """Who asks again waits for the same workers; should nobody, they are ended with the server."""
    may_come, closed, connection = threading.Event(), threading.Event(), FakeConnection()
    connection.close = closed.set  # type: ignore[method-assign]

    def connect(_settings: Settings) -> Connection:
        assert may_come.wait(60)
        return cast("Connection", connection)

    monkeypatch.setattr(starting, "START_SECONDS", 0.01)
    abandoned, asked_again = starting.Starting(connect), starting.Starting(connect)
    for each in (abandoned, asked_again):
        with pytest.raises(EngineError, match="did not start in time"):
            each.connection(settings)
    monkeypatch.setattr(starting, "START_SECONDS", 60.0)
    may_come.set()
    assert cast("Any", asked_again.connection(settings)) is connection
    assert not closed.is_set()
    abandoned.give_up()
    assert closed.wait(30)


def lost() -> SpecCluster:
    """As Dask does: the reason is somewhere below what it says in the end."""
    try:
        raise RuntimeError("Nanny failed to start.")
    except RuntimeError:
        raise UnboundLocalError("result") from None


def failing(*outcomes: Callable[[], Any]) -> Callable[[], Any]:
    left = iter(outcomes)

    def call() -> Any:
        return next(left)()

    return call


def test_workers_are_started_again_if_one_is_lost_meanwhile(caplog: pytest.LogCaptureFixture) -> None:
    assert cluster._started(failing(lost, lambda: "started")) == "started"
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]
    with pytest.raises(EngineError, match="lost while they are starting"):
        cluster._started(failing(lost, lost))
    with pytest.raises(OSError, match="no room"):
        cluster._started(failing(cast("Any", no_room)))


def no_room() -> None:
    raise OSError("no room")
