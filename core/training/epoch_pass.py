"""EpochPass: one way through the training images, and what its batches came to."""

import math

import numpy as np
import torch
from numpy.typing import NDArray

from core.config import TrainConfig
from core.errors import DivergedError
from core.runs.records import Checkpoint
from core.training.learner import Learner
from core.training.schedule import learning_rate_at

CURVE_POINTS = 100


class EpochPass:
    """One way through the training images, in this epoch's own order.

    Parameters
    ----------
    images
        How many there are.
    val_losses
        Validation losses of the epochs before.
    begun
        Where the epoch was cut off, if it continues from there.
    """

    def __init__(
        self,
        config: TrainConfig,
        learner: Learner,
        images: int,
        val_losses: list[float],
        epoch: int,
        begun: Checkpoint | None,
    ) -> None:
        self.config, self.learner, self.images, self.val_losses = config, learner, images, val_losses
        self.epoch = epoch
        self.step = self.first_step = self.reported = self.counted = begun.step if begun else 0
        order = np.arange(images)
        if config.shuffle:
            # Drawn from seed and epoch alone, so that a resumed epoch finds the order that it began with.
            order = np.random.default_rng([config.seed, epoch]).permutation(images)
        learner.begin_epoch(epoch, order)
        self.earlier_losses = begun.batch_losses if begun else np.empty(0, dtype=np.float32)
        self.images_correct = begun.correct if begun else 0
        self.batch_losses: list[NDArray[np.float32]] = []

    @property
    def images_done(self) -> int:
        """Images trained on in this pass."""
        size = self.config.batch_size
        return min(self.step * size, self.images) - self.first_step * size

    def train_one_batch(self) -> None:
        """Forward, backward, one step of the optimiser."""
        per_epoch = math.ceil(self.images / self.config.batch_size)
        rate = learning_rate_at(self.config, (self.epoch - 1) * per_epoch + self.step, per_epoch, self.val_losses)
        # The moments of a weight whose gradient stays zero shrink below 1e-38, where the processor needs many times as
        # long for every operation: a network with dead units trained three times slower. As zero they change nothing.
        # It is a mode of this thread, the only one that a worker trains with.
        torch.set_flush_denormal(True)
        try:
            self.learner.train_batch(self.step, rate)
        finally:
            torch.set_flush_denormal(False)
        self.step += 1

    def mean_loss_since_last(self) -> float:
        """Mean loss of the batches since the last call.

        Raises
        ------
        DivergedError
            If the loss of one of them is not finite; it names the first of them, whenever it is called.
        """
        if self.reported == self.step:
            return float("nan")
        losses = self.learner.batch_losses(self.reported, self.step)
        lost = np.flatnonzero(~np.isfinite(losses))
        if len(lost):
            raise self.divergence(self.reported + int(lost[0]) + 1)
        self.reported = self.step
        self.batch_losses.append(losses)
        # The sum of large losses, each of them finite, may be none in float32.
        return float(losses.mean(dtype=np.float64))

    def losses(self) -> NDArray[np.float32]:
        """Losses of the epoch's batches so far, nats per image, float32, shape ``(step,)``."""
        return np.concatenate([self.earlier_losses, *self.batch_losses])

    def correct(self) -> int:
        """How many of the epoch's images so far were right when their batch came."""
        if self.counted < self.step:
            self.images_correct += self.learner.correct(self.counted, self.step)
            self.counted = self.step
        return self.images_correct

    def mean_loss(self) -> float:
        """Mean loss of the epoch's batches so far, nats per image."""
        return float(self.losses().mean(dtype=np.float64))

    def accuracy(self) -> float:
        """Share of the epoch's images so far that were right when their batch came."""
        return self.correct() / min(self.step * self.config.batch_size, self.images)

    def loss_curve(self) -> NDArray[np.float32]:
        """Losses of the batches, averaged to at most ``CURVE_POINTS`` values."""
        losses = self.losses()
        parts = np.array_split(losses, min(CURVE_POINTS, len(losses)))
        return np.array([part.mean() for part in parts], dtype=np.float32)

    def divergence(self, batch: int) -> DivergedError:
        """What to raise where the loss is lost: in this batch of the epoch, counted from 1."""
        return DivergedError(self.epoch, batch, self.config.learning_rate)
