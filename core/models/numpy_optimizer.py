"""SGD, momentum and Adam from scratch: how weights follow the gradient, in NumPy."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import Optimizer
from core.models.functional import BETA1, BETA2, EPSILON, MOMENTUM

Array = NDArray[np.floating[Any]]

_PIECE = 65_536
_FADED, _SWEEP_STEPS = 1e-30, 100


class NumpyOptimizer:
    """One step on one vector, in place.

    Parameters
    ----------
    kind
        ``sgd``, ``momentum`` (0.9) or ``adam``.
    parameters, gradient
        Shape ``(P,)``; the first is changed, the second used up: the step is worked out in its place.

    References
    ----------
    Polyak 1964 (momentum); Kingma and Ba 2015, https://arxiv.org/abs/1412.6980 (Adam).
    """

    def __init__(self, kind: Optimizer, parameters: Array, gradient: Array) -> None:
        self.kind = kind
        self.steps = 0
        moments = {"sgd": (), "momentum": ("first",), "adam": ("first", "second")}[kind]
        self.moments: dict[str, Array] = {name: np.zeros_like(parameters) for name in moments}
        vectors = (parameters, gradient, *self.moments.values())
        # What a piece needs for all its operations stays in the processor's cache; a large network as a whole does not.
        pieces = [slice(start, start + _PIECE) for start in range(0, len(parameters), _PIECE)]
        self._pieces = [[vector[piece] for vector in vectors] for piece in pieces]

    def step(self, learning_rate: float) -> None:
        """Move the parameters against the gradient."""
        self.steps += 1
        for piece in self._pieces:
            if self.kind == "sgd":
                self._sgd(learning_rate, *piece)
            elif self.kind == "momentum":
                self._momentum(learning_rate, *piece)
            else:
                self._adam(learning_rate, *piece)
        # The next step begins with what this one ended with, which is still in the cache.
        self._pieces.reverse()
        if self.steps % _SWEEP_STEPS == 0:
            self._sweep()

    def _sweep(self) -> None:
        """Set moments to 0 that have faded away.

        Those of a unit that no longer learns shrink by a tenth with every step and never end at 0. Below 1e-38
        processors take a hundred times as long for them: after five epochs a step took twice its time.
        """
        for moment in self.moments.values():
            moment[np.abs(moment) < _FADED] = 0

    def _sgd(self, rate: float, w: Array, g: Array) -> None:
        """``w = w - rate · g``."""
        g *= rate
        w -= g

    def _momentum(self, rate: float, w: Array, g: Array, first: Array) -> None:
        """``first = 0.9 · first + g``, ``w = w - rate · first``."""
        first *= MOMENTUM
        first += g
        np.multiply(first, rate, out=g)
        w -= g

    def _adam(self, rate: float, w: Array, g: Array, first: Array, second: Array) -> None:
        """``w = w - rate · mean(g) / (√mean(g²) + 1e-8)``, the means weighted towards the latest gradients.

        ``first`` and ``second`` are the weighted sums of ``g`` and ``g²``; divided by the sums of their weights,
        ``1 + β + β² + …``, they are the means. Both divisors are taken out of the fraction, to be applied once.
        """
        of_first = (1 - BETA1**self.steps) / (1 - BETA1)
        of_second = math.sqrt((1 - BETA2**self.steps) / (1 - BETA2))
        first *= BETA1
        first += g
        np.square(g, out=g)
        second *= BETA2
        second += g
        np.sqrt(second, out=g)
        g += EPSILON * of_second
        np.divide(first, g, out=g)
        g *= rate * of_second / of_first
        w -= g
