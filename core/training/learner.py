"""Learner: network, optimiser and data of one training run, whatever computes them."""

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import TrainingError

Arrays = dict[str, NDArray[np.float32]]

LOSS_WINDOW_IMAGES = 4_096
"""About how many images a window of :func:`losses_in_fixed_windows` holds."""


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
        """Mean loss of each of the batches ``start … end-1`` when its turn came, float32.

        Against the labels themselves, even if training smooths them: so it compares with the validation loss.
        """

    def correct(self, start: int, end: int) -> int:
        """Images of these batches that were right when their turn came."""

    def validation_logits(self, positions: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Logits ``(V, K)`` of the validation images now, or of those at some positions."""

    def probe_logits(self) -> NDArray[np.float32]:
        """Logits of the probe digits now."""

    def weights(self) -> Arrays:
        """Copies of all arrays of the network by name."""

    def load_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Continue with these."""

    def optimizer_state(self) -> Arrays:
        """Copies of the optimiser's moments and step count."""

    def restore_optimizer(self, state: Mapping[str, NDArray[np.float32]]) -> None:
        """Continue from what :meth:`optimizer_state` gave."""

    def random_state(self) -> NDArray[np.uint8]:
        """State of the generator that dropout and augmentation draw from."""

    def restore_random_state(self, state: NDArray[np.uint8]) -> None:
        """Continue from what :meth:`random_state` gave, here or on another kind of device."""


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
            raise TrainingError("Only a network with the same layers can start from another run’s weights.")
        start[name] = given[name] if fits else array
    if len(given) != len(fresh):
        raise TrainingError("Only a network with the same layers can start from another run’s weights.")
    return start


def losses_in_fixed_windows(
    start: int, end: int, batch_size: int, images: int, window_losses: Callable[[slice], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Mean losses of the batches ``start … end-1``, whatever else has been asked for.

    A vectorised sum rounds differently at the end of an array than in its middle: the loss of a batch must not depend
    on how many batches it is computed with. So it is always computed with the same ones, those of its window; what is
    not yet trained there is computed as well, and left out.

    Parameters
    ----------
    batch_size, images
        Images in a batch, and in the epoch.
    window_losses
        Mean loss of every batch of these images of the epoch, in its order.
    """
    batches = max(1, LOSS_WINDOW_IMAGES // batch_size)
    first = start // batches * batches
    parts = [
        window_losses(slice(begin * batch_size, min((begin + batches) * batch_size, images)))
        for begin in range(first, end, batches)
    ]
    return np.concatenate(parts)[start - first : end - first]
