"""The learning-rate finder: one short training whose rate grows until the loss leaves."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.config import Optimizer, TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import SourceDataset
from core.models.numpy_model import NumpyModel
from core.training.learner import Learner, weights_to_start_from
from core.training.teaching import check_handed_over

STEPS = 200
LOWEST, HIGHEST = 1e-5, 10.0
_SMOOTHING = 0.9
_LOST = 4.0
_FEWEST_STEPS = 25
_FALLEN = 0.95
_BELOW_MINIMUM: Mapping[Optimizer, float] = MappingProxyType({"sgd": 1.25, "momentum": 1.25, "adam": 2.5, "adamw": 2.5})


@dataclass(frozen=True, eq=False)
class FinderCurve:
    """Loss against learning rate.

    Parameters
    ----------
    rates, losses
        float64, shape ``(≤ 200,)``: learning rates, growing geometrically, and the smoothed training loss at each.
    advice
        What to train with, or None where the loss falls nowhere.
    """

    rates: NDArray[np.float64]
    losses: NDArray[np.float64]
    advice: "RateAdvice | None"


@dataclass(frozen=True)
class RateAdvice:
    """Learning rates, to one significant figure.

    Parameters
    ----------
    valley
        Below the rate at which the loss is least: what trains best in a few epochs.
    cautious
        A tenth of that rate: for long training runs, and for those that are easily upset.
    """

    valley: float
    cautious: float


def find_learning_rate(
    config: TrainConfig,
    published: SourceDataset | None = None,
    start: Mapping[str, NDArray[np.float32]] | None = None,
    teacher: NumpyModel | None = None,
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
    teacher
        The network of the run that the config learns from.

    Raises
    ------
    TrainingError
        If those weights belong to another kind of network, or the teacher cannot teach here.

    References
    ----------
    Smith 2017, https://arxiv.org/abs/1506.01186.
    """
    from core.training.fit import make_learner

    splits = load_splits(config, published=published)
    check_handed_over(config, splits.train.class_names, teacher)
    learner = make_learner(config, splits, teacher=teacher)
    if start is not None:
        learner.load_weights(weights_to_start_from(learner.weights(), start))
    rates, losses = _sweep(learner, config, len(splits.train))
    return FinderCurve(rates, losses, advised_rates(rates, losses, config.optimizer))


def advised_rates(
    rates: NDArray[np.float64], losses: NDArray[np.float64], optimizer: Optimizer = "adam"
) -> RateAdvice | None:
    """What a curve says: the valley before its minimum, and the minimum ÷ 10.

    Where the loss falls most steeply, as is often advised, is too low: the finder meets that rate within its first
    batches, when any step helps. How far below the minimum is best was measured for each kind of optimiser, and
    ``make bench`` holds it: Adam steps as far as its rate says however flat it is, and wants to be further away.
    """
    least = int(losses.argmin()) if len(losses) else 0
    if least < _FEWEST_STEPS or losses[least] > _FALLEN * losses[0]:
        return None
    lowest = float(rates[least])
    return RateAdvice(_rounded(lowest / _BELOW_MINIMUM[optimizer]), _rounded(lowest / 10))


def _rounded(rate: float) -> float:
    return float(f"{max(LOWEST, rate):.0e}")


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
