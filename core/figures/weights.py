"""Weights as pictures."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import NEGATIVE_COLOUR, POSITIVE_COLOUR, new_figure, rgb

_NEGATIVE = np.array(rgb(NEGATIVE_COLOUR), dtype=np.float32)
_POSITIVE = np.array(rgb(POSITIVE_COLOUR), dtype=np.float32)
_GAP = 2


def weight_montage(weights: NDArray[np.float32], *, columns: int = 8, most: int = 32) -> NDArray[np.uint8]:
    """The first units of a layer as one picture: orange where ink raises the sum of a unit, blue where it lowers it.

    Each unit has its own scale, from black (0) to the full colour of its strongest weight.

    Parameters
    ----------
    weights
        float32, shape ``(units, side, side)``.

    Returns
    -------
    array
        uint8, shape ``(H, W, 3)``; transparent gaps are not used, so that it looks the same on any page.
    """
    shown = weights[:most]
    side = shown.shape[1]
    rows = -(-len(shown) // columns)
    canvas = np.full((rows * (side + _GAP) - _GAP, min(columns, len(shown)) * (side + _GAP) - _GAP, 3), 128, np.uint8)
    for index, picture in enumerate(weight_pictures(shown)):
        top, left = (place * (side + _GAP) for place in divmod(index, columns))
        canvas[top : top + side, left : left + side] = picture
    return canvas


def weight_pictures(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Weights ``(units, side, side)`` as colours, each unit on its own scale: uint8 ``(units, side, side, 3)``."""
    strength = weights / np.maximum(np.abs(weights).max(axis=(1, 2), keepdims=True), 1e-12)
    colour = np.where(strength[..., None] > 0, _POSITIVE, _NEGATIVE)
    pictures: NDArray[np.uint8] = (np.abs(strength)[..., None] * colour).astype(np.uint8)
    return pictures


def unit_pictures(weights: NDArray[np.float32], units: Sequence[int], dark: Sequence[int]) -> NDArray[np.uint8]:
    """Of these weights some units, in order, as :func:`weight_pictures` has them; those that are dark at a quarter."""
    pictures = weight_pictures(weights[list(units)])
    return np.where(np.isin(units, list(dark))[:, None, None, None], pictures // 4, pictures)


def weight_figure(address: str) -> go.Figure:
    """A picture of weights as a figure, so that another can take its place; of no height of its own."""
    hidden = {"visible": False, "range": [0, 1], "fixedrange": True}
    margin = {"l": 0, "r": 0, "t": 0, "b": 0}
    return new_figure("", xaxis=hidden, yaxis=hidden, margin=margin, **weight_frame(address)["layout"])


def weight_frame(address: str | None) -> dict[str, Any]:
    """What of :func:`weight_figure` is different with another picture, or where there is none."""
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": 1, "sizex": 1, "sizey": 1, "sizing": "stretch"}
    missing = {"text": "The weights at this point were not kept.", "x": 0.5, "y": 0.5, "showarrow": False}
    if address is None:
        return {"layout": {"images": [], "annotations": [missing | {"xref": "paper", "yref": "paper"}]}}
    return {"layout": {"images": [place | {"source": address}], "annotations": []}}
