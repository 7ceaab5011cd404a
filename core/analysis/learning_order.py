"""What each of a run's kept epochs read in each image, and so when each was learned."""

from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from core.atomic import write_atomically
from core.errors import RunError
from core.models.numpy_model import NumpyModel
from core.runs.model_tensors import read_tensors
from core.stopping import ShouldStop, never


class Pattern(StrEnum):
    """How an image fared over the kept epochs; each image has one pattern.

    References
    ----------
    Toneva et al. 2019, “An Empirical Study of Example Forgetting during Deep Neural Network Learning”,
    https://arxiv.org/abs/1812.05159.
    """

    NEVER = "never"
    """Incorrect at every epoch."""

    FORGOTTEN = "forgotten"
    """Correct at some epoch, incorrect at the last."""

    UNSTEADY = "unsteady"
    """Correct at the last epoch, but forgotten before that at least once."""

    LATE = "late"
    """Incorrect at first, and correct from some epoch on."""

    EARLY = "early"
    """Correct at every epoch."""


@dataclass(frozen=True, eq=False)
class LearningOrder:
    """What each of the kept epochs read in each image.

    Parameters
    ----------
    epochs
        The kept epochs, 1 for the first, in order.
    predicted
        uint16, shape ``(epochs, N)``.
    labels
        int64, shape ``(N,)``.
    """

    epochs: tuple[int, ...]
    predicted: NDArray[np.uint16]
    labels: NDArray[np.int64]

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Which images were read correctly, shape ``(epochs, N)``."""
        right: NDArray[np.bool_] = self.predicted == self.labels
        return right

    def positions(self, pattern: Pattern) -> NDArray[np.int64]:
        """Images of a pattern, those first that fewest epochs read correctly; ties in the order of the images."""
        found = np.flatnonzero(self._patterns == list(Pattern).index(pattern))
        return found[np.argsort(self.correct[:, found].sum(axis=0), kind="stable")]

    def count(self, pattern: Pattern) -> int:
        """How many images have it."""
        return int((self._patterns == list(Pattern).index(pattern)).sum())

    def epochs_of(self, position: int) -> tuple[int, ...]:
        """Epochs that read this image correctly."""
        return tuple(epoch for epoch, correct in zip(self.epochs, self.correct[:, position], strict=True) if correct)

    @cached_property
    def _patterns(self) -> NDArray[np.int64]:
        """Number of each image's pattern, int64, shape ``(N,)``."""
        if not self.epochs:
            return np.zeros(self.correct.shape[1], dtype=np.int64)
        is_last, ever = self.correct[-1], self.correct.any(axis=0)
        forgot = (self.correct[:-1] & ~self.correct[1:]).any(axis=0)
        conditions = [~ever, ~is_last, forgot, ~self.correct[0]]
        order = [Pattern.NEVER, Pattern.FORGOTTEN, Pattern.UNSTEADY, Pattern.LATE]
        numbers = [list(Pattern).index(pattern) for pattern in order]
        return np.select(conditions, numbers, default=list(Pattern).index(Pattern.EARLY)).astype(np.int64)


def labels_read(images: NDArray[np.uint8], model: NumpyModel, should_stop: ShouldStop = never) -> NDArray[np.uint16]:
    """What the network of one epoch reads in images ``(N, 28, 28)``, uint16 ``(N,)``; runs in a worker."""
    read: NDArray[np.uint16] = model.logits(images, should_stop).argmax(axis=1).astype(np.uint16)
    return read


def write_order(path: Path, order: LearningOrder) -> None:
    """Keep a result; a disk that refuses costs the time of computing it again."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(
            path, save({"epochs": np.array(order.epochs, np.int64), "predicted": np.ascontiguousarray(order.predicted)})
        )


def read_order(path: Path, labels: NDArray[np.int64]) -> LearningOrder | None:
    """A result for images with these labels that was kept; None if the file is missing, damaged or something else."""
    try:
        tensors, _ = read_tensors(path)
        epochs, predicted = tensors["epochs"], tensors["predicted"]
    except (RunError, KeyError):
        return None
    if predicted.dtype != np.uint16 or epochs.dtype != np.int64 or predicted.shape != (len(epochs), len(labels)):
        return None
    return LearningOrder(tuple(epochs.tolist()), predicted, labels)
