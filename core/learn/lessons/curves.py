"""What loss, activation, optimiser and initialisation do, as numbers to draw."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config import Activation, Initialisation, Optimizer, TrainConfig
from core.models.functional import activate, initial_bound, multiply_by_slope
from core.models.numpy_mlp import NumpyMLP
from core.models.numpy_optimizer import NumpyOptimizer

Floats = NDArray[np.floating]

BOWL = np.array([1.0, 20.0])
"""How steep the bowl ``(x² + 20 y²) / 2`` is along either axis."""
START = (-4.0, 1.0)
_POINTS = 241


@dataclass(frozen=True, eq=False)
class Line:
    """A named curve, float64 ``(points,)`` each."""

    name: str
    x: Floats
    y: Floats


@dataclass(frozen=True)
class LossAt:
    """What two losses make of one probability.

    Parameters
    ----------
    cross_entropy, squared_error
        Loss of one image, its right class having this probability and one other class the rest.
    cross_entropy_pull, squared_error_pull
        How hard each pulls at the right class’s logit: minus the derivative with respect to it.
    """

    cross_entropy: float
    squared_error: float
    cross_entropy_pull: float
    squared_error_pull: float


def activation_lines(kind: Activation) -> tuple[Line, Line]:
    """``f(z)`` and its slope for ``z`` from −4 to 4, by the functions that train."""
    z = np.linspace(-4, 4, _POINTS)
    h = activate(kind, z.copy())
    slope = np.ones_like(z)
    multiply_by_slope(kind, h, slope)
    return Line("f(z)", z, h), Line("slope", z, slope)


def loss_at(p: float) -> LossAt:
    """Both losses of two classes, the right one at probability ``p`` (0 … 1, ends excluded).

    With ``p`` the softmax of a logit ``s`` against 0: ``dp/ds = p (1 − p)``. Cross entropy ``−log p`` pulls with
    ``1 − p``; squared error ``((p − 1)² + (1 − p)²) / 2`` with ``2 (1 − p)² p``.
    """
    return LossAt(float(-np.log(p)), (1 - p) ** 2, 1 - p, 2 * (1 - p) ** 2 * p)


def loss_lines() -> tuple[Line, Line]:
    """How hard either loss pulls, for every probability of the right class."""
    p = np.linspace(0.001, 0.999, _POINTS)
    pulls = [loss_at(float(share)) for share in p]
    return (
        Line("Cross entropy", p, np.array([at.cross_entropy_pull for at in pulls])),
        Line("Squared error", p, np.array([at.squared_error_pull for at in pulls])),
    )


def descent(kind: Optimizer, learning_rate: float, steps: int) -> Floats:
    """The way of an optimiser down the bowl, float64 ``(steps + 1, 2)``; ends early where it flies off."""
    place, gradient = np.array(START), np.zeros(2)
    optimizer = NumpyOptimizer(kind, place, gradient)
    way = [place.copy()]
    for _ in range(steps):
        gradient[...] = BOWL * place
        optimizer.step(learning_rate)
        way.append(place.copy())
        if np.abs(place).max() > 1e6:
            break
    return np.array(way)


def height(place: Floats) -> float:
    """How high above the bottom of the bowl a place ``(2,)`` lies."""
    return float((BOWL * place**2).sum() / 2)


@dataclass(frozen=True, eq=False)
class FirstSignal:
    """A network before its first step.

    Parameters
    ----------
    bound
        First-layer weights lie within ±this.
    weights
        First-layer weights, flat.
    spreads
        Standard deviation of what each hidden layer passes on, and of the logits.
    gradients
        Root mean square of each layer’s weight gradient.
    """

    bound: float
    weights: Floats
    spreads: tuple[float, ...]
    gradients: tuple[float, ...]


def first_signal(
    kind: Initialisation, activation: Activation, pixels: NDArray[np.float32], labels: NDArray[np.int64]
) -> FirstSignal:
    """Draw a network of four hidden layers of 64 and send one batch ``(B, 784)`` through it and back."""
    config = TrainConfig(backend="numpy", hidden_size=64, hidden_layers=4, initialisation=kind, activation=activation)
    network = NumpyMLP(config)
    network.initialise(np.random.default_rng(0))
    passed = network.forward(pixels)
    network.backward(passed, np.eye(10, dtype=np.float32)[labels])
    first = network.parameters["layers.0.weight"]
    spreads = [float(a.std()) for a in (*passed.inputs[1:], passed.logits)]
    gradients = [
        float(np.sqrt(np.square(array).mean())) for name, array in network.gradients.items() if name.endswith("weight")
    ]
    return FirstSignal(initial_bound(config, first.shape), first.ravel(), tuple(spreads), tuple(gradients))
