import numpy as np

from core.figures.digit import digit_heatmap


def test_heatmap_shows_the_pixels_upright():
    image = np.arange(784).reshape(28, 28).astype(np.uint8)
    figure = digit_heatmap(image)
    assert np.array_equal(figure.data[0].z, image)
    assert figure.layout.yaxis.autorange == "reversed"
    assert (figure.data[0].zmin, figure.data[0].zmax) == (0, 255)


def test_nothing_to_show_is_said_under_the_title():
    figure = digit_heatmap(np.empty((0, 0), dtype=np.uint8), title="Digit")
    assert figure.layout.title.text
    assert not figure.data
    assert figure.layout.annotations[0].text
