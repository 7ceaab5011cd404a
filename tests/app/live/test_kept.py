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


def test_whatever_differs_in_its_content_is_drawn_again() -> None:
    """Texts and numbers that read alike, and what stands at another place."""
    drawn.clear()
    alike = [("a", "bc"), ("ab", "c"), ("1",), (1,), (1.0,), (True,), ((1, 2), 3), ((1,), 2, 3), {1: 2}, {2: 1}, None]
    alike += [["a", "bc"], ["ab", "c"], ['a", "bc'], ["1"], [1], [], ()]
    for content in alike:
        assert kept_figure(told, content).figure.layout.title.text == repr(content)
    for kind in ("uint8", "int8"):
        kept_figure(told, np.zeros((2, 3), kind))
    kept_figure(told, np.zeros((3, 2), "uint8"))
    assert len(drawn) == len(alike) + 3
    kept_figure(told, np.zeros((3, 2), "uint8"))
    assert len(drawn) == len(alike) + 3


def told(content: object) -> go.Figure:
    drawn.append(repr(content))
    return go.Figure(layout={"title": repr(content)})
