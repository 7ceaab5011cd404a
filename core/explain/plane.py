"""A plane through the weights of a run: where most of its way from the first to the last of them lies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import RunError
from core.explain.moments import Moment
from core.models.numpy_model import NumpyModel

MOST_PARAMETERS = 2_000_000
"""Of larger networks no plane is made: a worker would be sent too much."""
_LEAST_VARIANCE = 1e-12
_FLAT = 1e-10
"""A second direction with less than this share of the first one's square is rounding."""
_AT_ONCE = 65_536
"""Weights of each step that are multiplied at one time: all of them in double precision may take a gigabyte."""
_VARIANCE = ".running_var"
_STATISTICS = (_VARIANCE, ".running_mean")
Arrays = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane in the space of a network's weights, through the last kept epoch.

    The statistics of batch normalisation are not directions of their own: they go along with the weights, as they did
    on the run's path, the variances by their logarithms.

    Parameters
    ----------
    last
        The network of the last kept epoch, which is the origin.
    across, upwards
        float32 by name: what a step of 1 adds. Over all that training changes by gradient each has length 1, and they
        are at right angles.
    epochs
        Of the points of the path; 0 is before the first batch.
    path
        float64, shape ``(P, 2)``: the path, seen from straight above the plane; the last point is (0, 0).
    share
        Of the path's squared distances from its end, how much lies in the plane, 0–1.
    is_drawn
        Whether the path is a straight line, so that the second direction was drawn at random.
    """

    last: NumpyModel
    across: Arrays
    upwards: Arrays
    epochs: tuple[int, ...]
    path: NDArray[np.float64]
    share: float
    is_drawn: bool

    def model_at(self, x: float, y: float) -> NumpyModel:
        """The network at a point of the plane."""
        weights = {name: self._array_at(name, np.float32(x), np.float32(y)) for name in self.last.weights}
        return replace(self.last, weights=weights)

    def _array_at(self, name: str, x: np.float32, y: np.float32) -> NDArray[np.float32]:
        step = x * self.across[name] + y * self.upwards[name]
        origin = self.last.weights[name]
        if not name.endswith(_VARIANCE):
            return origin + step
        with np.errstate(over="ignore"):
            variance: NDArray[np.float32] = np.maximum(origin, _LEAST_VARIANCE) * np.exp(step)
        return variance


def plane_through(moments: Sequence[Moment], seed: int = 0) -> Plane:
    """The plane through the last of these networks along the two directions in which the others differ most from it.

    Parameters
    ----------
    seed
        Draws the second direction where there are only two networks, or all of them lie on a line; its filters have the
        lengths of the network's own.

    Raises
    ------
    RunError
        If there are fewer than two, they are all alike, too large, or not finite.

    References
    ----------
    Li, Xu, Taylor, Studer, Goldstein: Visualizing the loss landscape of neural nets, 2018,
    https://arxiv.org/abs/1712.09913: the principal directions of a path (section 7), and filter-wise normalised
    random ones (section 4).
    """
    _check(moments)
    last = moments[-1].model
    steps = np.stack([_flat(moment.model, last) for moment in moments])
    squares = _products(steps)
    values, vectors = _principal(squares)
    # A direction is a mixture of the path's own steps, and so are the statistics that go with it.
    mixtures = [vectors[:, 0] / np.sqrt(values[0])]
    is_drawn = values[1] <= _FLAT * values[0]
    if not is_drawn:
        mixtures.append(vectors[:, 1] / np.sqrt(values[1]))
    directions = [_mixed(moments, last, mixture) for mixture in mixtures]
    if is_drawn:
        directions.append(_drawn_direction(last, directions[0], seed))
    path = np.zeros((len(moments), 2))
    path[:, : len(mixtures)] = (squares @ np.stack(mixtures, axis=1))[:, : len(mixtures)]
    share = float((path**2).sum() / np.trace(squares))
    epochs = tuple(moment.epoch for moment in moments)
    return Plane(last, directions[0], directions[1], epochs, path, min(share, 1.0), bool(is_drawn))


def _check(moments: Sequence[Moment]) -> None:
    if len(moments) < 2:
        kept = "no epoch" if not moments else "only one epoch"
        raise RunError(f"The weights of {kept} of this run are kept: a path needs two. Choose a run with more epochs.")
    if sum(array.size for array in moments[-1].model.weights.values()) > MOST_PARAMETERS:
        raise RunError(f"This network has more than {MOST_PARAMETERS:,} weights: its landscape would take too long.")
    if not all(np.isfinite(array).all() for moment in moments for array in moment.model.weights.values()):
        raise RunError("Some kept weights of this run are not finite numbers: the loss has no landscape there.")
    origin = moments[-1].model
    if all(not _flat(moment.model, origin).any() for moment in moments):
        raise RunError("All kept weights of this run are the same, so there is no path.")


def _trained(weights: Arrays) -> list[str]:
    """Names of what training changes by gradient."""
    return [name for name in weights if not name.endswith(_STATISTICS)]


def _flat(model: NumpyModel, origin: NumpyModel) -> NDArray[np.float32]:
    """How far the trained weights are from the origin's, in one row."""
    names = _trained(origin.weights)
    return np.concatenate([(model.weights[name] - origin.weights[name]).ravel() for name in names])


def _products(steps: NDArray[np.float32]) -> NDArray[np.float64]:
    """Of every two steps the scalar product: rounded to single precision, a straight line would seem bent or not."""
    products = np.zeros((len(steps), len(steps)))
    for start in range(0, steps.shape[1], _AT_ONCE):
        part = steps[:, start : start + _AT_ONCE].astype(np.float64)
        products += part @ part.T
    return products


def _principal(squares: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The two largest eigenvalues and their vectors, so signed that the path begins left of its end and above it."""
    values, vectors = np.linalg.eigh(squares)
    values, vectors = values[::-1][:2], vectors[:, ::-1][:, :2]
    first = (squares @ vectors)[0]
    return values, vectors * np.where(first * np.array([-1, 1]) < 0, -1, 1)


def _mixed(moments: Sequence[Moment], last: NumpyModel, mixture: NDArray[np.float64]) -> Arrays:
    """The sum of the path's steps from its end, each by its weight."""
    mixed: dict[str, NDArray[np.float32]] = {}
    for name in last.weights:
        arrays = [_scaled(name, moment.model.weights[name]) for moment in moments]
        total = sum(part * (array - arrays[-1]) for part, array in zip(mixture, arrays, strict=True))
        mixed[name] = np.asarray(total, dtype=np.float32)
    return mixed


def _scaled(name: str, array: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.log(np.maximum(array, _LEAST_VARIANCE)) if name.endswith(_VARIANCE) else array


def _drawn_direction(last: NumpyModel, across: Arrays, seed: int) -> Arrays:
    """A random direction at right angles to another, of length 1; each filter as long as the network's own."""
    generator = np.random.default_rng(seed)
    names = _trained(last.weights)
    drawn = {name: np.zeros_like(array) for name, array in last.weights.items()}
    for name in names:
        drawn[name] = _like_filters(generator.normal(size=last.weights[name].shape), last.weights[name])
    along = sum(float((drawn[name] * across[name]).sum(dtype=np.float64)) for name in names)
    drawn |= {name: drawn[name] - np.float32(along) * across[name] for name in names}
    length = np.sqrt(sum(float(np.square(drawn[name], dtype=np.float64).sum()) for name in names))
    return {name: (array / max(length, _LEAST_VARIANCE)).astype(np.float32) for name, array in drawn.items()}


def _like_filters(drawn: NDArray[np.float64], own: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scaled so that the numbers that go into each unit are together as long as the network's own."""
    rows, ours = drawn.reshape(len(drawn), -1), own.reshape(len(own), -1)
    lengths = np.linalg.norm(ours, axis=1) / np.maximum(np.linalg.norm(rows, axis=1), _LEAST_VARIANCE)
    scaled: NDArray[np.float32] = (rows * lengths[:, None]).reshape(own.shape).astype(np.float32)
    return scaled
