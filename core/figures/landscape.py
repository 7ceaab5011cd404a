"""The loss landscape of a run as a map: loss by colour and contour, the run's path on it."""

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.explain.landscape import Landscape
from core.figures.theme import ORANGE, empty_figure, new_figure, number_axis

_HEIGHT = 520
_LEVELS = 14
_LEAST_LOSS = 1e-6
"""Below it a logarithm has nothing more to show."""
_CLOSEST = 0.05
"""Names of moments that are nearer to each other than this share of the map would lie on one another."""


def landscape_map(landscape: Landscape, *, unit: str, title: str = "") -> go.Figure:
    """Draw the loss over the plane, by its logarithm, with the path from the first kept moment to the last.

    Parameters
    ----------
    unit
        Of the loss, as ``nats per image``.

    Returns
    -------
    Figure
        A contour whose ``text`` is the loss itself, and the path, whose points have the epoch as customdata.
    """
    if not np.isfinite(landscape.losses).any():
        return empty_figure(title, "The loss is not a finite number anywhere on this plane.", height=_HEIGHT)
    second = "Random direction" if landscape.is_drawn else "Second direction of the path"
    upright = number_axis(second, showgrid=False, fixedrange=True)
    return new_figure(
        title,
        [_contour(landscape, unit), _path(landscape, unit)],
        height=_HEIGHT,
        xaxis=number_axis("First direction of the path", showgrid=False, fixedrange=True),
        yaxis=upright,
    )


def moment_name(epoch: int) -> str:
    """``start`` for what was before the first batch, ``epoch 3`` for what was after it."""
    return f"epoch {epoch}" if epoch else "start"


def named_moments(path: NDArray[np.float64]) -> list[bool]:
    """Which points of a path ``(P, 2)`` have room for their names: the last, and before it those far enough apart."""
    extent = max(float(np.ptp(path, axis=0).max()), 1e-12)
    named = [False] * len(path)
    written: list[NDArray[np.float64]] = []
    for index in (len(path) - 1, *range(len(path) - 1)):
        if all(np.abs(path[index] - other).max() > _CLOSEST * extent for other in written):
            named[index] = True
            written.append(path[index])
    return named


def _contour(landscape: Landscape, unit: str) -> dict[str, Any]:
    heights = np.log10(np.maximum(landscape.losses, _LEAST_LOSS))
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    ticks = _round_losses(low, high)
    return {
        "type": "contour",
        "x": landscape.across,
        "y": landscape.upwards,
        "z": heights,
        "customdata": landscape.losses,
        "colorscale": "Viridis",
        "contours": {"start": low, "end": high, "size": max((high - low) / _LEVELS, 1e-9)},
        "line": {"width": 0.5, "color": "rgba(255, 255, 255, 0.5)"},
        "colorbar": {
            "title": {"text": f"Loss, {unit}", "side": "right"},
            "tickvals": [math.log10(tick) for tick in ticks],
            "ticktext": [f"{tick:g}" for tick in ticks],
            "thickness": 14,
        },
        "hovertemplate": f"loss %{{customdata:.4f}} {unit}<extra></extra>",
    }


def _round_losses(low: float, high: float) -> list[float]:
    """Losses to write beside the colours, round numbers; the ends where fewer than two lie between."""
    powers = range(math.floor(low), math.ceil(high) + 1)
    ticks = [digit * 10.0**power for power in powers for digit in (1, 2, 3, 5, 7)]
    between = [tick for tick in ticks if low <= math.log10(tick) <= high]
    return between if len(between) > 1 else [float(f"{10**low:.3g}"), float(f"{10**high:.3g}")]


def _path(landscape: Landscape, unit: str) -> dict[str, Any]:
    moments = zip(landscape.epochs.tolist(), landscape.own_losses, landscape.plane_losses, strict=True)
    hover = [
        f"<b>{moment_name(epoch)}</b><br>loss {own:.4f} {unit}<br>on the plane {seen:.4f}"
        for epoch, own, seen in moments
    ]
    names = [
        moment_name(epoch) if named else ""
        for epoch, named in zip(landscape.epochs.tolist(), named_moments(landscape.path), strict=True)
    ]
    return {
        "type": "scatter",
        "x": landscape.path[:, 0],
        "y": landscape.path[:, 1],
        "mode": "lines+markers+text",
        "text": names,
        "textposition": "top center",
        "textfont": {"color": "white", "size": 12, "shadow": "0 0 3px black, 0 0 3px black"},
        "line": {"color": "white", "width": 2},
        "marker": {"color": ORANGE, "size": 9, "line": {"color": "white", "width": 1.5}},
        "customdata": landscape.epochs,
        "hovertext": hover,
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }
