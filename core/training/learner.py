"""Learner: network, optimiser and data of one training, whatever computes them."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError

Arrays = dict[str, NDArray[np.float32]]


class Learner(Protocol):
    """What the training loop asks of a backend.

    Batches are counted from 0 within an epoch; the last one may be smaller than ``batch_size``.
    """

    @property
    def device(self) -> str:
        """Where it computes, for the record."""

    @property
    def threads(self) -> int:
        """Processor threads that it uses."""

    def begin_epoch(self, epoch: int, order: NDArray[np.int64]) -> None:
        """Take the training images in this order, int64 ``(N,)``."""

    def train_batch(self, step: int, learning_rate: float) -> None:
        """Forward, backward and one step of the optimiser."""

    def batch_losses(self, start: int, end: int) -> NDArray[np.float32]:
        """Mean loss of each of the batches ``start … end-1`` when its turn came, float32."""

    def hits(self, start: int, end: int) -> int:
        """Images of these batches that were right when their turn came."""

    def validation_scores(self) -> NDArray[np.float32]:
        """Scores ``(V, K)`` of the validation images now."""

    def probe_scores(self) -> NDArray[np.float32]:
        """Scores of the probe digits now."""

    def weights(self) -> Arrays:
        """Copies of all arrays of the network by name."""

    def load_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Go on with these."""

    def optimizer_state(self) -> Arrays:
        """Copies of the optimiser's moments and step count."""

    def restore_optimizer(self, state: Mapping[str, NDArray[np.float32]]) -> None:
        """Go on from what :meth:`optimizer_state` gave."""

    def random_state(self) -> NDArray[np.uint8]:
        """State of the generator that dropout and augmentation draw from."""

    def restore_random_state(self, state: NDArray[np.uint8]) -> None:
        """Go on from what :meth:`random_state` gave."""


def weights_to_start_from(fresh: Arrays, given: Mapping[str, NDArray[np.float32]]) -> Arrays:
    """The weights of another run where they fit; a last layer for other classes stays fresh.

    Raises
    ------
    TrainingError
        If the networks differ in more than their last layer.
    """
    last = max(int(name.split(".")[1]) for name in fresh if name.startswith("layers."))
    start = {}
    for name, array in fresh.items():
        fits = name in given and given[name].shape == array.shape
        if not fits and not name.startswith(f"layers.{last}."):
            raise TrainingError("Only a network of the same layers can go on from another run’s weights.")
        start[name] = given[name] if fits else array
    if len(given) != len(fresh):
        raise TrainingError("Only a network of the same layers can go on from another run’s weights.")
    return start
