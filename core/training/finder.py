"""The learning-rate finder: one short training whose rate grows until the loss leaves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import SourceDataset
from core.training.learner import Learner, weights_to_start_from

STEPS = 200
LOWEST, HIGHEST = 1e-5, 10.0
_SMOOTHING = 0.9
_LOST = 4.0
_WINDOW = 25


@dataclass(frozen=True, eq=False)
class FinderCurve:
    """Loss against learning rate.

    Parameters
    ----------
    rates, losses
        float64, shape ``(≤ 200,)``: learning rates, growing geometrically, and the smoothed training loss at each.
    suggestion
        Where the loss falls most steeply, or None where it falls nowhere.
    """

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    suggestion: float | None


def find_learning_rate(
    config: TrainConfig,
    published: SourceDataset | None = None,
    start: Mapping[str, NDArray[np.float32]] | None = None,
) -> FinderCurve:
    """Train up to 200 batches, each at a higher rate than the one before, from 1e-5 to 10; runs in a worker.

    It ends early once the loss is four times its least, or no number any more. All else is as the config says, but
    for its schedule.

    Parameters
    ----------
    published
        The config's images, where they do not come with the product.
    start
        Weights of another run to begin with instead of random ones.

    Raises
    ------
    TrainingError
        If those weights belong to another kind of network.

    References
    ----------
    Smith 2017, https://arxiv.org/abs/1506.01186.
    """
    from core.training.fit import make_learner

    splits = load_splits(config, published=published)
    learner = make_learner(config, splits)
    if start is not None:
        learner.load_weights(weights_to_start_from(learner.weights(), start))
    rates, losses = _sweep(learner, config, len(splits.train))
    return FinderCurve(rates, losses, suggested_rate(rates, losses))


def suggested_rate(rates: NDArray[np.float64], losses: NDArray[np.float64]) -> float | None:
    """The rate at which the loss falls most steeply per decade, rounded to one significant figure."""
    # What comes after the least loss is the way out.
    falling = int(losses.argmin()) + 1 if len(losses) else 0
    if falling <= _WINDOW:
        return None
    decades = np.log10(rates[:falling])
    # A straight line through each window: a slope from point to point would be that of the batches' noise.
    centred = sliding_window_view(decades, _WINDOW) - sliding_window_view(decades, _WINDOW).mean(1, keepdims=True)
    slopes = (centred * sliding_window_view(losses[:falling], _WINDOW)).sum(1) / np.square(centred).sum(1)
    steepest = int(slopes.argmin())
    return None if slopes[steepest] >= 0 else float(f"{10 ** decades[steepest + _WINDOW // 2]:.0e}")


def _sweep(learner: Learner, config: TrainConfig, images: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    random = np.random.default_rng(config.seed)
    per_epoch = -(-images // config.batch_size)
    rates: list[float] = []
    losses: list[float] = []
    mean = 0.0
    for step in range(STEPS):
        place = step % per_epoch
        if place == 0:
            order = random.permutation(images) if config.shuffle else np.arange(images)
            learner.begin_epoch(1 + step // per_epoch, order)
        rate = LOWEST * (HIGHEST / LOWEST) ** (step / (STEPS - 1))
        learner.train_batch(place, rate)
        loss = float(learner.batch_losses(place, place + 1)[0])
        mean = _SMOOTHING * mean + (1 - _SMOOTHING) * loss
        smooth = mean / (1 - _SMOOTHING ** (step + 1))
        if not math.isfinite(smooth) or (losses and smooth > _LOST * min(losses)):
            break
        rates.append(rate)
        losses.append(smooth)
    return np.array(rates), np.array(losses)
