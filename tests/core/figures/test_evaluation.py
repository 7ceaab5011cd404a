"""Figures of the Evaluate page: what they draw is what was computed."""

import numpy as np
import pytest

from core.analysis.calibration import refusal_curve, reliability
from core.analysis.classification import class_metrics
from core.figures.evaluation import calibration_diagram, class_bars, refusal_diagram

CONFIDENCE = np.array([0.55, 0.65, 0.95, 0.99], dtype=np.float32)
CORRECT = np.array([False, True, True, True])


def test_bars_hold_the_metrics() -> None:
    quality = class_metrics(np.array([[9, 1], [0, 10]]))
    figure = class_bars(quality, ["a", "b"])
    assert [bar.name for bar in figure.data] == ["Precision", "Recall", "F1"]
    np.testing.assert_allclose(figure.data[1].y, [0.9, 1.0], rtol=1e-6)
    assert figure.layout.yaxis.range[0] < 0.9


def test_bars_start_at_zero_when_a_class_fails() -> None:
    figure = class_bars(class_metrics(np.array([[0, 5], [0, 5]])), ["a", "b"])
    assert figure.layout.yaxis.range[0] == 0


def test_calibration_leaves_empty_bins_out() -> None:
    figure = calibration_diagram(reliability(CONFIDENCE, CORRECT))
    assert list(figure.data[1].y) == [0.0, 1.0, 1.0]
    assert list(figure.data[1].customdata) == [1, 1, 2]


def test_refusal_marks_the_chosen_share() -> None:
    figure = refusal_diagram(refusal_curve(CONFIDENCE, CORRECT), chosen=0.25)
    assert (figure.data[1].x[0], figure.data[1].y[0]) == pytest.approx((0.25, 1.0))
    assert figure.layout.shapes[0].x0 == 0.25


def test_nothing_gives_titled_empty_figures() -> None:
    nothing, none_right = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool)
    for figure in (
        class_bars(class_metrics(np.zeros((2, 2), dtype=np.int64)), ["a", "b"]),
        calibration_diagram(reliability(nothing, none_right)),
        refusal_diagram(refusal_curve(nothing, none_right), chosen=0.5),
    ):
        assert figure.layout.title.text
        assert not figure.data
