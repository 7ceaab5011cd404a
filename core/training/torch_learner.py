"""TorchLearner: the training of a network by PyTorch, on whatever device there is."""

import logging
import zlib
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.config import TrainConfig
from core.data.augmentation import augment
from core.data.dataset import ImageDataset, Splits
from core.drawings.preprocessing import normalise
from core.models.build import build_network
from core.models.numpy_model import NumpyModel
from core.models.shapes import PIXELS
from core.training.learner import Arrays, losses_in_fixed_windows
from core.training.optimizers import FlatOptimizer
from core.training.probes import probe_positions
from core.training.teacher import Teacher

_EVALUATION_CHUNK = 2_000
logger = logging.getLogger("digitlab.training")


def torch_learner(
    config: TrainConfig, splits: Splits, device: torch.device | None = None, teacher: NumpyModel | None = None
) -> "TorchLearner":
    """A learner on this device; if left out, on the best one there is that has room for it and can compute."""
    chosen = device or best_device()
    if device is None and chosen.type != "cpu":
        try:
            learner = TorchLearner(config, splits, chosen, teacher)
            # The largest piece of work: an accelerator that cannot do it says so here, not in the middle of a run.
            learner.validation_logits()
        except RuntimeError as error:
            # Memory is full, with a worker per core on one accelerator; or PyTorch has no kernels for one so old.
            logger.warning("%s cannot be used, the processor trains instead: %s", chosen, error)
        else:
            return learner
        chosen = torch.device("cpu")
    return TorchLearner(config, splits, chosen, teacher)


def best_device() -> torch.device:
    """The accelerator that PyTorch finds, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


class TorchLearner:
    """See :class:`core.training.learner.Learner`.

    The logits of all batches of an epoch are kept (``60,000 × 10`` numbers) and losses computed from them in bulk:
    asked for after every batch, they would cost a tenth of the training.
    """

    def __init__(
        self, config: TrainConfig, splits: Splits, device: torch.device, teacher: NumpyModel | None = None
    ) -> None:
        # For the whole process and for good: a graphics card's fastest convolutions add up in a different order each
        # time, and round every factor to 10 bits before.
        torch.backends.cudnn.deterministic, torch.backends.cudnn.allow_tf32 = True, False
        self.config = config
        self._device = device
        self.normalisation = splits.normalisation
        self.classes = len(splits.train.class_names)
        self._augments = config.augments
        self.images, self.labels = self._tensors(splits.train)
        self.val_images, _ = self._tensors(splits.validation)
        self.probes = self.val_images[probe_positions(splits.validation.labels, self.classes)]
        one_hot = torch.nn.functional.one_hot(self.labels, self.classes).float()
        self.targets = one_hot * (1 - config.label_smoothing) + config.label_smoothing / self.classes
        self.teacher = None if teacher is None else Teacher(teacher, config, splits.normalisation, device)
        self.generator = torch.Generator(self._device).manual_seed(config.seed)
        self.network = build_network(config, self.classes)
        self.network.to_device(self._device)
        self.network.initialise(self.generator)
        self.optimizer = FlatOptimizer(
            config.optimizer, self.network.flat_parameters, self.network.flat_gradient, config.weight_decay
        )

    @property
    def device(self) -> str:
        """``cpu``, ``cuda`` or ``mps``."""
        return str(self._device)

    @property
    def threads(self) -> int:
        """Threads of PyTorch."""
        return torch.get_num_threads()

    def begin_epoch(self, epoch: int, order: NDArray[np.int64]) -> None:
        """Take the training images in this order."""
        size = self.config.batch_size
        self.epoch = epoch
        self.order = torch.from_numpy(order).to(self._device)
        self.batches = self.order.split(size)
        self.epoch_targets = self.targets[self.order]
        self.batch_targets = self.epoch_targets.split(size)
        self.batch_images = torch.empty(min(size, len(order)), self.images.shape[1], device=self._device)
        self.logits = torch.empty(len(order), self.classes, device=self._device)
        self.batch_logits = self.logits.split(size)
        if self.config.mixup:
            self._draw_mixtures()

    def train_batch(self, step: int, learning_rate: float) -> None:
        """Forward, backward and one step of the optimiser."""
        batch, targets = self.batches[step], self.batch_targets[step]
        # To cut a tensor takes a tenth of the time of the copy; only the last batch may be smaller.
        is_last = step == len(self.batches) - 1
        room = self.batch_images[: len(batch)] if is_last else self.batch_images
        images = torch.index_select(self.images, 0, batch, out=room)
        if self._augments:
            images = augment(images, self.config, self.generator, self.normalisation)
        if self.config.mixup:
            images = self._mix(step, images, targets)
        lesson = None if self.teacher is None else self.teacher.lesson(images)
        self.network.backpropagate(images, targets, self.generator, self.batch_logits[step], lesson)
        if self.config.gradient_clipping:
            self._clip_gradient()
        self.optimizer.step(learning_rate)

    def batch_losses(self, start: int, end: int) -> NDArray[np.float32]:
        """Mean loss of each batch: against the labels, even if smoothed; against mixtures of them with mixup."""
        return losses_in_fixed_windows(start, end, self.config.batch_size, len(self.order), self._window_losses)

    def _window_losses(self, window: slice) -> NDArray[np.float32]:
        # Along the first axis the cross entropy takes a quarter of its time along the last.
        logits, labels = self.logits[window].t().contiguous(), self.labels[self.order[window]]
        targets = self.epoch_targets[window].t() if self.config.mixup else None
        if self.config.loss == "squared_error":
            one_hot = torch.nn.functional.one_hot(labels, self.classes).t()
            losses = (logits - (one_hot if targets is None else targets)).square().sum(0) / 2
        else:
            found = logits.gather(0, labels[None])[0] if targets is None else (targets * logits).sum(0)
            losses = torch.logsumexp(logits, 0) - found
        return _batch_means(losses, self.config.batch_size).cpu().numpy()

    def correct(self, start: int, end: int) -> int:
        """Images that were right when their turn came."""
        window = slice(start * self.config.batch_size, end * self.config.batch_size)
        right = self.logits[window].argmax(1) == self.labels[self.order[window]]
        return int(right.sum())

    @torch.no_grad()
    def validation_logits(self, positions: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Logits of the validation images now, or of those at some positions."""
        images = self.val_images if positions is None else self.val_images[torch.from_numpy(positions)]
        parts = [self.network(chunk) for chunk in images.split(_EVALUATION_CHUNK)]
        return torch.cat(parts).cpu().numpy()

    @torch.no_grad()
    def probe_logits(self) -> NDArray[np.float32]:
        """Logits of the probe digits now."""
        logits: NDArray[np.float32] = self.network(self.probes).cpu().numpy()
        return logits

    def weights(self) -> Arrays:
        """Copies of all arrays of the network by name."""
        return self.network.copy_weights()

    def load_weights(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """Continue with these."""
        self.network.load_weights(weights)

    def optimizer_state(self) -> Arrays:
        """Copies of moments and step count."""
        return self.optimizer.state()

    def restore_optimizer(self, state: Mapping[str, NDArray[np.float32]]) -> None:
        """Continue from what :meth:`optimizer_state` gave."""
        self.optimizer.restore(state)

    def random_state(self) -> NDArray[np.uint8]:
        """State of PyTorch's generator."""
        return self.generator.get_state().cpu().numpy()

    def restore_random_state(self, state: NDArray[np.uint8]) -> None:
        """Continue from what :meth:`random_state` gave, here or on another kind of device."""
        if len(state) == len(self.random_state()):
            self.generator.set_state(torch.from_numpy(state.copy()))
        else:
            # Of another kind of device, which draws other numbers: it serves as a seed.
            self.generator.manual_seed(zlib.crc32(state.tobytes()))

    def _mix(self, step: int, images: Tensor, targets: Tensor) -> Tensor:
        """Blend each image and its target, in place, with those of another of the batch.

        References
        ----------
        Zhang et al. 2018, https://arxiv.org/abs/1710.09412.
        """
        share, other = self.mixtures[step]
        targets.copy_(torch.lerp(targets[other], targets, share))
        return torch.lerp(images[other], images, share)

    def _draw_mixtures(self) -> None:
        """Shares and partners of every batch of the epoch, brought to the device at once: no batch waits for a copy."""
        shares, partners = [], []
        for step, batch in enumerate(self.batches):
            # Drawn from seed, epoch and step alone: a continued epoch mixes as it would have.
            random = np.random.default_rng([self.config.seed, self.epoch, step])
            shares.append(float(random.beta(self.config.mixup, self.config.mixup)))
            partners.append(random.permutation(len(batch)))
        others = torch.from_numpy(np.concatenate(partners)).to(self._device).split(self.config.batch_size)
        self.mixtures = list(zip(shares, others, strict=True))

    def _clip_gradient(self) -> None:
        """Shorten the gradient to at most ``gradient_clipping``, without waiting for the device."""
        gradient = self.network.flat_gradient
        gradient.mul_((self.config.gradient_clipping / (gradient.norm() + 1e-12)).clamp(max=1.0))

    def _tensors(self, data: ImageDataset) -> tuple[Tensor, Tensor]:
        # In PyTorch's memory: NumPy asks for large pages, for which the system first has to clear a place. That can
        # take half a second for MNIST, and makes no batch faster.
        pixels = torch.empty(len(data), PIXELS)
        normalise(data.images, self.normalisation, pixels.numpy())
        return pixels.to(self._device), torch.tensor(data.labels, device=self._device)


def _batch_means(losses: Tensor, size: int) -> Tensor:
    """Mean of each batch; the last one may be smaller."""
    whole = len(losses) // size * size
    means = losses[:whole].view(-1, size).mean(1)
    return means if whole == len(losses) else torch.cat([means, losses[whole:].mean(0, keepdim=True)])
