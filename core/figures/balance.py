"""How many images of each class each split has."""

import plotly.graph_objects as go

from core.analysis.balance import ClassBalance
from core.figures.names import tick_names
from core.figures.theme import (
    TEST_COLOUR,
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    empty_figure,
    new_figure,
    number_axis,
    percent_axis,
)

_SPLIT_COLOURS = (TRAIN_COLOUR, VALIDATION_COLOUR, TEST_COLOUR)


def class_balance_bars(balance: ClassBalance) -> go.Figure:
    """Share of each class in each split, with the number of images on hover."""
    title = "Share of each class in each split"
    if not balance.counts.sum():
        return empty_figure(title, "There are no images to count.")
    bars = [
        go.Bar(
            name=name,
            x=list(range(len(balance.class_names))),
            y=shares,
            customdata=counts,
            hovertext=list(balance.class_names),
            marker={"color": colour},
            hovertemplate=name + ", %{hovertext}<br>%{customdata:,} images, %{y:.2%}<extra></extra>",
        )
        for name, shares, counts, colour in zip(
            balance.split_names, balance.shares, balance.counts, _SPLIT_COLOURS, strict=True
        )
    ]
    return new_figure(
        title,
        bars,
        barmode="group",
        showlegend=True,
        xaxis=number_axis("Class", **tick_names(balance.class_names)),
        yaxis=percent_axis("Share of the split", tickformat=".1~%", rangemode="tozero"),
    )
