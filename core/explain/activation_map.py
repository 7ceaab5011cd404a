"""What a layer says about digits, for a map of them, and the groups that its points are coloured by."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.errors import RunError
from core.explain.kept_results import have_shapes, read_arrays
from core.models.numpy_model import NumpyModel

MAP_DIGITS = 1_000
"""Digits on the map of a layer; t-SNE takes a few seconds for this many."""
Grouping = Literal["label", "predicted", "correct", "confidence"]
GROUPINGS: Final[tuple[Grouping, ...]] = get_args(Grouping)
_STEPS = (0.5, 0.8, 0.95, 0.99)
_STEP_NAMES = ("under 50%", "50% to 80%", "80% to 95%", "95% to 99%", "over 99%")


@dataclass(frozen=True, eq=False)
class Groups:
    """What each digit is coloured by.

    Parameters
    ----------
    numbers
        int64 ``(N,)``: the group of each digit.
    names
        Of the groups.
    """

    numbers: NDArray[np.int64]
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class LayerMap:
    """Where digits lie, float64 ``(N, 2)``."""

    points: NDArray[np.float64]


def read_layer_map(path: Path, count: int) -> LayerMap | None:
    """A map that was kept; None if the file is missing, damaged or of another number of digits."""
    arrays = read_arrays(path)
    if not have_shapes(arrays, {"points": (count, 2)}) or not np.isfinite(arrays["points"]).all():
        return None
    return LayerMap(arrays["points"].astype(np.float64))


def mapped_layers(config: TrainConfig) -> tuple[str, ...]:
    """What can be mapped, as :meth:`NumpyModel.layers` counts it: what goes into the dense layers, then each."""
    first = "Features of the convolutions" if config.architecture == "cnn" else "Pixels"
    hidden = [f"Hidden layer {number}" for number in range(1, len(config.hidden_widths) + 1)]
    return (first, *hidden, "Output")


def layer_rows(model: NumpyModel, images: NDArray[np.uint8], layer: int) -> NDArray[np.float32]:
    """What a layer says about each image, float32 ``(N, units)``.

    Raises
    ------
    RunError
        If some of it is not finite.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        rows = model.layers(images)[layer]
    if not np.isfinite(rows).all():
        raise RunError("This layer’s activations are not finite for some digits, so they cannot be mapped.")
    return rows


def grouped(by: Grouping, images: ImageDataset, probabilities: NDArray[np.float32]) -> Groups:
    """Put digits into groups by their label, or by what the network says of them.

    Parameters
    ----------
    probabilities
        float32 ``(N, K)``.
    """
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    if by == "label":
        return Groups(images.labels, images.class_names)
    if by == "predicted":
        return Groups(predicted, images.class_names)
    if by == "correct":
        return Groups((predicted != images.labels).astype(np.int64), ("read correctly", "misread"))
    steps = np.digitize(probabilities.max(axis=1, initial=0), _STEPS).astype(np.int64)
    return Groups(steps, _STEP_NAMES)
