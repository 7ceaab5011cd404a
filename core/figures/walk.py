"""Pictures and charts of one training step on one digit."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.theme import (
    BLUE,
    FAINT,
    GREY,
    NEGATIVE_COLOUR,
    POSITIVE_COLOUR,
    empty_figure,
    legend_below,
    new_figure,
    number_axis,
    rgb,
)

ZOOM = 8
"""Screen pixels for each of the image's."""
_GAP = 16
_FRAME = np.array([0, 200, 120], dtype=np.uint8)
_POSITIVE = np.array(rgb(POSITIVE_COLOUR), dtype=np.float64)
_NEGATIVE = np.array(rgb(NEGATIVE_COLOUR), dtype=np.float64)
_FRAME_COLOUR = f"rgb{tuple(_FRAME.tolist())}"
_HEIGHT = 250


def ink_picture(pixels: NDArray[np.uint8], framed: int | None = None) -> NDArray[np.uint8]:
    """White ink on black, enlarged, uint8 ``(H, W, 3)``; one pixel (0–783) in a green frame."""
    return _enlarged(np.repeat(pixels.reshape(28, 28, 1), 3, axis=2), framed)


def signed_picture(values: NDArray[np.float64], framed: int | None = None) -> NDArray[np.uint8]:
    """784 numbers as a picture: orange above 0, blue below, black at 0; full colour for the largest size."""
    grid = values.reshape(28, 28, 1)
    strength = np.abs(grid) / max(float(np.abs(grid).max()), 1e-300)
    return _enlarged((strength * np.where(grid > 0, _POSITIVE, _NEGATIVE)).astype(np.uint8), framed)


def side_by_side(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures of one height in a row, with grey between them."""
    gap = np.full((pictures[0].shape[0], _GAP, 3), 128, dtype=np.uint8)
    parts = [part for picture in pictures for part in (gap, picture)]
    return np.concatenate(parts[1:], axis=1)


def value_bars(
    title: str,
    values: NDArray[np.float64],
    *,
    names: Sequence[str],
    of: str,
    marked: int | None = None,
) -> go.Figure:
    """One bar a unit or class, up or down; the one that is followed in a green frame, as in pictures.

    Parameters
    ----------
    names
        Of the bars; numbers, mostly.
    of
        What the bars stand for: ``hidden unit``, ``digit``.
    marked
        Position of the bar that is followed.
    """
    if not len(values):
        return empty_figure(title, "There are no numbers to show.", height=_HEIGHT)
    colours = [POSITIVE_COLOUR if value >= 0 else NEGATIVE_COLOUR for value in values]
    frames = [3 if position == marked else 0 for position in range(len(values))]
    bars = go.Bar(
        x=list(range(len(values))),
        y=values,
        marker={"color": colours, "line": {"width": frames, "color": _FRAME_COLOUR}},
        customdata=[f"{of} {name}" for name in names],
        hovertemplate="%{customdata}: %{y:.4g}<extra></extra>",
    )
    every = 1 if len(values) <= 20 else 16
    ticks = list(range(0, len(values), every))
    return new_figure(
        title,
        [bars],
        height=_HEIGHT,
        xaxis=number_axis(of.capitalize(), tickvals=ticks, ticktext=[names[tick] for tick in ticks], fixedrange=True),
        yaxis=number_axis("", zeroline=True, zerolinecolor=GREY, fixedrange=True),
        bargap=0.2,
    )


def before_and_after(
    before: NDArray[np.float64], after: NDArray[np.float64], names: Sequence[str], label: int
) -> go.Figure:
    """Probabilities of the classes before and after the step; the true class is named."""
    title = "Probability of each digit"
    if not len(before):
        return empty_figure(title, "There are no numbers to show.", height=_HEIGHT)
    ticks = [f"<b>{name}</b>" if position == label else name for position, name in enumerate(names)]
    bars = [
        go.Bar(
            x=list(range(len(names))),
            y=values,
            name=name,
            marker={"color": colour},
            hovertemplate="%{y:.3%}",
        )
        for name, values, colour in (("Before", before, FAINT), ("After", after, BLUE))
    ]
    return new_figure(
        f"{title} (true: {names[label]})",
        bars,
        height=_HEIGHT + 30,
        barmode="group",
        hovermode="x unified",
        showlegend=True,
        legend=legend_below(),
        xaxis=number_axis("", tickvals=list(range(len(names))), ticktext=ticks, fixedrange=True),
        yaxis=number_axis("", tickformat=".0%", rangemode="tozero", fixedrange=True),
    )


def _enlarged(picture: NDArray[np.uint8], framed: int | None) -> NDArray[np.uint8]:
    large = np.repeat(np.repeat(picture, ZOOM, axis=0), ZOOM, axis=1)
    if framed is not None:
        top, left = (place * ZOOM for place in divmod(framed, 28))
        box = large[max(top - 2, 0) : top + ZOOM + 2, max(left - 2, 0) : left + ZOOM + 2]
        inside = box[2:-2, 2:-2].copy()
        box[...] = _FRAME
        box[2:-2, 2:-2] = inside
    return large
