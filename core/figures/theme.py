"""How every chart looks: colours, margins, titles and the empty figure.

No figure sets a background or a font colour: the page's theme, light or dark, decides those.

References
----------
.. [1] M. Okabe, K. Ito, "Color universal design", 2008, https://jfly.uni-koeln.de/color/
.. [2] M. A. Petroff, "Accessible color sequences for data visualization", 2021, https://arxiv.org/abs/2107.02270
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

# plotly takes pandas from sys.modules, even while another thread is still importing it. Imported here it is whole
# before the first chart: the import lock makes whoever comes second wait.
import pandas  # noqa: F401, ICN001
import plotly.graph_objects as go

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILLION = "#D55E00"
SKY = "#56B4E9"
PURPLE = "#CC79A7"
YELLOW = "#F0E442"
GREY = "#707070"

PALETTE = (BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE, YELLOW, GREY)
"""Okabe and Ito's colours [1]_, with a grey that shows on black and on white in the place of black."""

CLASS_COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
"""One colour a class; ten that stay apart in the three common forms of colour blindness [2]_."""

CLASS_SYMBOLS = (
    "circle",
    "square",
    "diamond",
    "cross",
    "x",
    "triangle-up",
    "triangle-down",
    "star",
    "hexagon",
    "pentagon",
)

TRAIN_COLOUR = ORANGE
VALIDATION_COLOUR = BLUE
TEST_COLOUR = GREEN
POSITIVE_COLOUR = ORANGE
NEGATIVE_COLOUR = BLUE
"""Evidence for and against: in pictures of weights, in bars and in the network, everywhere the same two."""

RIGHT_COLOUR = BLUE
WRONG_COLOUR = VERMILLION
FAINT = "rgba(128, 128, 128, 0.35)"
"""For grids, outlines and guides; shows on light and dark."""

HEIGHT = 320
"""Pixels; what a chart gets that asks for nothing else."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0–255, of ``#rrggbb``."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return red, green, blue


@cache
def template() -> go.layout.Template:
    """Colours of lines and grids, for where no page theme sets them."""
    axis = {"gridcolor": FAINT, "zeroline": False}
    return go.layout.Template(layout={"colorway": PALETTE, "xaxis": axis, "yaxis": axis})


def new_figure(title: str, traces: Sequence[Any] = (), *, height: int = HEIGHT, **layout: Any) -> go.Figure:
    """A figure in the house style.

    Parameters
    ----------
    title
        Shown at the top left; an empty string leaves the space to the chart.
    traces
        What it draws; quicker here than added later.
    height
        Pixels.
    layout
        More of plotly's layout; it wins over the house style.
    """
    house: dict[str, Any] = {
        "template": template(),
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 44 if title else 12, "b": 8, "pad": 0},
        "hovermode": "closest",
        "hoverlabel": {"align": "left"},
        "font": {"size": 13},
        "showlegend": False,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "title": {"text": ""}},
        "dragmode": False,
    }
    if title:
        house["title"] = {
            "text": title,
            "x": 0,
            "xanchor": "left",
            # As far from the top of a low figure as of a high one: beside each other they stand in one line.
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 6},
            "font": {"size": 15},
        }
    return go.Figure(data=list(traces), layout=house | layout)


def empty_figure(title: str, message: str, *, height: int = HEIGHT) -> go.Figure:
    """A titled figure without axes that says why there is nothing to see."""
    figure = new_figure(title, height=height, xaxis={"visible": False}, yaxis={"visible": False})
    figure.add_annotation(**centred_note(message))
    return figure


def centred_note(text: str) -> dict[str, Any]:
    """An annotation in the middle of a figure."""
    return {"text": text, "x": 0.5, "y": 0.5, "xref": "paper", "yref": "paper", "showarrow": False}


def diagonal() -> go.Scatter:
    """From (0, 0) to (1, 1): where two shares are the same."""
    line = {"color": GREY, "dash": "dot", "width": 2}
    return go.Scatter(x=[0, 1], y=[0, 1], mode="lines", line=line, hoverinfo="skip", showlegend=False)


def legend_below() -> dict[str, Any]:
    """A legend in a row below the chart, clear of its tick labels."""
    return {"orientation": "h", "x": 0, "xanchor": "left", "y": -0.22, "yanchor": "top", "font": {"size": 12}}


def percent_axis(title: str, **axis: Any) -> dict[str, Any]:
    """An axis for shares from 0 to 1, labelled in percent."""
    return {"title": {"text": title, "standoff": 8}, "tickformat": ".0%", "automargin": True} | axis


def number_axis(title: str, **axis: Any) -> dict[str, Any]:
    """An axis with a title in the house style."""
    return {"title": {"text": title, "standoff": 8}, "automargin": True} | axis


def class_colour(label: int) -> str:
    """The colour of a class; the ten repeat when there are more, with other symbols."""
    return CLASS_COLOURS[label % len(CLASS_COLOURS)]


def class_symbol(label: int) -> str:
    """The symbol of a class; no two of the first hundred share both colour and symbol."""
    return CLASS_SYMBOLS[(label + label // len(CLASS_COLOURS)) % len(CLASS_SYMBOLS)]
