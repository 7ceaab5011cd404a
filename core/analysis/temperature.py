"""Temperature scaling: one number that makes a run's confidence mean what it says.

References
----------
.. [1] C. Guo et al., "On calibration of modern neural networks", ICML 2017, https://arxiv.org/abs/1706.04599
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.config import Loss

COLDEST, HOTTEST = 0.02, 50.0
"""Between these a temperature lies."""
_STEPS: Final = 100
_CLOSE: Final = 1e-9
_SMALLEST: Final = np.float32(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Temperature:
    """What a run's logits are divided by, so that its probabilities are neither too sure nor too doubtful [1]_.

    The most probable class stays the same.

    Parameters
    ----------
    value
        From ``COLDEST`` to ``HOTTEST``; above 1 the network was too sure.
    loss
        What the network was trained by, and so what its probabilities are made from.
    """

    value: float
    loss: Loss = "cross_entropy"

    def calibrated(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probabilities of a network's own, both float32 ``(N, K)``; rows sum to 1."""
        powers = np.exp(_evidence(probabilities, self.loss) / np.float32(self.value))
        shares: NDArray[np.float32] = powers / powers.sum(axis=1, keepdims=True)
        return shares

    def confidence(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Calibrated probability of the most probable class, float32 ``(N,)``."""
        # Its power is exp(0): the largest is subtracted from all.
        powers = np.exp(_evidence(probabilities, self.loss) / np.float32(self.value))
        confidence: NDArray[np.float32] = 1 / powers.sum(axis=1)
        return confidence


def fit_temperature(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], loss: Loss = "cross_entropy"
) -> Temperature | None:
    """The temperature with the lowest negative log likelihood of labelled images that the network has not learned from.

    In the inverse temperature that is a convex function: its slope is brought to zero by Newton's steps, each halved
    interval at a time where a step leads out of it.

    Parameters
    ----------
    probabilities
        The network's own, float32, shape ``(N, K)``.

    Returns
    -------
    Temperature or None
        None where no temperature is best: without images, without a single mistake, or where probabilities are not
        numbers.
    """
    if not len(labels) or not np.isfinite(probabilities).all() or (probabilities.argmax(axis=1) == labels).all():
        return None
    evidence = _evidence(probabilities, loss).astype(np.float64)
    own = evidence[np.arange(len(labels)), labels]
    low, high = 1 / HOTTEST, 1 / COLDEST
    inverse = 1.0
    for _ in range(_STEPS):
        slope, curvature = _derivatives(evidence, own, inverse)
        low, high = (inverse, high) if slope < 0 else (low, inverse)
        # Where the curve is straight, no step of Newton's leads anywhere.
        step = inverse - slope / curvature if curvature > _CLOSE * abs(slope) else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - inverse) <= _CLOSE * inverse:
            break
        inverse = following
    return Temperature(1 / inverse, loss)


def negative_log_likelihood(probabilities: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """Mean over labelled images of −log p of the true class, nats per image; NaN without images."""
    if not len(labels):
        return float("nan")
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(own, _SMALLEST)).mean())


def _evidence(probabilities: NDArray[np.float32], loss: Loss) -> NDArray[np.float32]:
    """What stands for logits, ``(N, K)``, the largest of a row 0.

    Of a softmax its logarithm, which is the logits less a number of the row. What squared error has trained are
    probabilities before any softmax, some of them exactly 0.
    """
    evidence = probabilities if loss == "squared_error" else np.log(np.maximum(probabilities, _SMALLEST))
    scaled: NDArray[np.float32] = evidence - evidence.max(axis=1, keepdims=True)
    return scaled


def _derivatives(evidence: NDArray[np.float64], own: NDArray[np.float64], inverse: float) -> tuple[float, float]:
    """First and second derivative of the mean negative log likelihood by the inverse temperature."""
    powers = np.exp(evidence * inverse)
    shares = powers / powers.sum(axis=1, keepdims=True)
    means = (shares * evidence).sum(axis=1)
    spread = (shares * np.square(evidence)).sum(axis=1) - np.square(means)
    return float((means - own).mean()), float(spread.mean())
