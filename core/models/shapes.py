"""Names and shapes of every array of a network, from its config alone."""

import math
from itertools import pairwise

from core.config import TrainConfig

PIXELS = 784
KERNEL = 5
MAP_SIDES = (24, 8)
"""Rows and columns of the maps of each: 28 → 24, pooled to 12 → 8."""
Shapes = dict[str, tuple[int, ...]]


def filter_counts(config: TrainConfig) -> tuple[int, ...]:
    """Filters of each convolution: ``(8, 16)`` of a CNN by default, none of an MLP."""
    return (config.filters, 2 * config.filters) if config.architecture == "cnn" else ()


def feature_count(config: TrainConfig) -> int:
    """What the linear layers get of an image.

    Of a CNN, what two convolutions (28 → 24, 12 → 8) with a pooling after each (→ 12, → 4) leave of it, 256 by
    default; of an MLP, the pixels.
    """
    return filter_counts(config)[-1] * 4 * 4 if config.architecture == "cnn" else PIXELS


def layer_widths(config: TrainConfig, classes: int = 10) -> tuple[int, ...]:
    """Units of every linear layer from input to output: ``(784, 128, 10)`` for the defaults."""
    return (feature_count(config), *config.hidden_widths, classes)


def parameter_shapes(config: TrainConfig, classes: int = 10) -> Shapes:
    """Shape of every array that training changes by gradient, by name, in the order of the layers."""
    shapes: Shapes = {}
    for index, (inputs, outputs) in enumerate(pairwise((1, *filter_counts(config)))):
        shapes[f"convolutions.{index}.weight"] = (outputs, inputs, KERNEL, KERNEL)
        shapes[f"convolutions.{index}.bias"] = (outputs,)
    widths = layer_widths(config, classes)
    for index, (inputs, outputs) in enumerate(pairwise(widths)):
        shapes[f"layers.{index}.weight"] = (outputs, inputs)
        if config.bias:
            shapes[f"layers.{index}.bias"] = (outputs,)
    if config.batch_norm:
        for index, width in enumerate(widths[1:-1]):
            shapes |= {f"norms.{index}.weight": (width,), f"norms.{index}.bias": (width,)}
    return shapes


def weight_shapes(config: TrainConfig, classes: int = 10) -> Shapes:
    """Shape of every array that a trained network consists of: parameters, and the statistics of its norms."""
    shapes = parameter_shapes(config, classes)
    if config.batch_norm:
        for index, width in enumerate(config.hidden_widths):
            shapes |= {f"norms.{index}.running_mean": (width,), f"norms.{index}.running_var": (width,)}
    return shapes


def parameter_count(config: TrainConfig, classes: int = 10) -> int:
    """Numbers that training changes."""
    return sum(map(math.prod, parameter_shapes(config, classes).values()))


def multiplications(config: TrainConfig, classes: int = 10) -> int:
    """Products that one image costs on its way forward: what the time of a training run grows with."""
    shapes = parameter_shapes(config, classes)
    # A filter is applied at every place of its map.
    places = {f"convolutions.{index}.weight": side * side for index, side in enumerate(MAP_SIDES)}
    return sum(math.prod(shape) * places.get(name, 1) for name, shape in shapes.items() if name.endswith(".weight"))


def architecture_name(config: TrainConfig, classes: int = 10) -> str:
    """The network in a word: ``784-128-10``, or ``CNN 8-16, 256-128-10``."""
    widths = "-".join(map(str, layer_widths(config, classes)))
    filters = "-".join(map(str, filter_counts(config)))
    return f"CNN {filters}, {widths}" if filters else widths
