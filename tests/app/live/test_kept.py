"""Figures that are drawn once for the same content."""

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui.live.kept import kept_figure

drawn: list[str] = []


def bars(values: NDArray[np.float64], *, title: str) -> go.Figure:
    drawn.append(title)
    return go.Figure(go.Bar(y=values), layout={"title": title})


def dots(values: NDArray[np.float64], *, title: str) -> go.Figure:
    drawn.append(title)
    return go.Figure(go.Scatter(y=values), layout={"title": title})


def test_the_same_content_is_drawn_once_and_other_content_as_it_is() -> None:
    drawn.clear()
    first = kept_figure(bars, np.array([1.0, 2.0]), title="one")
    assert kept_figure(bars, np.array([1.0, 2.0]), title="one") is first
    assert drawn == ["one"]
    other = kept_figure(bars, np.array([1.0, 3.0]), title="one")
    assert other.figure.data[0].y.tolist() == [1.0, 3.0]
    assert kept_figure(bars, np.array([1.0, 2.0]), title="two").figure.layout.title.text == "two"
    assert kept_figure(dots, np.array([1.0, 2.0]), title="one").figure.data[0].type == "scatter"
    assert drawn == ["one", "one", "two", "one"]
