"""Every array of a network on its way through one training step: name, shape, orientation and meaning."""

from dataclasses import dataclass
from itertools import pairwise

from core.config import TrainConfig
from core.models.shapes import KERNEL, PIXELS, filter_counts, layer_widths, parameter_shapes

Shape = tuple[int, ...]
GROUPS = ("Data", "Weights", "Forward", "Backward")


@dataclass(frozen=True)
class NetworkArray:
    """One array.

    Parameters
    ----------
    group
        One of ``GROUPS``.
    name
        What the product calls it.
    shape
        ``()`` for a single number.
    axes
        What one step along each axis is, first axis first.
    meaning
        A sentence.
    column_name, column_shape
        What it is called and how it is shaped where images are columns, as in the from-scratch series; empty and
        None where the series has no such array.
    """

    group: str
    name: str
    shape: Shape
    axes: tuple[str, ...]
    meaning: str
    column_name: str = ""
    column_shape: Shape | None = None

    @property
    def is_transposed(self) -> bool:
        """Whether the series holds the same numbers the other way round: what it has of images, it has in columns."""
        return self.column_shape is not None and self.axes[0] == "image" and len(self.shape) > 1


def network_arrays(config: TrainConfig, classes: int = 10) -> tuple[NetworkArray, ...]:
    """All arrays of a training run of this config on MNIST, in the order in which they come up."""
    backward = tuple(reversed(_gradients(config, classes)))
    return (*_data(config, classes), *_weights(config, classes), *_forward(config, classes), *backward)


def _data(config: TrainConfig, classes: int) -> list[NetworkArray]:
    parts = (
        ("train", "training", config.training_size, "x_train", "y_train"),
        ("validation", "validation", config.validation_size, "", ""),
        ("test", "test", config.test_size, "x_test", "y_test"),
    )
    arrays = []
    for name, words, count, x, y in parts:
        arrays += [
            NetworkArray(
                "Data",
                f"splits.{name}.images",
                (count, 28, 28),
                ("image", "row", "column"),
                f"The {words} images as bytes: 0 is background, 255 a full stroke.",
                x,
                (PIXELS, count) if x else None,
            ),
            NetworkArray(
                "Data",
                f"splits.{name}.labels",
                (count,),
                ("image",),
                f"Which digit each {words} image is.",
                y,
                (1, count) if y else None,
            ),
        ]
    batch = config.batch_size
    pixels = NetworkArray(
        "Data", "x", (batch, PIXELS), ("image", "pixel"), "One batch, pixels normalised.", "A0", (PIXELS, batch)
    )
    targets = NetworkArray(
        "Data", "targets", (batch, classes), ("image", "class"), "Its labels, one-hot.", "Y", (classes, batch)
    )
    return [*arrays, pixels, targets]


def _weights(config: TrainConfig, classes: int) -> list[NetworkArray]:
    return [_parameter(name, shape, config) for name, shape in parameter_shapes(config, classes).items()]


def _parameter(name: str, shape: Shape, config: TrainConfig) -> NetworkArray:
    kind, place, part = name.split(".")
    index = int(place)
    if kind == "convolutions":
        axes = ("filter", "map it looks at", "row", "column")[: len(shape)]
        meaning = f"The {KERNEL}×{KERNEL} filters of convolution {index + 1}, the same at every place of the image."
        return NetworkArray("Weights", name, shape, axes, meaning)
    if kind == "norms":
        meaning = f"What the norm of hidden layer {index + 1} {'multiplies by' if part == 'weight' else 'adds'}."
        return NetworkArray("Weights", name, shape, ("unit",), meaning)
    source = "pixel" if index == 0 and config.architecture != "cnn" else "unit before"
    target = "class" if index == len(config.hidden_widths) else "unit"
    if part == "weight":
        meaning = f"How strongly each {source} counts for each {target} of layer {index + 1}."
        return NetworkArray("Weights", name, shape, (target, source), meaning, f"W{index + 1}", shape)
    meaning = f"What is added to the sum of each {target} of layer {index + 1}."
    return NetworkArray("Weights", name, shape, (target,), meaning, f"B{index + 1}", (*shape, 1))


def _forward(config: TrainConfig, classes: int) -> list[NetworkArray]:
    batch, widths = config.batch_size, layer_widths(config, classes)
    arrays = _feature_maps(config, batch)
    for number, (inputs, width) in enumerate(pairwise(widths[:-1]), start=1):
        arrays += [
            NetworkArray(
                "Forward",
                f"z{number}",
                (batch, width),
                ("image", "unit"),
                f"Weighted sums of hidden layer {number}: each of {inputs} inputs times its weight, added up.",
                f"Z{number}",
                (width, batch),
            ),
            NetworkArray(
                "Forward",
                f"a{number}",
                (batch, width),
                ("image", "unit"),
                f"What hidden layer {number} passes on: its sums after the activation.",
                f"A{number}",
                (width, batch),
            ),
        ]
    last, axes = len(widths) - 1, ("image", "class")
    swapped = (classes, batch)
    return [
        *arrays,
        NetworkArray(
            "Forward", "logits", (batch, classes), axes, "One sum for each class, any number.", f"Z{last}", swapped
        ),
        NetworkArray(
            "Forward",
            "probabilities",
            (batch, classes),
            axes,
            "The logits after softmax; every row adds up to 1.",
            f"A{last}",
            swapped,
        ),
        NetworkArray("Forward", "loss", (), (), "How wrong the batch was: the mean over its images."),
    ]


def _feature_maps(config: TrainConfig, batch: int) -> list[NetworkArray]:
    sides = ((24, 12), (8, 4))
    axes = ("image", "filter", "row", "column")
    return [
        NetworkArray(
            "Forward",
            f"maps{number}",
            (batch, channels, pooled, pooled),
            axes,
            f"Where each filter found its pattern: {side}×{side} places, the strongest of each 2×2 kept.",
        )
        for number, (channels, (side, pooled)) in enumerate(zip(filter_counts(config), sides, strict=False), start=1)
    ]


def _gradients(config: TrainConfig, classes: int) -> list[NetworkArray]:
    """In forward order: for every layer its weights' gradients, then the error that they come from."""
    arrays = []
    for parameter in _weights(config, classes):
        arrays.append(
            NetworkArray(
                "Backward",
                f"gradient of {parameter.name}",
                parameter.shape,
                parameter.axes,
                "How the loss changes with each of its numbers; it always has the same shape.",
                f"d{parameter.column_name}" if parameter.column_name else "",
                parameter.column_shape,
            )
        )
        kind, index, part = parameter.name.split(".")
        if (kind, part) == ("layers", "weight"):
            width, number = parameter.shape[0], int(index) + 1
            arrays.append(
                NetworkArray(
                    "Backward",
                    f"delta{number}",
                    (config.batch_size, width),
                    ("image", parameter.axes[0]),
                    f"How much the loss changes with each sum of layer {number}.",
                    f"dZ{number}",
                    (width, config.batch_size),
                )
            )
    return arrays
