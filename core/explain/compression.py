"""What can be left out of a network: its accuracy with small weights removed, and with fewer bits for each."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.data.dataset import ImageDataset
from core.explain.kept_results import have_shapes, length_of, read_arrays
from core.models.numpy_model import NumpyModel
from core.stopping import ShouldStop, never

PRUNED_SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98, 0.99)
BITS = (8, 7, 6, 5, 4, 3, 2, 1)
COMPRESSION_IMAGES = 5_000
"""Validation images on which accuracy is measured."""
BEARABLE = 0.01
"""A loss of accuracy that is still small: one percentage point."""
_CONNECTIONS = ("convolutions.", "layers.")


@dataclass(frozen=True)
class Change:
    """What is done to a network: a share of its weights pruned, or each weight kept in this many bits."""

    kind: Literal["prune", "quantise"]
    amount: float


@dataclass(frozen=True, eq=False)
class Compression:
    """Accuracy on validation images after each change.

    Parameters
    ----------
    shares, pruned
        float64, shape ``(S,)``: shares of the weights that were set to 0, from 0 on, and the accuracy then, 0–1.
    bits, quantised
        float64, shape ``(B,)``: bits per weight, and the accuracy then.
    weights
        How many there are to be pruned: those of connections and filters; biases and norms stay as they are.
    images
        How many accuracy was measured on.
    """

    shares: NDArray[np.float64]
    pruned: NDArray[np.float64]
    bits: NDArray[np.float64]
    quantised: NDArray[np.float64]
    weights: int
    images: int

    @property
    def accuracy(self) -> float:
        """With all weights as they were trained."""
        return float(self.pruned[0])

    @property
    def most_pruned(self) -> float:
        """The largest share that was pruned, with all smaller ones, at a cost of a percentage point at most."""
        return float(self.shares[_bearable(self.pruned, self.accuracy) - 1])

    @property
    def fewest_bits(self) -> int | None:
        """The fewest bits, with all larger numbers of them, at such a cost; None where even the most cost more."""
        kept = _bearable(self.quantised, self.accuracy)
        return int(self.bits[kept - 1]) if kept else None


def changes() -> list[Change]:
    """Everything that is tried, in the order in which :func:`gathered` wants it."""
    pruned = [Change("prune", share) for share in PRUNED_SHARES]
    return [*pruned, *(Change("quantise", bits) for bits in BITS)]


def accuracy_after(model: NumpyModel, images: ImageDataset, change: Change, should_stop: ShouldStop = never) -> float:
    """Share of the images that a network still reads correctly, 0–1; runs in a worker."""
    change_it = pruned_model if change.kind == "prune" else quantised_model
    logits = change_it(model, change.amount).logits(images.images, should_stop)
    return share_correct(logits, images.labels)


def gathered(model: NumpyModel, accuracies: Sequence[float], images: int) -> Compression:
    """The results of all of :func:`changes`."""
    found, split = np.array(accuracies, dtype=np.float64), len(PRUNED_SHARES)
    weights = sum(model.weights[name].size for name in connections(model))
    shares, bits = np.array(PRUNED_SHARES), np.array(BITS, dtype=np.float64)
    return Compression(shares, found[:split], bits, found[split:], weights, images)


def pruned_model(model: NumpyModel, share: float) -> NumpyModel:
    """The network with the smallest of its weights, whatever their layer, at 0.

    References
    ----------
    Han, Pool, Tran, Dally: Learning both weights and connections for efficient neural networks, 2015,
    https://arxiv.org/abs/1506.02626; here without training afterwards.
    """
    names = connections(model)
    sizes = np.concatenate([np.abs(model.weights[name]).ravel() for name in names])
    kept = np.ones(len(sizes), dtype=bool)
    kept[np.argsort(sizes, kind="stable")[: round(share * len(sizes))]] = False
    changed, start = dict(model.weights), 0
    for name in names:
        array = model.weights[name]
        changed[name] = array * kept[start : start + array.size].reshape(array.shape)
        start += array.size
    return replace(model, weights=changed)


def quantised_model(model: NumpyModel, bits: float) -> NumpyModel:
    """The network with the weights of each layer at evenly spaced levels around 0."""
    changed = {name: quantised(model.weights[name], int(bits)) for name in connections(model)}
    return replace(model, weights={**model.weights, **changed})


def quantised(weights: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Each number at the nearest of ``2^bits - 1`` levels from ``-max|w|`` to ``max|w|``.

    One bit is the sign of a number, times the mean size of all.

    References
    ----------
    Krishnamoorthi: Quantizing deep convolutional networks for efficient inference, 2018,
    https://arxiv.org/abs/1806.08342, symmetric and by layer; for 1 bit Rastegari et al.: XNOR-Net, 2016,
    https://arxiv.org/abs/1603.05279.
    """
    sizes = np.abs(weights)
    if bits == 1:
        signs: NDArray[np.float32] = np.where(weights < 0, -sizes.mean(), sizes.mean()).astype(np.float32)
        return signs
    step = sizes.max(initial=0) / (2 ** (bits - 1) - 1)
    if not step:
        return weights
    levels: NDArray[np.float32] = (np.round(weights / step) * step).astype(np.float32)
    return levels


def connections(model: NumpyModel) -> list[str]:
    """Names of the arrays whose numbers are multiplied by what comes in."""
    return [name for name in sorted(model.weights) if name.startswith(_CONNECTIONS) and name.endswith(".weight")]


def read_compression(path: Path) -> Compression | None:
    """A result that was kept; None if the file is missing, damaged or holds something else."""
    arrays = read_arrays(path)
    shares, bits = (length_of(arrays, "shares"),), (length_of(arrays, "bits"),)
    shapes = {"shares": shares, "pruned": shares, "bits": bits, "quantised": bits, "weights": (), "images": ()}
    if not shares[0] or not have_shapes(arrays, shapes):
        return None
    numbers: dict[str, Any] = {name: array.astype(np.float64) for name, array in arrays.items()}
    return Compression(**(numbers | {name: int(numbers[name]) for name in ("weights", "images")}))


def _bearable(accuracies: NDArray[np.float64], untouched: float) -> int:
    """How many of them, from the first on, are not much lower."""
    low = np.flatnonzero(accuracies < untouched - BEARABLE - 1e-9)
    return int(low[0]) if len(low) else len(accuracies)
