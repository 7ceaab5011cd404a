"""Figures of Learn’s cards: a part of a picture in which its numbers can be read, and learning by heart."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.digit import digit_heatmap
from core.figures.theme import (
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    empty_figure,
    legend_below,
    new_figure,
    number_axis,
    percent_axis,
)
from core.learn.cards.learning import Memory

READABLE = 7
"""Pixels in a row whose numbers fit beside each other, on a phone as well."""
_BRIGHT = 128


def pixel_part(image: NDArray[np.uint8], *, top: int, left: int, side: int) -> go.Figure:
    """A square of a picture; of at most seven pixels in a row, their numbers are written on them.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    top, left, side
        Where the square begins, and how many pixels it is wide and high.
    """
    if not image.size:
        return empty_figure("Pixels", "There is no digit to show.")
    figure = digit_heatmap(image[top : top + side, left : left + side])
    # Rows and columns keep their numbers in the whole picture.
    figure.update_traces(x0=left, y0=top, dx=1, dy=1)
    if side <= READABLE:
        places = [(row, column) for row in range(top, top + side) for column in range(left, left + side)]
        figure.update_layout(
            annotations=[
                {
                    "x": column,
                    "y": row,
                    "text": str(image[row, column]),
                    "showarrow": False,
                    "font": {"size": 15, "color": "#000000" if image[row, column] >= _BRIGHT else "#ffffff"},
                }
                for row, column in places
            ]
        )
    return figure


def memory_curves(memory: Memory) -> go.Figure:
    """Accuracy on the images that a network learns from and on others, by steps."""
    if not len(memory.steps):
        return empty_figure("Read correctly", "Nothing has been measured.")
    lines = [
        go.Scatter(
            x=memory.steps,
            y=values,
            name=name,
            mode="lines",
            line={"width": 3, "color": colour, "dash": dash},
            hovertemplate="%{y:.2%}",
        )
        for name, values, colour, dash in (
            ("digits it learns from", memory.seen, TRAIN_COLOUR, "solid"),
            ("digits it has not seen", memory.unseen, VALIDATION_COLOUR, "dash"),
        )
    ]
    return new_figure(
        "",
        lines,
        height=250,
        hovermode="x unified",
        showlegend=True,
        legend=legend_below(),
        xaxis=number_axis("Steps", fixedrange=True),
        yaxis=percent_axis("Read correctly", range=[0, 1.03], fixedrange=True),
    )
