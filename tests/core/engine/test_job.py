import threading
from dataclasses import replace

import pytest

from core.config import TrainConfig
from core.engine.job import LIVE_POINTS, JobSnapshot, TrainingJob
from core.runs.status import RunStatus
from core.training.events import BatchProgress
from tests.core.builders import make_metrics, make_run

CONFIG = TrainConfig(epochs=4, training_size=1_000, batch_size=100)


def make_progress(epoch: int, step: int, *, loss: float = 0.5, images_per_second: float = 200.0) -> BatchProgress:
    return BatchProgress(
        epoch=epoch,
        step=step,
        steps_per_epoch=10,
        images_per_epoch=1_000,
        train_loss=loss,
        images_per_second=images_per_second,
        seconds=step * 100 / images_per_second,
        probe_predicted=(1, 2),
        probe_confidence=(0.5, 0.5),
    )


class Engine:
    """Remembers what the job asks of it."""

    def __init__(self) -> None:
        self.stops = 0

    def stop(self, job: TrainingJob) -> None:
        self.stops += 1

    def place(self, job: TrainingJob) -> int:
        return 3


def make_job(epochs: int = 0) -> tuple[TrainingJob, Engine]:
    engine = Engine()
    run = replace(make_run(epochs=epochs), config=CONFIG, status=RunStatus.QUEUED)
    return TrainingJob(run, "session", engine.stop, engine.place), engine


def test_a_new_job_is_queued_and_knows_its_place() -> None:
    job, _ = make_job()
    snapshot = job.snapshot()
    assert (snapshot.status, snapshot.queue_place, snapshot.position) == (RunStatus.QUEUED, 3, 0.0)
    assert snapshot.seconds_left is None
    assert (job.run_id, job.session, snapshot.config) == (make_run().run_id, "session", CONFIG)
    job.start()
    assert (job.snapshot().status, job.snapshot().queue_place) == (RunStatus.RUNNING, None)


def test_a_continued_job_brings_its_epochs() -> None:
    job, _ = make_job(epochs=2)
    assert job.snapshot().position == 2.0
    assert job.snapshot().seconds_left == pytest.approx(2 * 1.5)


def test_position_and_time_left_follow_the_progress() -> None:
    job, _ = make_job()
    job.start()
    job.take_progress(make_progress(1, 5))
    snapshot = job.snapshot()
    assert snapshot.position == 0.5
    # 3.5 epochs of 1,000 images at 200 a second.
    assert snapshot.seconds_left == pytest.approx(17.5)
    job.take_epoch(make_metrics(1))
    job.take_progress(make_progress(2, 1))
    assert job.snapshot().position == pytest.approx(1.1)
    assert [metrics.epoch for metrics in job.snapshot().epochs] == [1]


def test_time_left_of_an_epoch_continued_in_its_middle() -> None:
    """Its seconds count from the continuation, its batches from the epoch's beginning."""
    job, _ = make_job()
    job.start()
    job.take_epoch(make_metrics(1, step=4))
    job.take_progress(replace(make_progress(1, 9), seconds=0.5))
    assert job.snapshot().seconds_left == pytest.approx((4 - 0.9) * 5.0)


def test_time_left_of_an_epoch_cut_off_before_anything_is_said() -> None:
    """Four of ten batches took six seconds."""
    job, _ = make_job()
    job.take_epoch(make_metrics(1, step=4, seconds=6.0))
    assert job.snapshot().seconds_left == pytest.approx((4 - 0.4) * 15.0)


def test_an_ended_job_has_no_time_left() -> None:
    job, _ = make_job()
    job.take_progress(make_progress(1, 5))
    for status in (status for status in RunStatus if not status.is_active):
        job.change(status=status)
        assert job.snapshot().seconds_left == 0.0
        assert job.snapshot().position == 0.0


@pytest.mark.parametrize("status", RunStatus)
def test_stop_is_asked_for_once_and_only_of_what_goes_on(status: RunStatus) -> None:
    job, engine = make_job()
    job.change(status=status)
    job.stop()
    job.stop()
    can_stop = status in (RunStatus.QUEUED, RunStatus.RUNNING)
    assert engine.stops == can_stop
    assert job.status is (RunStatus.STOPPING if can_stop else status)


def test_a_stop_outlives_the_start_of_the_worker() -> None:
    job, _ = make_job()
    job.stop()
    job.start()
    assert job.status is RunStatus.STOPPING


def test_of_many_who_stop_one_reaches_the_engine() -> None:
    job, engine = make_job()
    gate = threading.Barrier(8)

    def stop() -> None:
        gate.wait(30)
        job.stop()

    threads = [threading.Thread(target=stop) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert engine.stops == 1


def test_live_points_are_of_this_epoch_and_bounded() -> None:
    job, _ = make_job()
    job.start()
    for step in range(1, 3 * LIVE_POINTS):
        job.take_progress(replace(make_progress(1, step, loss=step), steps_per_epoch=10_000))
        points = job.snapshot().live_points
        assert len(points) <= LIVE_POINTS
        assert points[0] == (1 / 10_000, 1.0)
        assert [point.position for point in points] == sorted(point.position for point in points)
    # The last one to come is always shown, give or take one halving.
    assert points[-1].loss >= 3 * LIVE_POINTS - 2
    job.take_epoch(make_metrics(1))
    assert job.snapshot().live_points == ()


def test_an_epoch_that_was_cut_off_is_replaced() -> None:
    job, _ = make_job(epochs=2)
    job.take_epoch(make_metrics(3, step=4))
    assert job.snapshot().position == 2.4
    job.take_epoch(make_metrics(3))
    assert [metrics.epoch for metrics in job.snapshot().epochs] == [1, 2, 3]
    assert job.snapshot().position == 3.0


def test_a_snapshot_never_changes() -> None:
    job, _ = make_job()
    before: JobSnapshot = job.snapshot()
    job.start()
    job.take_progress(make_progress(1, 5))
    job.take_epoch(make_metrics(1))
    assert (before.status, before.epochs, before.live_points, before.progress) == (RunStatus.QUEUED, (), (), None)
