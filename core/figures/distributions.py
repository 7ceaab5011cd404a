"""Histograms of a layer over the epochs, and the units that no longer learn."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.explain.distributions import Distributions
from core.figures.theme import PALETTE, empty_figure, legend_below, new_figure, number_axis, percent_axis

_HEIGHT = 260
_CURVES_HEIGHT = 300


def distribution_map(found: Distributions, row: int, *, title: str) -> go.Figure:
    """Draw one layer's numbers: a column for each moment, coloured by the logarithm of the share in each cell.

    Parameters
    ----------
    row
        Of ``found.counts``.

    Returns
    -------
    Figure
        One heatmap, whose customdata is the share, 0–1; cells without any number are empty.
    """
    edges, counts = found.edges[row], found.counts[row].astype(np.float64)
    totals = counts.sum(axis=1, keepdims=True)
    if not totals.any():
        return empty_figure(title, "This layer has no finite values.", height=_HEIGHT)
    shares = (counts / np.maximum(totals, 1)).T
    ranges = [f"{low:.3g} to {high:.3g}" for low, high in pairwise(edges)]
    heatmap = {
        "type": "heatmap",
        "x": moment_labels(found.epochs.tolist()),
        "y": (edges[:-1] + edges[1:]) / 2,
        "z": np.where(shares > 0, np.log10(np.maximum(shares, 1e-12)), np.nan),
        "customdata": shares,
        "text": [[text] * len(found.epochs) for text in ranges],
        "colorscale": "Viridis",
        "showscale": False,
        "hovertemplate": "epoch %{x}: %{customdata:.2%} from %{text}<extra></extra>",
    }
    across = number_axis("Epoch", type="category", fixedrange=True, showgrid=False)
    upright = number_axis("", fixedrange=True, showgrid=False)
    return new_figure(title, [heatmap], height=_HEIGHT, xaxis=across, yaxis=upright)


def unit_states(found: Distributions, names: Sequence[str], *, title: str) -> go.Figure:
    """Draw the share of dead units of each layer over the moments, and dotted that of saturated ones where there are.

    Parameters
    ----------
    names
        Of the layers with an activation, in the order of ``found.units``.
    """
    if not len(found.units):
        return empty_figure(title, "Without hidden layers no unit can die.", height=_CURVES_HEIGHT)
    lines = [_states(found, layer, f"{name}, dead", found.dead, "solid") for layer, name in enumerate(names)]
    if found.saturated.any():
        lines += [
            _states(found, layer, f"{name}, saturated", found.saturated, "dot") for layer, name in enumerate(names)
        ]
    upright = percent_axis("Share of the units", rangemode="tozero", fixedrange=True)
    across = number_axis("Epoch", type="category", fixedrange=True)
    look = {"showlegend": True, "legend": legend_below()}
    return new_figure(title, lines, height=_CURVES_HEIGHT, xaxis=across, yaxis=upright, **look)


def _states(found: Distributions, layer: int, name: str, states: NDArray[np.int64], dash: str) -> dict[str, Any]:
    units = int(found.units[layer])
    return {
        "type": "scatter",
        "name": name,
        "x": moment_labels(found.epochs.tolist()),
        "y": states[:, layer] / units,
        "customdata": states[:, layer],
        "mode": "lines+markers",
        "line": {"color": PALETTE[layer % len(PALETTE)], "dash": dash, "width": 2},
        "hovertemplate": f"{name}, epoch %{{x}}: %{{customdata}} of {units} units<extra></extra>",
    }


def moment_labels(epochs: Sequence[int]) -> list[str]:
    """``start`` for what was before the first batch, then numbers of epochs."""
    return [f"{epoch}" if epoch else "start" for epoch in epochs]
