"""The sum that a unit computes about one image, term by term."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.models.numpy_model import NumpyModel

MOST_TERMS = 5
"""Terms that are listed; the others are added up."""

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Term:
    """``weight · value``, of the unit, feature or pixel with this number in the layer before."""

    source: int
    weight: float
    value: float

    @property
    def product(self) -> float:
        """What it adds."""
        return self.weight * self.value


@dataclass(frozen=True)
class UnitSum:
    """What one unit computes.

    Parameters
    ----------
    terms
        The largest, for or against, first.
    others
        How many terms are left out.
    rest
        Their sum.
    bias
        0 in a network without.
    total
        Everything together.
    normed
        That after batch normalisation; None without.
    """

    terms: tuple[Term, ...]
    others: int
    rest: float
    bias: float
    total: float
    normed: float | None


def unit_sums(model: NumpyModel, said: Sequence[Floats], layer: int, units: Sequence[int]) -> tuple[UnitSum, ...]:
    """The sums of some units about one image.

    Parameters
    ----------
    said
        What :meth:`NumpyModel.layers` gives, of the one image: float32 ``(units,)`` each.
    layer
        Counted as there: 1 is the first dense layer, the last has the logits.
    """
    index, values = layer - 1, said[layer - 1]
    matrix = model.weights[f"layers.{index}.weight"]
    biases = model.weights[f"layers.{index}.bias"] if model.config.bias else np.zeros(len(matrix), np.float32)
    has_norm = model.config.batch_norm and layer < len(said) - 1
    normed = model.normed(index, model.sums(index, values[None]))[0] if has_norm else None
    found = []
    for unit in units:
        products = (matrix[unit] * values).astype(np.float64)
        first = np.argsort(-np.abs(products), kind="stable")[:MOST_TERMS]
        terms = tuple(Term(int(at), float(matrix[unit, at]), float(values[at])) for at in first if products[at])
        rest = float(products.sum() - sum(term.product for term in terms))
        total = float(products.sum() + biases[unit])
        after = None if normed is None else float(normed[unit])
        found.append(UnitSum(terms, len(products) - len(terms), rest, float(biases[unit]), total, after))
    return tuple(found)
