"""fit(): the training loop, a generator of events that knows nothing of who listens."""

import math
import platform
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.config import TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.errors import DivergedError
from core.models.mlp import build_mlp
from core.preprocessing import normalise
from core.runs.records import Checkpoint, EpochMetrics, RunEnvironment
from core.training.events import BatchProgress, EpochCompleted, TrainingEvent, TrainingStarted
from core.training.optimizers import FlatOptimizer
from core.training.probes import probe_positions
from core.training.schedule import learning_rate_at

PROGRESS_SECONDS = 0.1
CURVE_POINTS = 100
_EVALUATION_CHUNK = 2_000


def best_device() -> torch.device:
    """The accelerator that PyTorch finds, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def fit(
    config: TrainConfig,
    splits: Splits,
    *,
    resume: Checkpoint | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    device: torch.device | None = None,
) -> Iterator[TrainingEvent]:
    """Train the network that ``config`` describes.

    The same config, data, thread count and device give the same numbers. ``should_stop`` is asked after every
    batch; once it says yes, the epoch is evaluated where it stands and the training ends.

    Parameters
    ----------
    resume
        Go on from here instead of from fresh weights.
    device
        Where to train; the best one there is if left out.

    Yields
    ------
    TrainingStarted
        Once.
    BatchProgress
        About every 100 ms.
    EpochCompleted
        After each epoch, with its checkpoint.

    Raises
    ------
    DivergedError
        If the loss is no longer finite; the message says in which epoch and what to do.
    """
    trainer = _Trainer(config, splits, device or best_device())
    first_epoch, begun = trainer.prepare(resume)
    yield TrainingStarted(trainer.environment(), trainer.steps_per_epoch)
    for epoch in range(first_epoch, config.epochs + 1):
        yield from trainer.run_epoch(epoch, begun, should_stop)
        if trainer.stopped:
            return
        begun = None


class _Trainer:
    """Network, optimiser and data of one training, on one device."""

    def __init__(self, config: TrainConfig, splits: Splits, device: torch.device) -> None:
        self.config, self.splits, self.device = config, splits, device
        self.classes = len(splits.train.class_names)
        self.images, self.labels = self._tensors(splits.train)
        self.val_images, self.val_labels = self._tensors(splits.validation)
        self.targets = torch.nn.functional.one_hot(self.labels, self.classes).float()
        self.probes = self.val_images[probe_positions(splits.validation.labels, self.classes)]
        self.generator = torch.Generator(device).manual_seed(config.seed)
        self.model = build_mlp(config, self.images.shape[1], self.classes).to_device(device)
        self.model.initialise(self.generator)
        self.optimizer = FlatOptimizer(
            config.optimizer, self.model.flat_parameters, self.model.flat_gradient, config.weight_decay
        )
        self.steps_per_epoch = -(-len(self.images) // config.batch_size)
        self.stopped = False

    def prepare(self, resume: Checkpoint | None) -> tuple[int, Checkpoint | None]:
        """Restore a checkpoint, if any; return the epoch to go on with, and where it was cut off if it has begun."""
        if resume is None:
            return 1, None
        self.model.load_weights(resume.weights)
        self.optimizer.restore(resume.optimizer)
        self.generator.set_state(torch.from_numpy(resume.random_state.copy()))
        if resume.step == self.steps_per_epoch:
            return resume.epoch + 1, None
        return resume.epoch, resume

    def environment(self) -> RunEnvironment:
        """What the run store keeps of where and on what this training runs."""
        splits = self.splits
        return RunEnvironment(
            device=str(self.device),
            threads=torch.get_num_threads(),
            versions={"python": platform.python_version(), "torch": version("torch"), "numpy": version("numpy")},
            data_digest=splits.train.digest,
            train_images=len(splits.train),
            validation_images=len(splits.validation),
            test_images=len(splits.test),
            mean=splits.normalisation.mean,
            std=splits.normalisation.std,
        )

    def run_epoch(
        self, epoch: int, begun: Checkpoint | None, should_stop: Callable[[], bool]
    ) -> Iterator[TrainingEvent]:
        """Train on every batch, or on those that an epoch that was cut off has left; then evaluate."""
        started = time.perf_counter()
        pass_ = _EpochPass(self, epoch, begun)
        said = started
        while pass_.step < self.steps_per_epoch:
            pass_.train_one_batch()
            now = time.perf_counter()
            if now - said >= PROGRESS_SECONDS:
                said = now
                yield self._progress(pass_, now - started)
                # Whoever listens may have taken a while; that is not this training's time to report in.
                said = time.perf_counter()
            if should_stop():
                self.stopped = True
                break
        pass_.mean_loss_since_last()
        training_seconds = time.perf_counter() - started
        val_loss, val_accuracy, confusion = self._evaluate()
        if not math.isfinite(val_loss):
            raise DivergedError(pass_.advice())
        seconds = time.perf_counter() - started + (begun.seconds if begun else 0.0)
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
        )
        yield EpochCompleted(metrics, self._checkpoint(pass_, seconds))

    @torch.no_grad()
    def _progress(self, pass_: "_EpochPass", seconds: float) -> BatchProgress:
        confidence, predicted = torch.softmax(self.model(self.probes), 1).max(1)
        return BatchProgress(
            epoch=pass_.epoch,
            step=pass_.step,
            steps_per_epoch=self.steps_per_epoch,
            train_loss=pass_.mean_loss_since_last(),
            images_per_second=pass_.images_done / seconds,
            seconds=seconds,
            probe_predicted=tuple(predicted.tolist()),
            probe_confidence=tuple(confidence.tolist()),
        )

    @torch.no_grad()
    def _evaluate(self) -> tuple[float, float, NDArray[np.int64]]:
        """Loss, accuracy and confusion matrix on the validation images."""
        logits = torch.cat([self.model(chunk) for chunk in self.val_images.split(_EVALUATION_CHUNK)])
        loss = torch.nn.functional.cross_entropy(logits, self.val_labels).item()
        cells = self.val_labels * self.classes + logits.argmax(1)
        confusion = torch.bincount(cells, minlength=self.classes**2).reshape(self.classes, self.classes).cpu().numpy()
        return loss, float(np.trace(confusion) / max(1, confusion.sum())), confusion

    def _checkpoint(self, pass_: "_EpochPass", seconds: float) -> Checkpoint:
        return Checkpoint(
            epoch=pass_.epoch,
            step=pass_.step,
            weights=self.model.copy_weights(),
            optimizer=self.optimizer.state(),
            random_state=self.generator.get_state().cpu().numpy(),
            batch_losses=pass_.losses(),
            hits=pass_.hits(),
            seconds=seconds,
        )

    def _tensors(self, data: ImageDataset) -> tuple[Tensor, Tensor]:
        pixels = torch.from_numpy(normalise(data.images, self.splits.normalisation))
        return pixels.to(self.device), torch.tensor(data.labels, device=self.device)


class _EpochPass:
    """One way through the training images, in this epoch's own order.

    The logits of all batches are kept (``60,000 × 10`` numbers) and losses computed from them in bulk: asked for
    after every batch, they would cost a tenth of the training.
    """

    def __init__(self, trainer: _Trainer, epoch: int, begun: Checkpoint | None) -> None:
        self.trainer, self.epoch = trainer, epoch
        self.step = self.first_step = self.reported = begun.step if begun else 0
        size = trainer.config.batch_size
        # Drawn from seed and epoch alone, so that a resumed epoch finds the order that it began with.
        order = np.random.default_rng([trainer.config.seed, epoch]).permutation(len(trainer.images))
        self.order = torch.from_numpy(order).to(trainer.device)
        self.batches = self.order.split(size)
        self.targets_of_batches = trainer.targets[self.order].split(size)
        self.images = torch.empty(min(size, len(order)), trainer.images.shape[1], device=trainer.device)
        self.logits = torch.empty(len(order), trainer.classes, device=trainer.device)
        self.logits_of_batches = self.logits.split(size)
        self.earlier_losses = begun.batch_losses if begun else np.empty(0, dtype=np.float32)
        self.earlier_hits = begun.hits if begun else 0
        self.batch_losses: list[Tensor] = []

    @property
    def images_done(self) -> int:
        """Images trained on in this pass."""
        size = self.trainer.config.batch_size
        return min(self.step * size, len(self.order)) - self.first_step * size

    def train_one_batch(self) -> None:
        """Forward, backward, one step of the optimiser."""
        trainer, batch = self.trainer, self.batches[self.step]
        trainer.model.backpropagate(
            torch.index_select(trainer.images, 0, batch, out=self.images[: len(batch)]),
            self.targets_of_batches[self.step],
            trainer.generator,
            self.logits_of_batches[self.step],
        )
        total = trainer.config.epochs * trainer.steps_per_epoch
        done = (self.epoch - 1) * trainer.steps_per_epoch + self.step
        trainer.optimizer.step(learning_rate_at(trainer.config, done, total))
        self.step += 1

    def mean_loss_since_last(self) -> float:
        """Mean loss of the batches since the last call.

        Raises
        ------
        DivergedError
            If it is not finite.
        """
        size = self.trainer.config.batch_size
        window = slice(self.reported * size, self.step * size)
        if self.reported == self.step:
            return float("nan")
        self.reported = self.step
        labels = self.trainer.labels[self.order[window]]
        # Along the first axis the cross entropy takes a quarter of its time along the last.
        logits = self.logits[window].t().contiguous()
        losses = torch.logsumexp(logits, 0) - logits.gather(0, labels[None])[0]
        self.batch_losses.append(_batch_means(losses, size))
        mean = losses.mean().item()
        if not np.isfinite(mean):
            raise DivergedError(self.advice())
        return mean

    def losses(self) -> NDArray[np.float32]:
        """Losses of the epoch's batches so far, nats per image, float32, shape ``(step,)``."""
        return np.concatenate([self.earlier_losses, torch.cat(self.batch_losses).cpu().numpy()])

    def hits(self) -> int:
        """How many of the epoch's images so far were right when their batch came."""
        size = self.trainer.config.batch_size
        window = slice(self.first_step * size, self.step * size)
        right = self.logits[window].argmax(1) == self.trainer.labels[self.order[window]]
        return self.earlier_hits + int(right.sum())

    def mean_loss(self) -> float:
        """Mean loss of the epoch's batches so far, nats per image."""
        return float(self.losses().mean(dtype=np.float64))

    def accuracy(self) -> float:
        """Share of the epoch's images so far that were right when their batch came."""
        return self.hits() / min(self.step * self.trainer.config.batch_size, len(self.order))

    def loss_curve(self) -> NDArray[np.float32]:
        """Losses of the batches, averaged to at most ``CURVE_POINTS`` values."""
        losses = self.losses()
        parts = np.array_split(losses, min(CURVE_POINTS, len(losses)))
        return np.array([part.mean() for part in parts], dtype=np.float32)

    def advice(self) -> str:
        """Where the loss was lost, and what to do."""
        rate = self.trainer.config.learning_rate
        return (
            f"The loss was no longer a finite number in epoch {self.epoch}, batch {self.step:,}: "
            f"the training diverged. Try a learning rate below {rate:g}, for instance {rate / 10:g}."
        )


def _batch_means(losses: Tensor, size: int) -> Tensor:
    """Mean of each batch; the last one may be smaller."""
    whole = len(losses) // size * size
    means = losses[:whole].view(-1, size).mean(1)
    return means if whole == len(losses) else torch.cat([means, losses[whole:].mean(0, keepdim=True)])
