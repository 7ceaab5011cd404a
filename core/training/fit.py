"""fit(): the training loop, a generator of events that knows nothing of who listens."""

import math
import platform
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from importlib.metadata import version

import numpy as np
import torch
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.dataset import Splits
from core.models.functional import mean_loss
from core.models.numpy_model import NumpyModel, probabilities_of
from core.runs.records import Checkpoint, EpochMetrics, RunEnvironment
from core.training.early import Snapshots, probe_answers
from core.training.epoch_pass import EpochPass
from core.training.events import BatchProgress, EpochCompleted, TrainingEvent, TrainingStarted
from core.training.learner import Arrays, Learner, weights_to_start_from
from core.training.numpy_learner import numpy_learner
from core.training.probes import probe_positions
from core.training.teaching import check_handed_over
from core.training.torch_learner import torch_learner

PROGRESS_SECONDS = 0.1


def fit(  # noqa: PLR0913 - all but two have defaults and are keywords
    config: TrainConfig,
    splits: Splits,
    *,
    resume: Checkpoint | None = None,
    start: Mapping[str, NDArray[np.float32]] | None = None,
    teacher: NumpyModel | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    pause: Callable[[], float] = lambda: 0.0,
    device: torch.device | None = None,
    progress_seconds: float | None = None,
) -> Iterator[TrainingEvent]:
    """Train the network that ``config`` describes.

    On the same machine, the same config, data, thread count and device give the same numbers. ``should_stop`` is asked
    after every batch; once it says yes, the epoch is evaluated where it stands and the training ends. With
    ``config.patience`` it ends by itself once the validation loss has not improved for this many epochs.

    Parameters
    ----------
    resume
        Continue from here instead of fresh weights. From another kind of device, the random numbers are others than
        they would have been there.
    start
        Weights of another run to begin with instead of random ones.
    teacher
        The network of the run that the config names as its teacher.
    pause
        Called before every batch; may take its time, in seconds, says how much, and none of it counts.
    device
        Where PyTorch trains; the best one there is if left out.

    Yields
    ------
    TrainingStarted
        Once.
    SnapshotTaken
        Before the first batch and a few times in the first epoch, unless training continues from a checkpoint.
    BatchProgress
        About every ``progress_seconds``; ``PROGRESS_SECONDS`` if they are left out.
    EpochCompleted
        After each epoch, with its checkpoint.

    Raises
    ------
    DivergedError
        If the loss is no longer finite; the message says in which epoch and what to do.
    TrainingError
        If the weights to start from belong to another kind of network, or the teacher is missing or knows other
        classes.
    """
    check_handed_over(config, splits.train.class_names, teacher)
    training = _Training(
        config, splits, device, pause, teacher, PROGRESS_SECONDS if progress_seconds is None else progress_seconds
    )
    first_epoch, begun = training.prepare(resume, start)
    yield TrainingStarted(training.environment(), training.steps_per_epoch)
    for epoch in range(first_epoch, config.epochs + 1):
        yield from training.run_epoch(epoch, begun, should_stop)
        if training.ended:
            return
        begun = None


def make_learner(
    config: TrainConfig, splits: Splits, device: torch.device | None = None, teacher: NumpyModel | None = None
) -> Learner:
    """Network, optimiser and data by the backend that the config names."""
    if config.backend == "numpy":
        return numpy_learner(config, splits)
    return torch_learner(config, splits, device, teacher)


class _Training:
    """One training run from its first batch to its last."""

    def __init__(
        self,
        config: TrainConfig,
        splits: Splits,
        device: torch.device | None,
        pause: Callable[[], float],
        teacher: NumpyModel | None,
        progress_seconds: float,
    ) -> None:
        self.config, self.splits, self.pause, self.progress_seconds = config, splits, pause, progress_seconds
        self.classes = len(splits.train.class_names)
        self.learner = make_learner(config, splits, device, teacher)
        self.steps_per_epoch = -(-len(splits.train) // config.batch_size)
        self.probes = probe_positions(splits.validation.labels, self.classes)
        self.val_losses: list[float] = []
        self.best: Arrays | None = None
        self.best_before: Arrays | None = None
        self.ended = False

    def prepare(
        self, resume: Checkpoint | None, start: Mapping[str, NDArray[np.float32]] | None
    ) -> tuple[int, Checkpoint | None]:
        """Restore a checkpoint, if any; return the epoch to continue with, and where it was cut off if it has begun."""
        self.snapshots = Snapshots(
            self.config, self.learner, self.splits.validation, self.steps_per_epoch, resumed=resume is not None
        )
        if resume is None:
            if start is not None:
                self.learner.load_weights(weights_to_start_from(self.learner.weights(), start))
            return 1, None
        self.learner.load_weights(resume.weights)
        self.learner.restore_optimizer(resume.optimizer)
        self.learner.restore_random_state(resume.random_state)
        self.val_losses, self.best = resume.val_losses.tolist(), resume.best_weights
        if resume.step == self.steps_per_epoch:
            # One that early stopping had ended, and that was interrupted before its end was kept, stays ended.
            return (self.config.epochs if self._is_out_of_patience() else resume.epoch) + 1, None
        # An epoch that was cut off is measured again when it ends, and then replaced: it was never the best.
        if self._is_best():
            self.best = resume.best_before
        self.val_losses = self.val_losses[: resume.epoch - 1]
        return resume.epoch, resume

    def environment(self) -> RunEnvironment:
        """What the run store keeps of where and on what this training runs."""
        splits = self.splits
        return RunEnvironment(
            device=self.learner.device,
            threads=self.learner.threads,
            versions={"python": platform.python_version(), "torch": version("torch"), "numpy": version("numpy")},
            data_digest=splits.train.digest,
            train_images=len(splits.train),
            validation_images=len(splits.validation),
            test_images=len(splits.test),
            mean=splits.normalisation.mean,
            std=splits.normalisation.std,
            class_names=splits.train.class_names,
        )

    def run_epoch(
        self, epoch: int, begun: Checkpoint | None, should_stop: Callable[[], bool]
    ) -> Iterator[TrainingEvent]:
        """Train on every batch, or on those that an epoch that was cut off has left; then evaluate."""
        started = time.perf_counter()
        pass_ = EpochPass(self.config, self.learner, len(self.splits.train), self.val_losses, epoch, begun)
        looked, paused = yield from self._train_batches(pass_, started, should_stop)
        pass_.mean_loss_since_last()
        training_seconds = time.perf_counter() - started - looked - paused
        logits = self.learner.validation_logits()
        val_loss, val_accuracy, confusion = self._evaluate(logits)
        if not math.isfinite(val_loss):
            raise pass_.divergence(pass_.step)
        self._judge(val_loss, is_whole=pass_.step == self.steps_per_epoch)
        seconds = time.perf_counter() - started - looked - paused + (begun.seconds if begun else 0.0)
        probe_predicted, probe_confidence = probe_answers(logits[self.probes], self.config)
        metrics = EpochMetrics(
            epoch=epoch,
            step=pass_.step,
            steps_per_epoch=self.steps_per_epoch,
            train_loss=pass_.mean_loss(),
            train_accuracy=pass_.accuracy(),
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            seconds=seconds,
            images_per_second=pass_.images_done / training_seconds,
            batch_losses=pass_.loss_curve(),
            confusion=confusion,
            probe_predicted=probe_predicted,
            probe_confidence=probe_confidence,
        )
        out_of_patience = self._is_out_of_patience()
        self.ended = self.ended or out_of_patience
        is_last = metrics.complete and (epoch == self.config.epochs or out_of_patience)
        yield EpochCompleted(metrics, self._checkpoint(pass_, seconds), is_last)

    def _train_batches(
        self, pass_: EpochPass, started: float, should_stop: Callable[[], bool]
    ) -> Generator[TrainingEvent, None, tuple[float, float]]:
        """Train on the batches that are left, or until a stop; how long snapshots and pauses took, in seconds."""
        said, paused = started, 0.0
        looked = yield from self._look(pass_)
        while pass_.step < self.steps_per_epoch:
            paused += self.pause()
            pass_.train_one_batch()
            looked += yield from self._look(pass_)
            now = time.perf_counter()
            if now - said >= self.progress_seconds:
                yield self._progress(pass_, now - started - looked - paused)
                # Whoever listens may have taken a while; that is not this training's time to report in.
                said = time.perf_counter()
            if should_stop():
                self.ended = True
                break
        return looked, paused

    def _look(self, pass_: EpochPass) -> Generator[TrainingEvent, None, float]:
        """Take a snapshot if one is due; how many seconds it took."""
        if not self.snapshots.are_due(pass_.step):
            return 0.0
        started = time.perf_counter()
        yield from self.snapshots.take()
        return time.perf_counter() - started

    def _judge(self, val_loss: float, *, is_whole: bool) -> None:
        """Note the validation loss, and keep the weights that have the least of all, if they are asked for."""
        self.val_losses.append(val_loss)
        if self.config.patience and self._is_best():
            self.best_before = None if is_whole else self.best
            self.best = self.learner.weights()

    def _is_best(self) -> bool:
        """Whether the last epoch has a lower validation loss than all before it; of equal ones the first is kept."""
        return not self.val_losses or int(np.argmin(self.val_losses)) == len(self.val_losses) - 1

    def _is_out_of_patience(self) -> bool:
        if not (self.config.patience and self.val_losses):
            return False
        return self.config.patience <= len(self.val_losses) - 1 - int(np.argmin(self.val_losses))

    def _progress(self, pass_: EpochPass, seconds: float) -> BatchProgress:
        # First: it raises where the loss is lost, and with it whatever the network says.
        train_loss = pass_.mean_loss_since_last()
        with np.errstate(invalid="ignore"):
            # Weights that the last batch has ruined show in the loss of the next.
            probabilities = probabilities_of(self.learner.probe_logits(), self.config.loss)
        return BatchProgress(
            epoch=pass_.epoch,
            step=pass_.step,
            steps_per_epoch=self.steps_per_epoch,
            images_per_epoch=len(self.splits.train),
            train_loss=train_loss,
            images_per_second=pass_.images_done / seconds,
            seconds=seconds,
            probe_predicted=tuple(probabilities.argmax(1).tolist()),
            probe_confidence=tuple(probabilities.max(1).tolist()),
        )

    def _evaluate(self, logits: NDArray[np.float32]) -> tuple[float, float, NDArray[np.int64]]:
        """Loss, accuracy and confusion matrix on the validation images, from their logits."""
        labels = self.splits.validation.labels
        loss = mean_loss(self.config.loss, logits, labels)
        cells = labels * self.classes + logits.argmax(1)
        confusion = np.bincount(cells, minlength=self.classes**2).reshape(self.classes, self.classes)
        return loss, float(np.trace(confusion) / max(1, len(labels))), confusion

    def _checkpoint(self, pass_: EpochPass, seconds: float) -> Checkpoint:
        return Checkpoint(
            epoch=pass_.epoch,
            step=pass_.step,
            weights=self.learner.weights(),
            optimizer=self.learner.optimizer_state(),
            random_state=self.learner.random_state(),
            batch_losses=pass_.losses(),
            correct=pass_.correct(),
            seconds=seconds,
            val_losses=np.array(self.val_losses),
            best_weights=self.best,
            best_before=self.best_before,
        )
