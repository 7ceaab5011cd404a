"""How the learning rate changes over a training."""

import math

from core.config import TrainConfig

WARM_UP_SHARE = 0.3
START_SHARE, END_SHARE = 0.04, 1e-4


def learning_rate_at(config: TrainConfig, step: int, total_steps: int) -> float:
    """Learning rate of one step (0 … ``total_steps`` - 1).

    ``constant`` keeps ``config.learning_rate``; ``cosine`` falls from it to 0; ``one_cycle`` rises to it over the
    first 30 % of the steps and falls to nearly 0.

    References
    ----------
    Loshchilov and Hutter 2017, https://arxiv.org/abs/1608.03983; Smith 2018, https://arxiv.org/abs/1803.09820.
    """
    peak = config.learning_rate
    if config.schedule == "constant":
        return peak
    if config.schedule == "cosine":
        return _between(peak, 0.0, step / total_steps)
    turn = WARM_UP_SHARE * total_steps
    if step < turn:
        return _between(START_SHARE * peak, peak, step / turn)
    return _between(peak, END_SHARE * peak, (step - turn) / (total_steps - turn))


def _between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2
