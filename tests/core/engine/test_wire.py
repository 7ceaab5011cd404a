"""What travels between server and worker, and what waits there."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from core.engine import outbox as outboxes
from core.engine.messages import (
    DataNeededEvent,
    EndedEvent,
    EpochEvent,
    Event,
    ProgressEvent,
    SnapshotEvent,
    StartedEvent,
    decode,
    encode,
)
from core.engine.outbox import FinalPredictions, Mark, Outbox, WorkerRooms, deliver, fetch, forget
from core.runs.status import RunStatus
from core.training.events import BatchProgress, SnapshotTaken
from tests.core.builders import ENVIRONMENT, make_checkpoint, make_early, make_metrics

PROGRESS = BatchProgress(
    epoch=1,
    step=3,
    steps_per_epoch=10,
    images_per_epoch=640,
    train_loss=np.float64(0.1) + 0.2,
    images_per_second=1e5,
    seconds=0.25,
    probe_predicted=(1, 2),
    probe_confidence=(0.5, 1 / 3),
    slow_motion_is_over=True,
)


@pytest.mark.parametrize(
    "event",
    [
        DataNeededEvent("run", 3, "letters"),
        StartedEvent("run", 3, ENVIRONMENT),
        ProgressEvent("run", 3, PROGRESS),
        SnapshotEvent("run", 3, make_early(3)),
        EndedEvent("run", 3, RunStatus.COMPLETED, None, Mark(2, 10), has_result=True, handed=7),
        EndedEvent("run", 3, RunStatus.FAILED, "It “diverged”."),
    ],
)
def test_what_a_worker_says_arrives_as_it_was_said(event: Event) -> None:
    assert decode(encode(event)) == event


def test_metrics_arrive_as_the_store_keeps_them() -> None:
    metrics = make_metrics(2)
    arrived = decode(encode(EpochEvent("run", 3, metrics)))
    assert isinstance(arrived, EpochEvent)
    np.testing.assert_array_equal(arrived.metrics.confusion, metrics.confusion)
    np.testing.assert_allclose(arrived.metrics.batch_losses, metrics.batch_losses, atol=1e-5)
    assert replace(arrived.metrics, batch_losses=0, confusion=0).position == metrics.position


def worker() -> SimpleNamespace:
    return SimpleNamespace(extensions={})


def test_a_checkpoint_stays_until_it_is_acknowledged() -> None:
    box = Outbox()
    for epoch in (1, 2, 3):
        box.put(make_checkpoint(epoch))
    for _ in range(2):
        assert [(number, c.epoch) for number, c in box.take(0).checkpoints] == [(1, 1), (2, 2), (3, 3)]
    box.put(make_checkpoint(4))
    assert [number for number, _ in box.take(2).checkpoints] == [3, 4]
    assert box.take(4).checkpoints == ()


def test_snapshots_and_checkpoints_are_acknowledged_in_one_order() -> None:
    box = Outbox()
    for step in (0, 1):
        box.put_snapshot(SnapshotTaken(make_early(step), None))
    box.put(make_checkpoint(1))
    assert box.handed == 3
    assert [number for number, _ in box.take(0).in_order()] == [1, 2, 3]
    assert [number for number, _ in box.take(1).in_order()] == [2, 3]
    assert [number for number, _ in box.take(3).in_order()] == []


def test_the_last_checkpoint_is_never_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outboxes, "UNFETCHED_BYTES", 1)
    box = Outbox()
    for epoch in (1, 2, 3):
        box.put(make_checkpoint(epoch))
    assert [(number, c.epoch) for number, c in box.take(0).checkpoints] == [(3, 3)]


def test_two_servers_share_a_worker_and_not_an_outbox() -> None:
    shared = worker()
    boxes = {key: WorkerRooms.of(shared).open_outbox(key) for key in ("train-one-run-1", "train-two-run-1")}
    boxes["train-one-run-1"].put(make_checkpoint(1))
    forget("train-two-run-1", shared)
    assert fetch("train-two-run-1", 0, shared) is None
    assert len(fetch("train-one-run-1", 0, shared).checkpoints) == 1


def test_an_outbox_that_nobody_fetches_is_thrown_away_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = worker()
    rooms = WorkerRooms.of(shared)
    rooms.open_outbox("going on")
    rooms.open_outbox("left behind").close()
    rooms.open_outbox("next")
    assert set(rooms.outboxes) == {"going on", "left behind", "next"}
    monkeypatch.setattr(outboxes, "ABANDONED_SECONDS", -1.0)
    rooms.open_outbox("last")
    assert set(rooms.outboxes) == {"going on", "next", "last"}


def test_a_dataset_that_nobody_waits_for_is_not_kept() -> None:
    shared = worker()
    deliver("nobody", None, "gone", shared)
    assert WorkerRooms.of(shared).deliveries == {}


def test_a_test_result_is_there_once_it_is_put() -> None:
    box = Outbox()
    assert not box.has_result
    box.put_result(FinalPredictions(np.zeros((1, 10), np.float32), 0.5, "abc"))
    assert box.has_result
    assert box.take(0).test_result.accuracy == 0.5
