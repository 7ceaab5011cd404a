"""How the learning rate changes over a training run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig

RISE_SHARE = 0.3
START_SHARE, END_SHARE = 0.04, 1e-4
STEP_FACTOR, STEP_PLACES = 0.1, (0.5, 0.75)
PLATEAU_FACTOR, PLATEAU_EPOCHS = 0.5, 2


@dataclass(frozen=True, eq=False)
class ScheduleCurve:
    """Learning rates over a training run: positions in epochs and rates, float64 ``(points,)``."""

    positions: NDArray[np.float64]
    rates: NDArray[np.float64]


def learning_rate_at(
    config: TrainConfig, step: int, steps_per_epoch: int, val_losses: Sequence[float] | NDArray[np.float64] = ()
) -> float:
    """Learning rate of one step; the first step of a run is 0.

    ``constant`` keeps ``config.learning_rate``; ``step`` takes a tenth of it at half and at three quarters of the
    way; ``cosine`` falls from it to 0; ``one_cycle`` rises to it over the first 30% of the steps and falls to nearly
    0; ``plateau`` halves it whenever the validation loss has not improved for two epochs. A warm-up rises from 0 in a
    straight line, on top of any of them.

    Parameters
    ----------
    val_losses
        Validation losses of the epochs so far; only ``plateau`` uses them.

    References
    ----------
    Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983; Smith 2018, https://arxiv.org/abs/1803.09820;
    Goyal et al. 2017, https://arxiv.org/abs/1706.02677 (warm-up).
    """
    rate = _scheduled(config, step / (config.epochs * steps_per_epoch), val_losses)
    warm_up_steps = config.warm_up * steps_per_epoch
    return rate * min(1.0, (step + 1) / warm_up_steps) if warm_up_steps else rate


def schedule_curve(config: TrainConfig, images: int | None = None, points: int = 200) -> ScheduleCurve:
    """What the learning rate will do; for ``plateau``, what it does while the validation loss improves.

    Parameters
    ----------
    images
        How many the training is given; as many as the config asks for if left out.
    """
    steps_per_epoch = max(1, math.ceil((config.training_size if images is None else images) / config.batch_size))
    steps = np.linspace(0, config.epochs * steps_per_epoch - 1, points).astype(int)
    rates = [learning_rate_at(config, int(step), steps_per_epoch) for step in steps]
    return ScheduleCurve(steps / steps_per_epoch, np.array(rates))


def plateau_factor(val_losses: Sequence[float] | NDArray[np.float64]) -> float:
    """Half for every two epochs in a row without a new least validation loss."""
    best, waited, factor = math.inf, 0, 1.0
    for loss in val_losses:
        if loss < best:
            best, waited = float(loss), 0
            continue
        waited += 1
        if waited == PLATEAU_EPOCHS:
            factor, waited = factor * PLATEAU_FACTOR, 0
    return factor


def _scheduled(config: TrainConfig, share: float, val_losses: Sequence[float] | NDArray[np.float64]) -> float:
    """Rate after a share (0–1) of all steps, without warm-up."""
    peak = config.learning_rate
    if config.schedule == "step":
        return peak * STEP_FACTOR ** sum(share >= place for place in STEP_PLACES)
    if config.schedule == "cosine":
        return _between(peak, 0.0, share)
    if config.schedule == "one_cycle":
        if share < RISE_SHARE:
            return _between(START_SHARE * peak, peak, share / RISE_SHARE)
        return _between(peak, END_SHARE * peak, (share - RISE_SHARE) / (1 - RISE_SHARE))
    return peak * plateau_factor(val_losses) if config.schedule == "plateau" else peak


def _between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
