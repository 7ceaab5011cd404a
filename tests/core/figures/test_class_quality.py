"""Precision, recall and F1 are drawn as they were computed, and as points: their axis does not begin at zero."""

import numpy as np

from core.analysis.classification import class_metrics
from core.figures.class_quality import class_quality_points


def test_points_hold_the_metrics() -> None:
    figure = class_quality_points(class_metrics(np.array([[9, 1], [0, 10]])), ["a", "b"])
    assert [trace.name for trace in figure.data] == ["Precision", "Recall", "F1"]
    np.testing.assert_allclose(figure.data[1].y, [0.9, 1.0], rtol=1e-6)


def test_what_stands_on_a_cut_axis_is_no_bar() -> None:
    figure = class_quality_points(class_metrics(np.array([[9, 1], [0, 10]])), ["a", "b"])
    assert 0 < figure.layout.yaxis.range[0] < 0.9
    assert {(trace.type, trace.mode) for trace in figure.data} == {("scatter", "markers")}


def test_the_axis_reaches_down_to_a_class_that_fails() -> None:
    figure = class_quality_points(class_metrics(np.array([[0, 5], [0, 5]])), ["a", "b"])
    assert figure.layout.yaxis.range[0] == 0


def test_a_class_that_does_not_occur_has_no_point_and_does_not_move_the_axis() -> None:
    quality = class_metrics(np.diag([20, 0, 20]))
    figure = class_quality_points(quality, "abc")
    for trace in figure.data:
        np.testing.assert_array_equal(trace.y, [1, np.nan, 1])
    assert figure.layout.yaxis.range[0] > 0.9


def test_equal_values_of_few_classes_do_not_hide_each_other() -> None:
    figure = class_quality_points(class_metrics(np.diag([20, 20])), "ab")
    assert len({tuple(trace.x) for trace in figure.data}) == 3


def test_nothing_gives_a_titled_empty_figure() -> None:
    figure = class_quality_points(class_metrics(np.zeros((2, 2), dtype=np.int64)), ["a", "b"])
    assert figure.layout.title.text
    assert not figure.data
