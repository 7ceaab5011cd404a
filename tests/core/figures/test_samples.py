import numpy as np
import pytest

from core.analysis.embedding import class_centres
from core.analysis.samples import ClassBalance, ClassImages, IntensityHistogram
from core.data.dataset import DIGIT_NAMES, Normalisation
from core.figures.digit import digit_heatmap
from core.figures.samples import class_balance_bars, digit_map, intensity_bars, mean_image_grid, std_image_grid


def test_balance_has_a_bar_for_each_class_and_split():
    counts = np.arange(30).reshape(3, 10)
    figure = class_balance_bars(ClassBalance(("Training", "Validation", "Test"), DIGIT_NAMES, counts))
    assert [bar.name for bar in figure.data] == ["Training", "Validation", "Test"]
    for bar, row in zip(figure.data, counts, strict=True):
        assert list(bar.customdata) == row.tolist()
        assert sum(bar.y) == pytest.approx(1)


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


def test_heatmap_shows_the_pixels_upright():
    image = np.arange(784).reshape(28, 28).astype(np.uint8)
    figure = digit_heatmap(image)
    assert np.array_equal(figure.data[0].z, image)
    assert figure.layout.yaxis.autorange == "reversed"
    assert (figure.data[0].zmin, figure.data[0].zmax) == (0, 255)


def test_histograms_draw_values_before_and_after():
    histogram = IntensityHistogram(np.arange(256), Normalisation(0.5, 0.25))
    before, after = (intensity_bars(histogram, normalised=flag).data[0] for flag in (False, True))
    assert list(before.y) == list(after.y)
    assert (before.x[0], before.x[-1], after.x[0], after.x[-1]) == (0, 255, -2, 2)


def test_class_images_are_drawn_for_each_class():
    images = ClassImages(DIGIT_NAMES, np.full((10, 28, 28), 9.6), np.zeros((10, 28, 28)))
    for figure in (mean_image_grid(images), std_image_grid(images)):
        assert len(figure.data[0].x) == 10
        assert list(figure.data[1].text) == list(DIGIT_NAMES)


def test_nothing_to_show_is_said_under_the_title():
    nothing = [
        class_balance_bars(ClassBalance(("Training",), DIGIT_NAMES, np.zeros((1, 10), dtype=np.int64))),
        intensity_bars(IntensityHistogram(np.zeros(256, dtype=np.int64), Normalisation(0, 1)), normalised=True),
        digit_map(np.empty((0, 2)), np.empty(0, np.int64), DIGIT_NAMES, centres=np.empty((0, 2)), title="Map"),
        digit_heatmap(np.empty((0, 0), dtype=np.uint8), title="Digit"),
    ]
    for figure in nothing:
        assert figure.layout.title.text
        assert not figure.data
        assert figure.layout.annotations[0].text
