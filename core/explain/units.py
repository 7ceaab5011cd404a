"""A hidden unit by its layer and its number: ``1:17`` on the command line and in the URL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.config import is_whole
from core.errors import ConfigError
from core.models.numpy_model import NORM_EPSILON, NumpyModel

MOST_UNITS = 500
"""Units that one list may name."""


@dataclass(frozen=True, order=True)
class Unit:
    """A hidden unit; of a CNN, one after its convolutions.

    Parameters
    ----------
    layer
        Hidden layers are counted from 1.
    number
        Units are counted from 0, as the drawing of the network counts them.
    """

    layer: int
    number: int

    def __str__(self) -> str:
        return f"{self.layer}:{self.number}"

    @property
    def words(self) -> str:
        """Its name in a sentence."""
        return f"unit {self.number} of hidden layer {self.layer}"

    @classmethod
    def of(cls, text: str, widths: Sequence[int]) -> Self:
        """Read ``LAYER:UNIT``.

        Parameters
        ----------
        widths
            Units of each hidden layer of the network.

        Raises
        ------
        ConfigError
            If it is written otherwise, or the network has no such unit.
        """
        if not widths:
            raise ConfigError("This network has no hidden layer, and hence no hidden units.")
        layer, colon, number = text.strip().partition(":")
        if not (colon and is_whole(layer) and is_whole(number)):
            raise ConfigError(f"A unit is written LAYER:UNIT, such as 1:17, not “{text.strip()[:40]}”.")
        if not 1 <= int(layer) <= len(widths):
            has = "one hidden layer" if len(widths) == 1 else f"{len(widths)} hidden layers"
            raise ConfigError(f"The network has {has}, none of them numbered {int(layer)}: layers count from 1.")
        last = widths[int(layer) - 1] - 1
        if not 0 <= int(number) <= last:
            raise ConfigError(f"Units of hidden layer {int(layer)} are numbered 0 to {last}, not {int(number)}.")
        return cls(int(layer), int(number))


def units_of(text: str, widths: Sequence[int]) -> tuple[Unit, ...]:
    """Read ``LAYER:UNIT,…``: in order, each once.

    Raises
    ------
    ConfigError
        As for :meth:`Unit.of`, and if there are more than :data:`MOST_UNITS`.
    """
    parts = [part for part in text.split(",") if part.strip()]
    if len(parts) > MOST_UNITS:
        raise ConfigError(f"At most {MOST_UNITS} units can be named at once, not {len(parts):,}.")
    return tuple(sorted({Unit.of(part, widths) for part in parts}))


def units_text(units: Iterable[Unit]) -> str:
    """The same as text."""
    return ",".join(map(str, units))


def outgoing_weights(model: NumpyModel, unit: Unit) -> NDArray[np.float32]:
    """What one more of a unit adds to each logit, float32 ``(K,)``.

    Of the last hidden layer these are its weights. From an earlier one they are followed along all paths, as if later
    activations let everything through; batch normalisation counts.
    """
    way = model.dense_weights[unit.layer][:, unit.number]
    for index, matrix in enumerate(model.dense_weights[unit.layer + 1 :], unit.layer):
        if model.config.batch_norm:
            scale, variance = (model.weights[f"norms.{index}.{name}"] for name in ("weight", "running_var"))
            way = way * scale / np.sqrt(variance + np.float32(NORM_EPSILON))
        way = matrix @ way
    return way
