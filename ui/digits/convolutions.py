"""A CNN’s filters, feature maps and pooling over a digit, and one filter at one place of it: on Inside and on Learn."""

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.explain.filters import Convolution, convolutions_of, filter_at, pooled_at
from core.figures.feature_maps import filter_row, framed_image, map_row, signed_tile
from core.models.shapes import CHANNELS, KERNEL
from ui.shell.resources import model
from ui.shell.url import bound, checked_param
from ui.shell.url_values import whole_number

_COLUMNS = 8
_LAST_PLACE = 28 - KERNEL
_FILTER, _ROW, _COLUMN = "filter", "filter_row", "filter_column"
_LIMITS = {_FILTER: CHANNELS[0] - 1, _ROW: _LAST_PLACE, _COLUMN: _LAST_PLACE}
_LABELS = {_FILTER: "Filter", _ROW: "Row", _COLUMN: "Column"}
# A filter is laid near the middle at first, where the ink is.
_STARTS = {_FILTER: 0, _ROW: 10, _COLUMN: 10}


def show_maps(run_id: str, image: NDArray[np.uint8], name: str) -> None:
    """Filters, feature maps and pooling of both convolutions over a uint8 image ``(28, 28)``."""
    for count, found in enumerate(convolutions_of(model(run_id), image), 1):
        _show_maps(found, count, name)


def _show_maps(found: Convolution, count: int, name: str) -> None:
    filters, side = len(found.maps), found.maps.shape[1]
    most = float(found.maps.max())
    st.markdown(f"**Convolution {count}: {filters} filters**")
    if found.filters.shape[1] == 1:
        _row(filter_row(found.filters[:, 0], columns=_COLUMNS), "Filters of 5 × 5 weights: orange above 0, blue below")
    _row(
        map_row(found.maps, columns=_COLUMNS, most=most),
        f"Feature maps, {side} × {side}: what each filter finds where in {name}, after ReLU",
    )
    _row(
        map_row(found.pooled, columns=_COLUMNS, most=most),
        f"Pooled to {side // 2} × {side // 2}: the largest of each 2 × 2",
    )


def _row(picture: NDArray[np.uint8], caption: str) -> None:
    st.image(picture, width="stretch", caption=caption, alt=caption)


def show_filter(run_id: str, image: NDArray[np.uint8]) -> None:
    """A filter of the first convolution laid on the pixels that the fields name, and what pooling keeps there."""
    st.markdown("**A filter slid over the image**")
    for name, last in _LIMITS.items():
        sentence = f"“{name}” must be a whole number from 0 to {last}, not “{{value}}”."
        checked_param(name, whole_number(0, last), sentence)
    with st.container(horizontal=True):
        chosen, row, column = (_field(name, last) for name, last in _LIMITS.items())
    network = model(run_id)
    found = filter_at(network, image, chosen, row, column)
    with st.container(horizontal=True):
        _tile(framed_image(image, row, column, KERNEL), "The pixels under it")
        _tile(signed_tile(network.weights["convolutions.0.weight"][chosen, 0]), "Its weights")
        _tile(signed_tile(found.products), "Pixels × weights")
    st.markdown(
        f"Sum of the products {found.total - found.bias:+.3f}, bias {found.bias:+.3f}: **{found.total:.3f}**; after "
        f"ReLU **{max(found.total, 0):.3f}** in row {row}, column {column} of feature map {chosen}."
    )
    block = pooled_at(network, image, chosen, row, column)
    values = ", ".join(f"{value:.3f}" for value in block.ravel())
    st.markdown(
        f"Pooling takes the places two by two. This one is in the block {values}: the largest, **{block.max():.3f}**, "
        f"is row {row // 2}, column {column // 2} of the pooled map."
    )


def _field(name: str, last: int) -> int:
    start: dict[str, Any] = {} if name in st.session_state else {"value": _STARTS[name]}
    return int(st.number_input(_LABELS[name], 0, last, step=1, width=110, **start, **bound(name)))


def _tile(picture: NDArray[np.uint8], caption: str) -> None:
    st.image(picture, width=picture.shape[1], caption=caption, alt=caption)
