"""Accuracy against what is left out of a network."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.explain.compression import Compression
from core.figures.theme import GREY, VALIDATION_COLOUR, new_figure, number_axis, percent_axis

_HEIGHT = 320


def pruning_curve(compression: Compression, *, title: str) -> go.Figure:
    """Accuracy against the share of the weights that were set to 0, with a line at that of the whole network."""
    left = np.round((1 - compression.shares) * compression.weights)
    hover = [
        f"{share:.0%} pruned, {count:,.0f} weights left: {accuracy:.2%}"
        for share, count, accuracy in zip(compression.shares, left, compression.pruned, strict=True)
    ]
    axis = percent_axis("Share of the weights pruned, smallest first", fixedrange=True)
    return _curve(compression, compression.shares, compression.pruned, hover, axis, title)


def bits_curve(compression: Compression, *, title: str) -> go.Figure:
    """Accuracy against bits per weight, with a line at that of the network as it was trained."""
    hover = [
        f"{bits:.0f} {'bit' if bits == 1 else 'bits'} per weight, {bits * compression.weights / 8000:,.1f} kB: "
        f"{accuracy:.2%}"
        for bits, accuracy in zip(compression.bits, compression.quantised, strict=True)
    ]
    axis = number_axis("Bits per weight", dtick=1, autorange="reversed", fixedrange=True)
    return _curve(compression, compression.bits, compression.quantised, hover, axis, title)


def _curve(
    compression: Compression,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    hover: list[str],
    axis: dict[str, Any],
    title: str,
) -> go.Figure:
    line = {
        "type": "scatter",
        "x": x,
        "y": y,
        "mode": "lines+markers",
        "line": {"color": VALIDATION_COLOUR, "width": 2.5},
        "marker": {"size": 8},
        "text": hover,
        "hovertemplate": "%{text}<extra></extra>",
    }
    upright = percent_axis("Validation accuracy", range=[0, 1.02], fixedrange=True)
    figure = new_figure(title, [line], height=_HEIGHT, xaxis=axis, yaxis=upright)
    figure.add_hline(compression.accuracy, line={"color": GREY, "width": 1.5, "dash": "dot"})
    return figure
