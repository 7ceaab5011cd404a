"""A network as it can be drawn: a few units of each layer, and the strongest connections between them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from core.analysis.unit_sum import UnitSum, unit_sums
from core.data.dataset import IMAGE_SIDE
from core.models.numpy_model import NumpyModel

MOST_UNITS = 20
"""Units of a layer that are drawn; more could not be told apart."""

_MOST_PER_UNIT = 3
_MOST_PER_LAYER = 60
# Weights that are multiplied to follow a unit back to the pixels; more would take longer than a page should.
_MOST_FOLLOWED = 3_000_000

Floats = NDArray[np.float32]
_NONE: Mapping[int, Sequence[int]] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class DrawnLayer:
    """One layer of the drawing.

    Parameters
    ----------
    kind
        ``pixels``, ``features`` (of a convolution), ``hidden`` or ``output``.
    size
        Units that the layer has.
    units
        Numbers of those that are drawn; none of the pixels, which are one picture.
    values
        What each drawn unit says about one image (of outputs: probabilities); None without an image.
    pictures
        float32, shape ``(units, 28, 28)``: what ink on a pixel adds to a unit, activations left aside; None where it
        is not known.
    sums
        How each drawn unit comes to what it says about the image; None without one, and of features.
    """

    kind: str
    size: int
    units: tuple[int, ...]
    values: Floats | None = None
    pictures: Floats | None = None
    sums: tuple[UnitSum, ...] | None = None


@dataclass(frozen=True)
class Connection:
    """A weight that is drawn.

    Parameters
    ----------
    layer
        Number of the layer that it leads to; the pixels are layer 0.
    source, target
        Numbers of the units in their layers; of a pixel, row by row.
    weight
        As the network has it.
    flow
        Weight times what the source says about one image; the weight itself without an image.
    """

    layer: int
    source: int
    target: int
    weight: float
    flow: float


@dataclass(frozen=True, eq=False)
class NetworkDrawing:
    """What is drawn of a network.

    Parameters
    ----------
    pixels
        uint8, shape ``(28, 28)``; None without an image.
    """

    layers: tuple[DrawnLayer, ...]
    connections: tuple[Connection, ...]
    class_names: tuple[str, ...]
    pixels: NDArray[np.uint8] | None = None


def network_drawing(
    model: NumpyModel, image: NDArray[np.uint8] | None = None, *, also: Mapping[int, Sequence[int]] = _NONE
) -> NetworkDrawing:
    """Choose what is drawn of a network, lit by an image where there is one.

    Units are picked evenly, so that they stay the same while a network learns; of the connections between them, the
    strongest are drawn.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    also
        Units that are drawn in any case, by hidden layer, counted from 1.
    """
    convolved = model.config.architecture == "cnn"
    if image is None:
        empty = [None] * (len(model.dense_weights) + 1)
        return drawing_of(model.dense_weights, empty, model.class_names, convolved=convolved, also=also)
    said = [layer[0] for layer in model.layers(image[None])]
    first = said[0] if convolved else image.reshape(-1).astype(np.float32) / 255
    values = [first, *said[1:-1], model.probabilities(image[None])[0]]
    drawing = drawing_of(model.dense_weights, values, model.class_names, pixels=image, convolved=convolved, also=also)
    before = len(drawing.layers) - len(model.dense_weights)
    dense = [
        replace(layer, sums=unit_sums(model, said, number, layer.units))
        for number, layer in enumerate(drawing.layers[before:], 1)
    ]
    return replace(drawing, layers=(*drawing.layers[:before], *dense))


def drawing_of(
    weights: Sequence[Floats],
    values: Sequence[Floats | None],
    class_names: tuple[str, ...],
    *,
    pixels: NDArray[np.uint8] | None = None,
    convolved: bool = False,
    also: Mapping[int, Sequence[int]] = _NONE,
) -> NetworkDrawing:
    """Choose what is drawn of these layers.

    Parameters
    ----------
    weights
        Of each layer, shape ``(outputs, inputs)``.
    values
        Of the inputs and of each layer: what its units say, or None.
    convolved
        Whether the inputs are features of a convolution, not pixels.
    also
        As for :func:`network_drawing`.
    """
    sizes = [weights[0].shape[1], *(len(matrix) for matrix in weights)]
    chosen = [evenly(size, MOST_UNITS) for size in sizes[:-1]] + [tuple(range(sizes[-1]))]
    for number, units in also.items():
        chosen[number] = tuple(sorted({*chosen[number], *units}))
    if not convolved:
        chosen[0] = tuple(range(sizes[0]))
    pictures = _pictures(weights, chosen) if not convolved else [None] * len(weights)
    layers = [
        DrawnLayer("output" if number == len(weights) else "hidden", sizes[number], chosen[number], said, picture)
        for number, (said, picture) in enumerate(
            ((_picked(values[number], chosen[number]), pictures[number - 1]) for number in range(1, len(sizes))), 1
        )
    ]
    first = [DrawnLayer("pixels", IMAGE_SIDE**2, ())]
    if convolved:
        first.append(DrawnLayer("features", sizes[0], chosen[0], _picked(values[0], chosen[0])))
    offset = len(first)
    connections = [
        connection
        for number, (sources, targets) in enumerate(pairwise(chosen))
        for connection in _strongest(weights[number], values[number], sources, targets, number + offset)
    ]
    return NetworkDrawing((*first, *layers), tuple(connections), class_names, pixels)


def untrained_drawing(widths: Sequence[int], class_names: tuple[str, ...], *, features: int = 0) -> NetworkDrawing:
    """The layers of a network that has no weights yet.

    Parameters
    ----------
    widths
        Units of each hidden layer.
    features
        How many its convolutions find, if it has any.
    """
    hidden = [DrawnLayer("hidden", width, evenly(width, MOST_UNITS)) for width in widths]
    output = DrawnLayer("output", len(class_names), tuple(range(len(class_names))))
    found = [DrawnLayer("features", features, evenly(features, MOST_UNITS))] if features else []
    return NetworkDrawing((DrawnLayer("pixels", IMAGE_SIDE**2, ()), *found, *hidden, output), (), class_names)


def evenly(size: int, most: int) -> tuple[int, ...]:
    """At most this many of the numbers below ``size``, from the first to the last."""
    return tuple(int(number) for number in np.linspace(0, size - 1, min(size, most)).round())


def _picked(values: Floats | None, units: Sequence[int]) -> Floats | None:
    return None if values is None else values[list(units)]


def _strongest(
    weights: Floats, said: Floats | None, sources: Sequence[int], targets: Sequence[int], layer: int
) -> list[Connection]:
    """Of the connections between these units, the strongest of each target, and of those the strongest."""
    between = weights[np.ix_(targets, sources)]
    flows = between if said is None else between * said[list(sources)]
    each = min(_MOST_PER_UNIT, len(sources)) if len(sources) > MOST_UNITS else len(sources)
    best = np.argpartition(-np.abs(flows), each - 1, axis=1)[:, :each]
    rows = np.repeat(np.arange(len(targets)), each)
    columns = best.ravel()
    order = np.argsort(-np.abs(flows[rows, columns]), kind="stable")[:_MOST_PER_LAYER]
    return [
        Connection(layer, sources[column], targets[row], float(between[row, column]), float(flows[row, column]))
        for row, column in zip(rows[order].tolist(), columns[order].tolist(), strict=True)
        if flows[row, column]
    ]


def _pictures(weights: Sequence[Floats], chosen: Sequence[Sequence[int]]) -> list[Floats | None]:
    """For each layer, what ink on a pixel adds to its drawn units along all paths, activations left aside."""
    found: list[Floats | None] = []
    for number in range(len(weights)):
        followed = sum(matrix.size for matrix in weights[:number])
        if followed > _MOST_FOLLOWED:
            found.append(None)
            continue
        way = weights[number][list(chosen[number + 1])]
        for matrix in reversed(weights[:number]):
            way = way @ matrix
        found.append(way.reshape(-1, IMAGE_SIDE, IMAGE_SIDE))
    return found
