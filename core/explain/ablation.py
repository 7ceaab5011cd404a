"""What is left of a network when hidden units are switched off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.analysis.network import NetworkDrawing, network_drawing
from core.analysis.predictions import Predictions
from core.data.dataset import ImageDataset
from core.explain.units import Unit
from core.models.numpy_model import NumpyModel, probabilities_of

MOST_ADDED = 10
"""Units that a drawing adds to those that it picks."""

_CHUNK = 500
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Held:
    """What the hidden layers of a network say about labelled images, so that the rest is soon computed again.

    Parameters
    ----------
    said
        float32 ``(N, units)`` of each hidden layer, and the logits.
    labels
        int64 ``(N,)``.
    """

    model: NumpyModel
    said: tuple[Floats, ...]
    labels: NDArray[np.int64]

    @classmethod
    def of(cls, model: NumpyModel, images: ImageDataset) -> "Held":
        """Send images through a network and keep what its layers say."""
        parts = [model.layers(images.images[start : start + _CHUNK])[1:] for start in range(0, len(images), _CHUNK)]
        return cls(model, tuple(np.concatenate(layer) for layer in zip(*parts, strict=True)), images.labels)

    def predictions(self, units: Sequence[Unit] = ()) -> Predictions:
        """What the network makes of the images without these units."""
        model = switched_off(self.model, units)
        lowest = min((unit.layer for unit in units), default=len(self.said))
        a = self.said[lowest - 1]
        for index in range(lowest, len(self.said)):
            a = model.dense(index, a)
        probabilities = probabilities_of(a, model.config.loss)
        return Predictions(model.run_id, probabilities, self.labels, model.class_names)


@dataclass(frozen=True, eq=False)
class Ablation:
    """A network on the same images with all of its units, and without some."""

    units: tuple[Unit, ...]
    before: Predictions
    after: Predictions

    @classmethod
    def of(cls, held: Held, units: Iterable[Unit]) -> "Ablation":
        """Switch these units off together."""
        off = tuple(units)
        return cls(off, held.predictions(), held.predictions(off))

    @property
    def change(self) -> NDArray[np.float64]:
        """By how much the accuracy of each class changes, float64 ``(K,)``; NaN of a class without images."""
        change: NDArray[np.float64] = self.accuracies(self.after) - self.accuracies(self.before)
        return change

    @staticmethod
    def accuracies(said: Predictions) -> NDArray[np.float64]:
        """Of the images of each class, the share that is read correctly, float64 ``(K,)``; NaN without images."""
        metrics = said.class_metrics
        return np.where(metrics.support > 0, metrics.recall, np.nan)


def switched_off(model: NumpyModel, units: Iterable[Unit]) -> NumpyModel:
    """The same network without these units: nothing that they say reaches the next layer."""
    weights = dict(model.weights)
    off: dict[int, list[int]] = {}
    for unit in units:
        off.setdefault(unit.layer, []).append(unit.number)
    for layer, numbers in off.items():
        matrix = weights[f"layers.{layer}.weight"].copy()
        matrix[:, numbers] = 0
        weights[f"layers.{layer}.weight"] = matrix
    return replace(model, weights=weights) if off else model


def drawing_without(
    model: NumpyModel, units: Sequence[Unit], image: NDArray[np.uint8], *, chosen: Unit | None = None
) -> NetworkDrawing:
    """The network lit by an image, uint8 ``(28, 28)``: these units are dark, and nothing leads on from them.

    The first of them are drawn in any case, and the one that is chosen.
    """
    also: dict[int, list[int]] = {}
    for unit in (*units[:MOST_ADDED], *([chosen] if chosen else [])):
        also.setdefault(unit.layer, []).append(unit.number)
    drawing = network_drawing(switched_off(model, units), image, also=also)
    before = len(drawing.layers) - len(model.dense_weights)
    layers = list(drawing.layers)
    for number, layer in enumerate(layers[before:-1], 1):
        off = np.isin(layer.units, [unit.number for unit in units if unit.layer == number])
        layers[before + number - 1] = replace(layer, values=None if layer.values is None else layer.values * ~off)
    return replace(drawing, layers=tuple(layers))
