"""The time that a training still needs, against a machine whose every batch and validation takes a known time."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

import core.training.fit
from core.config import TrainConfig
from core.data.dataset import Splits
from core.engine.job import TrainingJob
from core.runs.status import RunStatus
from core.training.events import BatchProgress, EpochCompleted
from core.training.fit import fit
from core.training.torch_learner import TorchLearner
from tests.core.builders import make_run


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def perf_counter(self) -> float:
        return self.seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A batch takes as many hundredths of a second as it has images, a validation one per image."""
    clock = Clock()
    train_batch, validation_logits = TorchLearner.train_batch, TorchLearner.validation_logits

    def train(learner: TorchLearner, step: int, learning_rate: float) -> None:
        clock.seconds += 0.01 * len(learner.batches[step])
        train_batch(learner, step, learning_rate)

    def validate(learner: TorchLearner, positions: np.ndarray | None = None) -> np.ndarray:
        clock.seconds += 0.01 * (len(learner.val_images) if positions is None else len(positions))
        return validation_logits(learner, positions)

    monkeypatch.setattr(TorchLearner, "train_batch", train)
    monkeypatch.setattr(TorchLearner, "validation_logits", validate)
    monkeypatch.setattr(core.training.fit, "time", clock)
    return clock


def moments(job: TrainingJob, config: TrainConfig, splits: Splits, clock: Clock) -> Iterator[tuple[int, float, float]]:
    """Epochs done, seconds gone and seconds left, after everything that a training says."""
    for event in fit(config, splits):
        if isinstance(event, BatchProgress):
            job.take_progress(event)
        if isinstance(event, EpochCompleted):
            job.take_epoch(event.metrics)
        left = job.snapshot().seconds_left
        if left is not None:
            yield len(job.snapshot().epochs), clock.seconds, left


@pytest.mark.parametrize(
    ("images", "batch_size"),
    [(600, 50), (600, 4_096), (65, 64), (100, 7), (20, 32)],
    ids=str,
)
@pytest.mark.parametrize("asked", [55_000, 600], ids=lambda asked: f"{asked} asked for")
def test_time_left_is_right_within_a_factor_of_two(
    small_splits: Splits, clock: Clock, images: int, batch_size: int, asked: int
) -> None:
    """Of few images, fewer than a batch holds or the config asks for, and where validation takes most of the time."""
    config = TrainConfig(hidden_size=4, epochs=5, batch_size=batch_size, training_size=asked)
    splits = replace(small_splits, train=small_splits.train.subset(np.arange(images)))
    job = TrainingJob(
        replace(make_run(epochs=0), config=config, status=RunStatus.QUEUED), "session", lambda _: None, lambda _: 1
    )
    job.start()
    seen = list(moments(job, config, splits, clock))
    for epochs, gone, left in seen:
        if 1 <= epochs < config.epochs:
            assert (clock.seconds - gone) / 2 <= left <= (clock.seconds - gone) * 2
    assert seen[-1][2] == pytest.approx(0)
