import numpy as np

from core.analysis.pixels import ClassImages
from core.data.dataset import DIGIT_NAMES
from core.figures.class_images import mean_image_grid, std_image_grid


def test_class_images_are_drawn_for_each_class():
    images = ClassImages(DIGIT_NAMES, np.full((10, 28, 28), 9.6), np.zeros((10, 28, 28)))
    for figure in (mean_image_grid(images), std_image_grid(images)):
        assert len(figure.data[0].x) == 10
        assert list(figure.data[1].text) == list(DIGIT_NAMES)
