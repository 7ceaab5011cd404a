"""Charts of a set of digits: balance of the classes, mean images, pixel values, maps."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.analysis.samples import ClassBalance, ClassImages, IntensityHistogram
from core.figures.montage import digit_montage
from core.figures.names import shortened, tick_names
from core.figures.theme import (
    BLUE,
    TEST_COLOUR,
    TRAIN_COLOUR,
    VALIDATION_COLOUR,
    class_colour,
    class_symbol,
    empty_figure,
    new_figure,
    number_axis,
    percent_axis,
)

_SPLIT_COLOURS = (TRAIN_COLOUR, VALIDATION_COLOUR, TEST_COLOUR)
_MOST_IN_A_ROW = 12
"""Classes whose names fit below a map; the names of more stand beside it."""
_TOP = 40
"""Pixels above a map, where plotly's buttons lie and would hide what is there."""


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
        xaxis=number_axis(
            "Class",
            **tick_names(balance.class_names),
        ),
        yaxis=percent_axis("Share of the split", tickformat=".1~%"),
    )


def mean_image_grid(images: ClassImages, *, columns: int | None = None) -> go.Figure:
    """The mean image of each class."""
    hover = [f"Mean of all images of {name}" for name in images.class_names]
    return digit_montage(
        np.rint(images.mean).astype(np.uint8),
        hover,
        columns=columns or _columns(images),
        captions=list(images.class_names),
    )


def std_image_grid(images: ClassImages, *, columns: int | None = None) -> go.Figure:
    """Where the images of each class differ: standard deviations, the largest of all drawn white."""
    scaled = images.std * (255 / max(float(images.std.max(initial=0)), 1))
    hover = [f"Standard deviation of {name}, at most {std.max():.0f}" for name, std in _named(images)]
    return digit_montage(
        np.rint(scaled).astype(np.uint8),
        hover,
        columns=columns or _columns(images),
        captions=list(images.class_names),
    )


def _columns(images: ClassImages) -> int:
    """Two rows of ten classes; of many classes as many as stay readable."""
    return 5 if len(images.class_names) <= 20 else 8


def intensity_bars(histogram: IntensityHistogram, *, normalised: bool) -> go.Figure:
    """How often each pixel value occurs, on a log scale, before or after normalisation."""
    title = "After normalisation" if normalised else "Before normalisation"
    if not histogram.counts.sum():
        return empty_figure(title, "There are no pixels to count.", height=280)
    values = histogram.normalised if normalised else np.arange(256)
    bars = go.Bar(
        x=values,
        y=histogram.shares,
        marker={"color": BLUE, "line": {"width": 0}},
        hovertemplate="value %{x:.3~f}<br>%{y:.3%} of all pixels<extra></extra>",
    )
    axis_title = "Value that the network gets (standard deviations)" if normalised else "Value in the file (0–255)"
    return new_figure(
        title,
        [bars],
        height=280,
        bargap=0,
        xaxis=number_axis(axis_title),
        yaxis=percent_axis("Share of pixels (log)", type="log", dtick=1, tickformat=".3~%"),
    )


def digit_map(
    points: NDArray[np.float64],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    *,
    title: str,
    centres: NDArray[np.float64] | None = None,
) -> go.Figure:
    """Digits as points, coloured and shaped by class; a lasso chooses some.

    Parameters
    ----------
    points
        float64, shape ``(N, 2)``.
    labels
        int64, shape ``(N,)``.
    centres
        float64, shape ``(K, 2)``: where the name of each class stands, NaN for none. Left out, the legend
        alone names them: where the classes overlap, so would their names.

    Returns
    -------
    Figure
        One trace a class; the customdata of a point is its position in ``points``.
    """
    if not len(points):
        return empty_figure(title, "There are no digits to lay out.", height=560)
    traces = [_class_points(points, labels, label, name) for label, name in enumerate(class_names)]
    look: dict[str, object] = {"margin": {"l": 0, "r": 0, "t": _TOP, "b": 0}, "legend": _legend(class_names)}
    axes = {"xaxis": {"visible": False}, "yaxis": {"visible": False}}
    figure = new_figure("", traces, height=560, showlegend=True, dragmode="lasso", **axes, **look)
    for label, (x, y) in enumerate(() if centres is None else centres):
        if np.isfinite(x):
            figure.add_annotation(**_class_name(class_names[label], label, float(x), float(y)))
    return figure


def _legend(class_names: Sequence[str]) -> dict[str, object]:
    if len(class_names) <= _MOST_IN_A_ROW:
        return {"orientation": "h", "x": 0, "y": 0, "yanchor": "top"}
    return {"orientation": "v", "x": 1.0, "y": 1.0, "yanchor": "top", "font": {"size": 11}}


def _class_points(points: NDArray[np.float64], labels: NDArray[np.int64], label: int, name: str) -> go.Scattergl:
    members = np.flatnonzero(labels == label)
    return go.Scattergl(
        name=shortened(name, 14),
        x=points[members, 0].astype(np.float32),
        y=points[members, 1].astype(np.float32),
        customdata=members,
        mode="markers",
        marker={"color": class_colour(label), "symbol": class_symbol(label), "size": 7, "opacity": 0.8},
        hovertemplate=f"{name}<extra></extra>",
    )


def _class_name(name: str, label: int, x: float, y: float) -> dict[str, object]:
    """The name of a class on a chip framed in its colour, so that the map is read without the legend."""
    return {
        "x": x,
        "y": y,
        "text": f"<b>{name}</b>",
        "showarrow": False,
        "font": {"size": 15, "color": "#111111"},
        "bgcolor": "rgba(255, 255, 255, 0.85)",
        "bordercolor": class_colour(label),
        "borderwidth": 2,
        "borderpad": 3,
    }


def _named(images: ClassImages) -> list[tuple[str, NDArray[np.float64]]]:
    return list(zip(images.class_names, images.std, strict=True))
