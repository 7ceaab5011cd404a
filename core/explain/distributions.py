"""Weights, activations and gradients by layer and epoch, and the units that no longer learn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from core.analysis.units import flat_shares
from core.data.dataset import ImageDataset
from core.drawings.preprocessing import normalise
from core.explain.gradients import weight_gradients
from core.explain.kept_results import have_shapes, length_of, read_arrays
from core.explain.moments import Moment
from core.models.numpy_model import NumpyModel
from core.models.shapes import filter_counts
from core.stopping import ShouldStop, look, never

Kind = Literal["weights", "activations", "gradients"]
KINDS: Final[tuple[Kind, ...]] = ("weights", "activations", "gradients")
DISTRIBUTION_IMAGES = 500
"""Validation images on which activations and gradients are measured."""
BINS = 60
OFTEN = 0.95
"""Share of the images from which on a unit counts as saturated."""
_FINE = 600
_SQUASHING = ("tanh", "sigmoid")


@dataclass(frozen=True, eq=False)
class FineHistogram:
    """Numbers between their own smallest and largest: int64 ``(600,)``, in cells of equal width."""

    low: float
    high: float
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, numbers: NDArray[np.float32]) -> "FineHistogram":
        """Count numbers; those that are not finite are left out."""
        finite = numbers[np.isfinite(numbers)].astype(np.float64)
        if not len(finite):
            return cls(0.0, 0.0, np.zeros(_FINE, dtype=np.int64))
        low, high = float(finite.min()), float(finite.max())
        counts = np.histogram(finite, _FINE, (low, high if high > low else low + 1))[0]
        return cls(low, high, counts.astype(np.int64))

    def into(self, edges: NDArray[np.float64]) -> NDArray[np.int64]:
        """The same counts in other cells, each fine one where its middle lies."""
        width = (self.high - self.low if self.high > self.low else 1.0) / _FINE
        middles = self.low + width * (np.arange(_FINE) + 0.5) if self.high > self.low else np.full(_FINE, self.low)
        return np.histogram(middles, edges, weights=self.counts)[0].astype(np.int64)


@dataclass(frozen=True, eq=False)
class MomentCounts:
    """One moment: a histogram for each kind and layer, and the state of each hidden layer's units.

    Parameters
    ----------
    histograms
        By kind and number of the layer, as :func:`layer_names` counts them.
    units, dead, saturated
        int64 ``(H,)``: of each layer that has an activation.
    """

    histograms: Mapping[tuple[Kind, int], FineHistogram]
    units: NDArray[np.int64]
    dead: NDArray[np.int64]
    saturated: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Distributions:
    """Histograms of a run's layers over its kept moments.

    Parameters
    ----------
    epochs
        int64 ``(E,)``; 0 is before the first batch.
    kinds, layers
        int64 ``(R,)``: of each row, which of ``KINDS`` it shows, and of which layer.
    edges
        float64 ``(R, B + 1)``: the ends of the cells.
    counts
        int64 ``(R, E, B)``.
    units
        int64 ``(H,)``: units of each layer with an activation; of a convolution, its filters.
    dead
        int64 ``(E, H)``: those whose activation has next to no slope on any of the images, so that they learn nothing.
    saturated
        int64 ``(E, H)``: those of tanh and sigmoid that are at an end on most of the images, the dead among them.
    images
        How many activations were measured on.
    """

    epochs: NDArray[np.int64]
    kinds: NDArray[np.int64]
    layers: NDArray[np.int64]
    edges: NDArray[np.float64]
    counts: NDArray[np.int64]
    units: NDArray[np.int64]
    dead: NDArray[np.int64]
    saturated: NDArray[np.int64]
    images: int

    def rows_of(self, kind: Kind) -> list[int]:
        """Rows that show this kind, by layer."""
        return np.flatnonzero(self.kinds == KINDS.index(kind)).tolist()


def layer_names(model: NumpyModel) -> list[str]:
    """What the layers are called, in order: convolutions, hidden layers, the output."""
    convolutions = len(filter_counts(model.config))
    names = [f"Convolution {number}" for number in range(1, convolutions + 1)]
    names += [f"Hidden layer {number}" for number in range(1, len(model.config.hidden_widths) + 1)]
    return [*names, "Output"]


def count_moment(images: ImageDataset, model: NumpyModel, should_stop: ShouldStop = never) -> MomentCounts:
    """Everything that is counted of one network; runs in a worker."""
    with np.errstate(over="ignore", invalid="ignore"):
        said = answers(model, images.images)
        look(should_stop)
        gradients = weight_gradients(model, images.images, images.labels)
    look(should_stop)
    histograms: dict[tuple[Kind, int], FineHistogram] = {}
    for layer, name in enumerate(_weight_names(model)):
        histograms["weights", layer] = FineHistogram.of(model.weights[name].ravel())
    for layer, values in enumerate(said):
        histograms["activations", layer] = FineHistogram.of(values.ravel())
    for layer, gradient in enumerate(gradients):
        histograms["gradients", layer] = FineHistogram.of(gradient.ravel())
    return MomentCounts(histograms, *_states(model, said[:-1]))


def answers(model: NumpyModel, images: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
    """What each layer says, float32 ``(N, units)``; of a convolution one row for each image and place."""
    pixels = normalise(images, model.normalisation)
    maps = [one.filtered.transpose(0, 2, 3, 1) for one in model.convolutions(pixels)]
    return [*(one.reshape(-1, one.shape[-1]) for one in maps), *model.layers_of(pixels)[1:]]


def put_together(moments: Sequence[Moment], counted: Sequence[MomentCounts], images: int) -> Distributions:
    """The histograms of all moments in the same cells, from the smallest to the largest number of any of them."""
    rows = sorted(counted[0].histograms, key=lambda row: (KINDS.index(row[0]), row[1]))
    edges = np.stack([_edges([one.histograms[row] for one in counted]) for row in rows])
    counts = [[one.histograms[row].into(cells) for one in counted] for row, cells in zip(rows, edges, strict=True)]
    return Distributions(
        epochs=np.array([moment.epoch for moment in moments], dtype=np.int64),
        kinds=np.array([KINDS.index(kind) for kind, _ in rows], dtype=np.int64),
        layers=np.array([layer for _, layer in rows], dtype=np.int64),
        edges=edges,
        counts=np.array(counts, dtype=np.int64),
        units=counted[0].units,
        dead=np.stack([one.dead for one in counted]),
        saturated=np.stack([one.saturated for one in counted]),
        images=images,
    )


def read_distributions(path: Path) -> Distributions | None:
    """A result that was kept; None if the file is missing, damaged or holds something else."""
    arrays = read_arrays(path)
    moments, rows, layers = (length_of(arrays, name) for name in ("epochs", "kinds", "units"))
    cells = {"edges": (rows, BINS + 1), "counts": (rows, moments, BINS)}
    states = {"units": (layers,), "dead": (moments, layers), "saturated": (moments, layers)}
    shapes = {"epochs": (moments,), "kinds": (rows,), "layers": (rows,), "images": ()} | cells | states
    if not moments or not have_shapes(arrays, shapes) or not _is_complete(arrays["kinds"]):
        return None
    whole = {name: array.astype(np.int64) for name, array in arrays.items() if name not in ("edges", "images")}
    return Distributions(**whole, edges=arrays["edges"].astype(np.float64), images=int(arrays["images"]))


def _is_complete(kinds: NDArray[np.int64]) -> bool:
    """Whether every kind has as many rows; results of earlier versions have no gradients of some networks."""
    return len({int((kinds == kind).sum()) for kind in range(len(KINDS))}) == 1


def _weight_names(model: NumpyModel) -> list[str]:
    convolutions = len(filter_counts(model.config))
    names = [f"convolutions.{index}.weight" for index in range(convolutions)]
    return [*names, *(f"layers.{index}.weight" for index in range(len(model.config.hidden_widths) + 1))]


def _states(model: NumpyModel, said: Sequence[NDArray[np.float32]]) -> tuple[NDArray[np.int64], ...]:
    """Units, dead and saturated ones of each layer that has an activation; filters of a CNN always have ReLU."""
    units, dead, saturated = [], [], []
    hidden = len(model.config.hidden_widths)
    for layer, values in enumerate(said):
        activation = model.config.activation if layer >= len(said) - hidden else "relu"
        flat = flat_shares(activation, values)
        units.append(values.shape[1])
        dead.append(int((flat == 1).sum()))
        saturated.append(int((flat >= OFTEN).sum()) if activation in _SQUASHING else 0)
    return tuple(np.array(counts, dtype=np.int64) for counts in (units, dead, saturated))


def _edges(histograms: Sequence[FineHistogram]) -> NDArray[np.float64]:
    low, high = min(one.low for one in histograms), max(one.high for one in histograms)
    return np.linspace(low, high if high > low else low + 1, BINS + 1)
