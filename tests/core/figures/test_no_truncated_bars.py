"""No bar begins anywhere but at zero: the eye compares lengths."""

import ast
from collections.abc import Callable
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from core.analysis.balance import ClassBalance
from core.figures.balance import class_balance_bars
from core.figures.experiments import labelled_bars, offset_histogram
from core.figures.lessons import histogram
from core.figures.probabilities import probability_bars
from core.figures.search import importance_figure
from core.figures.walk import before_and_after, value_bars

FIGURES = Path(__file__).parents[3] / "core" / "figures"
DIGITS = [str(digit) for digit in range(10)]
HIGH = np.linspace(0.94, 0.98, 10)
BARS: dict[str, Callable[[], go.Figure]] = {
    "class_balance_bars": lambda: class_balance_bars(
        ClassBalance(("Training", "Validation", "Test"), tuple(DIGITS), np.full((3, 10), 900))
    ),
    "labelled_bars": lambda: labelled_bars("Accuracy", DIGITS, HIGH.tolist(), form=".2%"),
    "offset_histogram": lambda: offset_histogram(np.full(9, 5.0), np.full(9, 5.5)),
    "histogram": lambda: histogram("Weights", np.random.default_rng(0).normal(9, 1, 500), "Weight"),
    "probability_bars": lambda: probability_bars(np.full(10, 0.1, np.float32), DIGITS),
    "value_bars": lambda: value_bars("Values", HIGH, names=DIGITS, of="digit"),
    "importance_figure": lambda: importance_figure({"Learning rate": 0.9, "Dropout": 0.1}),
    "before_and_after": lambda: before_and_after(HIGH, HIGH, DIGITS, 3),
}


def functions_with_bars() -> set[str]:
    """Names of the functions of core/figures that draw bars."""
    found = set()
    for path in FIGURES.glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and "go.Bar(" in ast.unparse(node):
                found.add(node.name)
    return found


def test_every_figure_with_bars_is_looked_at() -> None:
    assert functions_with_bars() == BARS.keys()
    assert not [path for path in FIGURES.glob("*.py") if "go.Histogram(" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", BARS)
def test_its_axis_begins_at_zero(name: str) -> None:
    figure = BARS[name]()
    bars = [trace for trace in figure.data if trace.type == "bar"]
    assert bars
    axis = figure.layout.xaxis if bars[0].orientation == "h" else figure.layout.yaxis
    assert axis.type in (None, "linear")
    assert all(trace.base is None for trace in bars)
    # Left to itself, an axis of bars takes in zero; told a range, it must be in it.
    if axis.range is not None:
        assert axis.range[0] <= 0 <= axis.range[1]
    else:
        assert axis.rangemode in (None, "tozero")
