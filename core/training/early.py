"""Early snapshots: what the network makes of a few images before its first epoch has ended.

Most is learned there, in a fraction of a second. They are taken after fixed numbers of batches, whether or not
anybody listens, and change nothing that is computed afterwards.
"""

import itertools
import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.models.functional import mean_loss
from core.models.numpy_model import probabilities_of
from core.models.shapes import parameter_count
from core.runs.files import half_precision
from core.runs.records import EarlySnapshot
from core.training.events import SnapshotTaken
from core.training.learner import Learner
from core.training.probes import probe_positions

SAMPLE = 500
"""Validation images that a snapshot is measured on: all 5,000 would cost ten times as long."""
MOST_WEIGHTS = 2_000_000
"""Of networks with more, 4 MB in half precision, the weights are not kept with a snapshot."""


def snapshot_steps(steps_per_epoch: int) -> list[int]:
    """After how many batches of the first epoch one is taken: 0, 1, 3, 10, 30, 100 … before it ends."""
    spaced = (factor * 10**power for power in itertools.count() for factor in (1, 3))
    return [0, *itertools.takewhile(lambda step: step < steps_per_epoch, spaced)]


def sample_positions(images: int) -> NDArray[np.int64]:
    """Positions of the validation images that snapshots are measured on, evenly spread; shape ``(≤ SAMPLE,)``."""
    return np.unique(np.linspace(0, images - 1, min(SAMPLE, images)).astype(np.int64))


class Snapshots:
    """Takes the snapshots of one training run.

    Parameters
    ----------
    resumed
        Whether the training continues from a checkpoint: then its beginning is over.
    """

    def __init__(
        self, config: TrainConfig, learner: Learner, validation: ImageDataset, steps_per_epoch: int, *, resumed: bool
    ) -> None:
        self._config, self._learner, self._steps_per_epoch = config, learner, steps_per_epoch
        self._left = [] if resumed else snapshot_steps(steps_per_epoch)[::-1]
        classes = len(validation.class_names)
        probes, sample = probe_positions(validation.labels, classes), sample_positions(len(validation))
        self._probes = len(probes)
        self._positions = np.concatenate([probes, sample])
        self._labels = validation.labels[sample]
        self._keeps_weights = parameter_count(config, classes) <= MOST_WEIGHTS

    def are_due(self, step: int) -> bool:
        """Whether one is to be taken after this many batches."""
        return bool(self._left) and self._left[-1] == step

    def take(self) -> Iterator[SnapshotTaken]:
        """The one that is due, unless there is nothing to see."""
        step = self._left.pop()
        logits = self._learner.validation_logits(self._positions)
        probes, sample = logits[: self._probes], logits[self._probes :]
        loss = mean_loss(self._config.loss, sample, self._labels)
        # A training run that diverges says so itself.
        if math.isfinite(loss) and np.isfinite(probes).all():
            predicted, confidence = probe_answers(probes, self._config)
            accuracy = share_correct(sample, self._labels)
            snapshot = EarlySnapshot(
                step, self._steps_per_epoch, loss, accuracy, len(self._labels), predicted, confidence
            )
            yield SnapshotTaken(snapshot, half_precision(self._learner.weights()) if self._keeps_weights else None)


def probe_answers(logits: NDArray[np.float32], config: TrainConfig) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """What the network reads in each probe digit, and how sure it is, to four digits: to be kept and shown."""
    probabilities = probabilities_of(logits, config.loss)
    return tuple(probabilities.argmax(1).tolist()), tuple(round(float(p), 4) for p in probabilities.max(1))
