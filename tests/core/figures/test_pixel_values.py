import numpy as np

from core.analysis.pixels import IntensityHistogram
from core.data.dataset import Normalisation
from core.figures.pixel_values import intensity_points


def test_histograms_draw_values_before_and_after():
    histogram = IntensityHistogram(np.arange(256), Normalisation(0.5, 0.25))
    before, after = (intensity_points(histogram, normalised=flag).data[0] for flag in (False, True))
    np.testing.assert_array_equal(before.y, after.y)
    np.testing.assert_allclose(before.y[1:], histogram.shares[1:])
    assert (before.x[0], before.x[-1], after.x[0], after.x[-1]) == (0, 255, -2, 2)


def test_no_bars_stand_on_a_logarithmic_axis_and_a_value_that_never_occurs_has_no_point():
    figure = intensity_points(IntensityHistogram(np.arange(256), Normalisation(0.5, 0.25)), normalised=False)
    assert figure.layout.yaxis.type == "log"
    assert (figure.data[0].type, figure.data[0].mode) == ("scatter", "markers")
    assert np.isnan(figure.data[0].y[0])


def test_nothing_to_show_is_said_under_the_title():
    figure = intensity_points(IntensityHistogram(np.zeros(256, dtype=np.int64), Normalisation(0, 1)), normalised=True)
    assert figure.layout.title.text
    assert not figure.data
    assert figure.layout.annotations[0].text
