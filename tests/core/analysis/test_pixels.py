import numpy as np
import pytest

from core.analysis.pixels import class_images, intensity_histogram
from core.data.dataset import ImageDataset, Normalisation
from tests.core.analysis.builders import dataset_of


@pytest.mark.parametrize("count", [12, 1234])
def test_class_images_are_mean_and_std_of_the_members(count):
    dataset = dataset_of(count)
    images = class_images(dataset)
    for label in range(10):
        members = dataset.images[dataset.labels == label].astype(np.float64)
        expected = (members.mean(axis=0), members.std(axis=0)) if len(members) else np.zeros((2, 28, 28))
        np.testing.assert_allclose(images.mean[label], expected[0], atol=1e-3)
        np.testing.assert_allclose(images.std[label], expected[1], atol=1e-2)


def test_histogram_counts_every_pixel_once():
    dataset = dataset_of(1100)
    histogram = intensity_histogram(dataset, Normalisation(0.5, 0.25))
    values, counts = np.unique(dataset.images, return_counts=True)
    assert histogram.counts[values].tolist() == counts.tolist()
    assert histogram.counts.sum() == dataset.images.size
    assert histogram.normalised[[0, 255]].tolist() == [-2.0, 2.0]


def test_histogram_after_normalisation_has_mean_0_and_std_1():
    images = np.random.default_rng(0).integers(0, 200, (40, 28, 28), dtype=np.uint8)
    dataset = ImageDataset("random", images, np.zeros(40, dtype=np.int64))
    scaled = images / 255
    histogram = intensity_histogram(dataset, Normalisation(float(scaled.mean()), float(scaled.std())))
    mean = (histogram.shares * histogram.normalised).sum()
    assert mean == pytest.approx(0, abs=1e-9)
    assert (histogram.shares * (histogram.normalised - mean) ** 2).sum() == pytest.approx(1)
