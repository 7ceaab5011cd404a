"""NumpyLearner: the training of a network by NumPy alone."""

import json
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.dataset import ImageDataset, Splits
from core.drawings.preprocessing import normalise
from core.models.functional import cross_entropy, half_squared_error
from core.models.numpy_mlp import NumpyMLP
from core.models.numpy_optimizer import NumpyOptimizer
from core.training.learner import Arrays, Learner, losses_in_fixed_windows
from core.training.probes import probe_positions

_EVALUATION_CHUNK = 2_000


def numpy_learner(config: TrainConfig, splits: Splits) -> Learner:
    """A learner that computes with as many threads as PyTorch would here: one in a worker."""
    import torch
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    threads = torch.get_num_threads()
    # For the whole process and for good, as PyTorch's own setting is.
    threadpool_limits(threads, user_api="blas")
    return NumpyLearner(config, splits, threads)


class NumpyLearner:
    """See :class:`core.training.learner.Learner`.

    As with PyTorch, the logits of all batches of an epoch are kept and losses computed from them in bulk.
    """

    def __init__(self, config: TrainConfig, splits: Splits, threads: int = 1) -> None:
        self.config = config
        self.threads = threads
        self.device = "cpu"
        self.classes = len(splits.train.class_names)
        self.images = normalise(splits.train.images, splits.normalisation)
        self.labels = splits.train.labels
        self.val_images = normalise(splits.validation.images, splits.normalisation)
        self.probes = self.val_images[probe_positions(splits.validation.labels, self.classes)]
        self.targets = smoothed_targets(splits.train, config.label_smoothing)
        self.generator = np.random.default_rng(config.seed)
        self.network = NumpyMLP(config, self.classes)
        self.network.initialise(self.generator)
        self.optimizer = NumpyOptimizer(config.optimizer, self.network.flat_parameters, self.network.flat_gradient)

    def begin_epoch(self, epoch: int, order: NDArray[np.int64]) -> None:  # noqa: ARG002
        """Take the training images in this order."""
        self.order = order
        self.epoch_targets = self.targets[order]
        # Losses are computed a window at a time, what is not trained yet included: garbage might overflow there.
        self.logits = np.zeros((len(order), self.classes), dtype=np.float32)
        self.batch_images = np.empty((min(self.config.batch_size, len(order)), self.images.shape[1]), dtype=np.float32)

    def train_batch(self, step: int, learning_rate: float) -> None:
        """Forward, backward and one step of the optimiser."""
        window = self._window(step, step + 1)
        batch = self.order[window]
        # "clip" never clips here, but lets NumPy write into the buffer at once.
        images = self.images.take(batch, axis=0, out=self.batch_images[: len(batch)], mode="clip")
        # A training run that diverges is reported by its loss, not by a warning for every number.
        with np.errstate(over="ignore", invalid="ignore"):
            passed = self.network.forward(images, self.network.draw_masks(len(batch), self.generator))
            self.logits[window] = passed.logits
            self.network.backward(passed, self.epoch_targets[window])
            self.optimizer.step(learning_rate)

    def batch_losses(self, start: int, end: int) -> NDArray[np.float32]:
        """Mean loss of each batch, against the labels, even if smoothed."""
        return losses_in_fixed_windows(start, end, self.config.batch_size, len(self.order), self._window_losses)

    def _window_losses(self, window: slice) -> NDArray[np.float32]:
        # Along the first axis sums and largest values are found several times faster than along the last.
        logits, labels = np.ascontiguousarray(self.logits[window].T), self.labels[self.order[window]]
        with np.errstate(over="ignore", invalid="ignore"):
            loss = half_squared_error if self.config.loss == "squared_error" else cross_entropy
            losses = loss(logits, labels, axis=0)
        starts = np.arange(0, len(losses), self.config.batch_size)
        counts = np.diff(starts, append=len(losses))
        means: NDArray[np.float32] = (np.add.reduceat(losses, starts) / counts).astype(np.float32)
        return means

    def correct(self, start: int, end: int) -> int:
        """Images that were right when their turn came."""
        window = self._window(start, end)
        return int(np.count_nonzero(self.logits[window].argmax(axis=1) == self.labels[self.order[window]]))

    def validation_logits(self, positions: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Scores of the validation images now, or of those at some positions."""
        images = self.val_images if positions is None else self.val_images[positions]
        starts = range(0, len(images), _EVALUATION_CHUNK)
        return np.concatenate([self._predict(images[start : start + _EVALUATION_CHUNK]) for start in starts])

    def probe_logits(self) -> NDArray[np.float32]:
        """Scores of the probe digits now."""
        return self._predict(self.probes)

    def weights(self) -> Arrays:
        """Copies of all arrays of the network by name."""
        return {name: np.array(array, np.float32, order="C") for name, array in self.network.parameters.items()}

    def load_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Continue with these."""
        for name, array in self.network.parameters.items():
            array[...] = weights[name]

    def optimizer_state(self) -> Arrays:
        """Copies of moments and step count."""
        moments = {name: moment.astype(np.float32) for name, moment in self.optimizer.moments.items()}
        return moments | {"steps": np.array(self.optimizer.steps, dtype=np.float32)}

    def restore_optimizer(self, state: Mapping[str, NDArray[np.float32]]) -> None:
        """Continue from what :meth:`optimizer_state` gave."""
        self.optimizer.steps = int(state["steps"].item())
        for name, moment in self.optimizer.moments.items():
            moment[...] = state[name]

    def random_state(self) -> NDArray[np.uint8]:
        """State of NumPy's generator: its JSON as bytes."""
        return np.frombuffer(json.dumps(self.generator.bit_generator.state).encode(), dtype=np.uint8).copy()

    def restore_random_state(self, state: NDArray[np.uint8]) -> None:
        """Continue from what :meth:`random_state` gave."""
        self.generator.bit_generator.state = json.loads(state.tobytes())

    def _window(self, start: int, end: int) -> slice:
        return slice(start * self.config.batch_size, end * self.config.batch_size)

    def _predict(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        with np.errstate(over="ignore", invalid="ignore"):
            return self.network.forward(images).logits.astype(np.float32, copy=False)


def smoothed_targets(dataset: ImageDataset, smoothing: float) -> NDArray[np.float32]:
    """One-hot labels, float32 ``(N, K)``, of whose 1 a share ``smoothing`` is spread evenly over all classes."""
    classes = len(dataset.class_names)
    one_hot = np.eye(classes, dtype=np.float32)[dataset.labels]
    return one_hot * np.float32(1 - smoothing) + np.float32(smoothing / classes)
