"""A CNN’s filters, feature maps and pooling over a digit, and one filter at any place of it: on Inside and on Learn."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.models.shapes import KERNEL, MAP_SIDES, filter_counts
from ui.live.convolutions import Captions, show_live_convolutions
from ui.live.network import Replayed
from ui.shell.resources import model
from ui.shell.url import checked_param
from ui.shell.url_values import whole_number

MAPS: Final = "maps"
FILTER: Final = "filter"
_LAST_PLACE = MAP_SIDES[0] - 1
_PARAMS: Mapping[str, str] = MappingProxyType({"filter": "filter", "row": "filter_row", "column": "filter_column"})
"""In the URL."""
# A filter is laid near the middle at first, where the ink is.
_USUAL: Mapping[str, int] = MappingProxyType({"filter": 0, "row": 10, "column": 10})


def show_convolutions(
    run_id: str,
    image: NDArray[np.uint8],
    name: str,
    *,
    key: str,
    shows: Sequence[str] = (MAPS, FILTER),
    replayed: Replayed | None = None,
) -> None:
    """Filters, feature maps and pooling of both convolutions over an image, and a filter that is slid over it.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    name
        In a sentence: ``test digit 3``.
    replayed
        Where it follows the control of a run.
    """
    network = model(run_id)
    counts = filter_counts(network.config)
    lasts = {"filter": counts[0] - 1, "row": _LAST_PLACE, "column": _LAST_PLACE}
    # The browser reads them by itself, and writes where the filter is.
    for coordinate, param in _PARAMS.items():
        last = lasts[coordinate]
        sentence = f"“{param}” must be a whole number from 0 to {last}, not “{{value}}”."
        checked_param(param, whole_number(0, last), sentence)
    show_live_convolutions(
        network,
        image,
        key=key,
        shows=shows,
        captions=[_captions(number, count, name) for number, count in enumerate(counts)],
        limits=(_USUAL, lasts),
        replayed=replayed,
    )


def _captions(number: int, count: int, name: str) -> Captions:
    side = MAP_SIDES[number]
    return Captions(
        f"Convolution {number + 1}: {count} {'filter' if count == 1 else 'filters'}",
        f"Filters of {KERNEL} × {KERNEL} weights: orange above 0, blue below",
        f"Feature maps, {side} × {side}: where each filter finds its pattern in {name}, after ReLU",
        f"Pooled to {side // 2} × {side // 2}: the largest of each 2 × 2",
    )
