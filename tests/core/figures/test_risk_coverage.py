"""The risk–coverage curve shows what was computed."""

import numpy as np
import pytest

from core.analysis.selective import risk_coverage
from core.figures.risk_coverage import risk_coverage_curve


def test_the_chosen_coverage_is_marked_with_its_risk() -> None:
    confidence = np.array([0.55, 0.65, 0.95, 0.99], dtype=np.float32)
    figure = risk_coverage_curve(risk_coverage(confidence, np.array([False, True, True, True])), chosen=0.75)
    assert list(figure.data[0].x) == [0.25, 0.5, 0.75, 1]
    assert list(figure.data[0].y) == [0, 0, 0, 0.25]
    assert (figure.data[1].x[0], figure.data[1].y[0]) == (0.75, 0)
    assert figure.layout.shapes[0].x0 == 0.75
    assert figure.layout.yaxis.rangemode == "tozero"


def test_of_many_images_so_many_points_are_drawn_as_can_be_told_apart_and_both_ends() -> None:
    random = np.random.default_rng(0)
    confidence = random.random(10_000).astype(np.float32)
    curve = risk_coverage(confidence, random.random(10_000) < confidence)
    line = risk_coverage_curve(curve).data[0]
    assert len(line.x) == 101
    assert (line.x[0], line.x[-1]) == (curve.coverage[0], 1)
    assert line.y[-1] == pytest.approx(curve.risk[-1])


def test_nothing_gives_a_titled_empty_figure() -> None:
    nothing = risk_coverage(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool))
    figure = risk_coverage_curve(nothing, chosen=0.5)
    assert figure.layout.title.text
    assert not figure.data
