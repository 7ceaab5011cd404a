import numpy as np
import pytest
from scipy import ndimage

from core.analysis.ink_measures import ink_measures
from tests.core.analysis.builders import dataset_of


def test_ink_is_the_mean_pixel():
    dataset = dataset_of(600)
    np.testing.assert_allclose(ink_measures(dataset.images).ink, dataset.images.mean(axis=(1, 2)) / 255, rtol=1e-5)


def sheared_bar(degrees: float) -> np.ndarray:
    """A vertical bar through the middle, leaning to the right by so many degrees, by scipy's interpolation."""
    bar = np.zeros((28, 28))
    bar[5:23, 12:16] = 255
    shear = np.array([[1, 0], [np.tan(np.radians(degrees)), 1]])
    middle = np.array([13.5, 13.5])
    return ndimage.affine_transform(bar, shear, middle - shear @ middle, order=1).round().astype(np.uint8)


@pytest.mark.parametrize("degrees", [-30, -10, 0, 5, 20, 35])
def test_slant_is_the_shear_of_a_bar(degrees):
    measured = ink_measures(sheared_bar(degrees)[np.newaxis]).slant[0]
    assert measured == pytest.approx(degrees, abs=0.6)


def test_slant_does_not_depend_on_place_or_weight():
    bar = sheared_bar(20)
    moved = np.roll(bar, (2, -3), axis=(0, 1))
    faint = (bar // 2).astype(np.uint8)
    slants = ink_measures(np.stack([bar, moved, faint])).slant
    np.testing.assert_allclose(slants, slants[0], atol=0.1)


def test_images_without_height_are_upright():
    row = np.zeros((28, 28), dtype=np.uint8)
    row[9, 3:20] = 255
    measures = ink_measures(np.stack([np.zeros_like(row), row]))
    assert measures.slant.tolist() == [0, 0]
    assert measures.ink[0] == 0
    assert ink_measures(np.empty((0, 28, 28), dtype=np.uint8)).ink.shape == (0,)
