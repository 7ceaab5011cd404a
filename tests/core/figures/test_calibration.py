"""The calibration diagram shows what was computed."""

import numpy as np

from core.analysis.calibration import reliability
from core.figures.calibration import calibration_diagram


def test_empty_bins_are_left_out() -> None:
    confidence = np.array([0.55, 0.65, 0.95, 0.99], dtype=np.float32)
    figure = calibration_diagram(reliability(confidence, np.array([False, True, True, True])))
    assert list(figure.data[1].y) == [0.0, 1.0, 1.0]
    assert list(figure.data[1].customdata) == [1, 1, 2]


def test_nothing_gives_a_titled_empty_figure() -> None:
    figure = calibration_diagram(reliability(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool)))
    assert figure.layout.title.text
    assert not figure.data


def test_calibrated_bins_are_drawn_beside_the_others() -> None:
    correct = np.array([False, True, True, True])
    before = reliability(np.array([0.55, 0.65, 0.95, 0.99], dtype=np.float32), correct)
    after = reliability(np.array([0.35, 0.6, 0.85, 0.95], dtype=np.float32), correct)
    figure = calibration_diagram(before, after)
    assert list(figure.data[1].y) == [0.0, 1.0, 1.0]
    np.testing.assert_allclose(figure.data[2].x, [0.35, 0.6, 0.85, 0.95], rtol=1e-6)
    assert figure.layout.showlegend
    assert figure.layout.xaxis.range[0] < 0.35
