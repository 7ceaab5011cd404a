"""A bar says by its length how much there is: wherever there are bars, their axis is linear and holds zero."""

import numpy as np
import plotly.graph_objects as go
import pytest

from core.analysis.balance import ClassBalance
from core.data.dataset import DIGIT_NAMES, SPLIT_NAMES
from core.figures.balance import class_balance_bars
from core.figures.experiments import labelled_bars, offset_histogram
from core.figures.lessons import histogram
from core.figures.probabilities import probability_bars
from core.figures.walk import before_and_after, value_bars

SHARES = np.linspace(0.97, 0.99, 10)
FIGURES = {
    "balance": class_balance_bars(ClassBalance(SPLIT_NAMES, DIGIT_NAMES, np.full((3, 10), 99))),
    "experiment": labelled_bars("Accuracy", list(DIGIT_NAMES), SHARES.tolist(), form=".1%"),
    "offsets": offset_histogram(SHARES, SHARES),
    "values": histogram("Weights", SHARES, "Weight"),
    "probabilities": probability_bars(SHARES.astype(np.float32), DIGIT_NAMES),
    "walk": value_bars("Hidden layer", SHARES, names=DIGIT_NAMES, of="hidden unit"),
    "before and after": before_and_after(SHARES, SHARES, DIGIT_NAMES, 3),
}


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES.keys())
def test_bars_begin_at_zero(figure: go.Figure) -> None:
    assert {trace.type for trace in figure.data} == {"bar"}
    axis = figure.layout.yaxis
    assert axis.type in (None, "linear")
    # Left to itself, an axis of bars holds zero.
    assert axis.range is None or axis.range[0] <= 0 <= axis.range[1]
