import numpy as np
import pytest

from core.analysis.embedding import class_centres
from core.data.dataset import DIGIT_NAMES
from core.figures.digit_map import digit_map


def test_map_knows_every_point_by_its_position():
    labels = np.array([3, 1, 3, 0])
    points = np.array([[0.0, 1], [2, 3], [4, 5], [6, 7]])
    figure = digit_map(points, labels, DIGIT_NAMES, centres=class_centres(points, labels, 10), title="Map")
    shown = {
        int(position): (trace.name, x, y)
        for trace in figure.data
        for position, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)
    }
    assert shown == {0: ("3", 0, 1), 1: ("1", 2, 3), 2: ("3", 4, 5), 3: ("0", 6, 7)}
    assert len(figure.layout.annotations) == 3


@pytest.mark.parametrize("classes", [10, 47])
def test_the_buttons_of_a_map_hide_neither_its_legend_nor_its_points(classes):
    labels = np.arange(classes)
    layout = digit_map(np.zeros((classes, 2)), labels, [str(label) for label in labels], title="Map").layout
    assert layout.margin.t >= 36, "plotly's buttons lie in the margin at the top"
    assert layout.legend.yanchor == "top", "the legend begins below the top of the plot"
    assert layout.legend.y == (0 if classes == 10 else 1)


def test_nothing_to_show_is_said_under_the_title():
    figure = digit_map(np.empty((0, 2)), np.empty(0, np.int64), DIGIT_NAMES, centres=np.empty((0, 2)), title="Map")
    assert figure.layout.title.text
    assert not figure.data
    assert figure.layout.annotations[0].text
