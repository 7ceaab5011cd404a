"""Slow motion ends by itself, a stop ends it at once, and neither it nor steps change a number."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.data.dataset import Splits
from core.engine.messages import EndedEvent, SlowDown
from core.engine.outbox import WorkerRooms
from core.engine.pace import (
    LONGEST_GRANT_SECONDS,
    MOST_SLOW_SECONDS,
    SLOW_BATCH_SECONDS,
    SlowMotion,
    Step,
    go_slowly,
)
from core.runs.records import Checkpoint, EpochMetrics
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.training.events import EpochCompleted, TrainingStarted
from core.training.fit import fit
from tests.core.engine.fakes import Bench
from tests.core.training.test_fit import CONFIG, CPU, STEPS, assert_same_metrics, assert_same_weights


class Time:
    """Passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def slow_motion(time: Time, **options: object) -> SlowMotion:
    return SlowMotion(clock=lambda: time.now, sleep=time.sleep, **options)


def test_without_being_asked_nothing_is_slow() -> None:
    time = Time()
    assert slow_motion(time).pause() == 0.0
    assert time.now == 100.0


def test_it_pauses_while_somebody_asks_for_it() -> None:
    time = Time()
    slow = slow_motion(time)
    slow.grant(1_000.0)
    pauses = [slow.pause() for _ in range(100)]
    assert pauses[0] == pytest.approx(SLOW_BATCH_SECONDS, abs=0.03)
    # Nobody asked again.
    assert sum(pauses) == pytest.approx(LONGEST_GRANT_SECONDS, abs=0.1)
    assert pauses[-1] == 0.0


def test_it_ends_when_it_is_switched_off() -> None:
    time = Time()
    slow = slow_motion(time)
    slow.grant(5.0)
    slow.grant(0.0)
    assert slow.pause() == 0.0


def test_a_stop_ends_a_pause_at_once() -> None:
    time = Time()
    slow = slow_motion(time, stopped=lambda: time.now >= 100.05)
    slow.grant(5.0)
    assert slow.pause() < 0.1


def test_a_worker_is_not_held_for_ever() -> None:
    time = Time()
    slow = slow_motion(time)
    assert not slow.is_over
    for _ in range(10_000):
        slow.grant(5.0)
        slow.pause()
    assert slow.held == pytest.approx(MOST_SLOW_SECONDS, abs=0.1)
    assert slow.is_over


def test_a_server_reaches_the_training_it_means() -> None:
    worker = SimpleNamespace(extensions={})
    slow = WorkerRooms.of(worker).slow_motions["train-a"] = SlowMotion()
    go_slowly("train-b", 1.0, worker)
    assert slow.until == 0.0
    go_slowly("train-a", 1.0, worker)
    assert slow.until > 0.0


def test_slow_motion_holds_up_neither_the_dispatcher_nor_anybody_else(store: RunStore) -> None:
    bench = Bench(store)
    run, other = bench.submit(), bench.submit()
    bench.tell(SlowDown(run.job, 5.0))
    run.begin()
    slow = bench.connection.worker(run.worker).slow_motions[run.key] = SlowMotion()
    bench.tell(SlowDown(run.job, 5.0))
    assert slow.until > 0.0
    bench.connection.frozen.add(run.worker)
    bench.tell(SlowDown(run.job, 5.0))
    other.begin()
    other.epoch(1)
    other.end(1)
    other.assert_whole(1)
    bench.connection.frozen.clear()
    bench.tell(EndedEvent(*run.name, RunStatus.STOPPED))
    bench.tell(SlowDown(run.job, 5.0))
    assert run.job.status is RunStatus.STOPPED


def in_steps(splits: Splits, *sizes: str) -> tuple[list[EpochMetrics], Checkpoint]:
    """A training that is stopped after every step and goes on with the next, the last one to its end."""
    checkpoint: Checkpoint | None = None
    epochs: dict[int, EpochMetrics] = {}
    for size in (*sizes, None):
        done = 0 if checkpoint is None else checkpoint.step
        step = None if size is None else Step(size, done, lambda: False)
        for event in fit(CONFIG, splits, device=CPU, resume=checkpoint, should_stop=step or (lambda: False)):
            # A machine that is slow hears of progress as well.
            if step is not None and isinstance(event, TrainingStarted):
                step.begin(STEPS)
            if isinstance(event, EpochCompleted):
                checkpoint, epochs[event.metrics.epoch] = event.checkpoint, event.metrics
                if size is not None:
                    assert event.checkpoint.step == (done % STEPS + 1 if size == "batch" else STEPS)
    assert checkpoint is not None
    return list(epochs.values()), checkpoint


@pytest.mark.slow
@pytest.mark.numerics
def test_steps_lead_to_the_very_same_network(small_splits: Splits) -> None:
    *_, last = [event for event in fit(CONFIG, small_splits, device=CPU) if isinstance(event, EpochCompleted)]
    epochs, checkpoint = in_steps(small_splits, "batch", "batch", "epoch", "epoch", "batch")
    assert_same_weights(checkpoint, last.checkpoint)
    assert [metrics.epoch for metrics in epochs] == [1, 2, 3]
    assert_same_metrics(epochs[-1], last.metrics)


@pytest.mark.numerics
def test_slow_motion_leads_to_the_very_same_network(small_splits: Splits) -> None:
    *_, last = [event for event in fit(CONFIG, small_splits, device=CPU) if isinstance(event, EpochCompleted)]
    time = Time()
    slow = slow_motion(time)
    slow.grant(5.0)
    *_, slowly = [
        event for event in fit(CONFIG, small_splits, device=CPU, pause=slow.pause) if isinstance(event, EpochCompleted)
    ]
    assert slow.held > 0
    assert_same_weights(slowly.checkpoint, last.checkpoint)
    np.testing.assert_array_equal(slowly.metrics.batch_losses, last.metrics.batch_losses)
