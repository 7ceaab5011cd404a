import subprocess
import sys

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE, trustworthiness
from sklearn.neighbors import KNeighborsClassifier

from core.analysis.embedding import (
    class_centres,
    pca_map,
    pca_points,
    pixel_rows,
    positions_in_box,
    sample_positions,
)
from core.analysis.tsne import tsne_part, tsne_parts
from core.data.mnist import load_mnist
from tests.core.analysis.whole_map import tsne_points


@pytest.fixture(scope="module")
def digits():
    dataset = load_mnist("test")
    return dataset.subset(sample_positions(dataset.labels, 300, seed=1))


def test_pca_is_that_of_scikit_learn_up_to_sign(digits):
    expected = PCA(2, svd_solver="full").fit_transform(digits.images.reshape(300, -1) / 255)
    points = pca_map(digits.images)
    signs = np.sign((points * expected).sum(axis=0))
    np.testing.assert_allclose(points, expected * signs, atol=1e-3)


def test_pca_of_more_numbers_than_rows_is_that_of_scikit_learn(digits):
    rows = digits.images[:40].reshape(40, -1).astype(np.float32)
    expected = PCA(2, svd_solver="full").fit_transform(rows)
    points = pca_points(rows)
    signs = np.sign((points * expected).sum(axis=0))
    np.testing.assert_allclose(points, expected * signs, atol=0.1)


@pytest.mark.parametrize("layout", [pca_points, lambda rows: tsne_points(rows, 0)])
@pytest.mark.parametrize("width", [1, 2])
def test_rows_of_few_numbers_have_a_map(layout, width):
    rows = np.random.default_rng(0).normal(size=(12, width)).astype(np.float32)
    points = layout(rows)
    assert points.shape == (12, 2)
    assert np.isfinite(points).all()
    assert np.ptp(points[:, 0]) > 0


def test_pca_gives_the_same_signs_again(digits):
    assert np.array_equal(pca_map(digits.images), pca_map(digits.images.copy()))


@pytest.mark.parametrize("layout", [pca_map, lambda images: tsne_points(images, 0)])
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_images_have_a_map(digits, layout, count):
    points = layout(digits.images[:count])
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()


@pytest.mark.parametrize("layout", [pca_map, lambda images: tsne_points(images, 0)])
def test_equal_images_lie_on_one_point(layout):
    assert np.allclose(layout(np.full((6, 28, 28), 90, dtype=np.uint8)), 0)


@pytest.mark.parametrize("count", [4, 5, 60])
def test_tsne_needs_few_images_of_which_one_differs(digits, count):
    images = np.repeat(digits.images[:1], count, axis=0)
    images[-1] = digits.images[1]
    assert np.isfinite(tsne_points(images, 0)).all()


@pytest.mark.slow
def test_tsne_puts_equal_digits_together_and_the_seed_decides(digits):
    points = tsne_points(digits.images, seed=3)
    assert points.shape == (300, 2)
    found, rows = None, pixel_rows(digits.images)
    for part in tsne_parts(rows):
        found = tsne_part(3, found, part)
    assert np.array_equal(points, found.points)
    # The oracle: scikit-learn's own way at one go, after the same PCA, keeps neighbours no better.
    at_once = TSNE(random_state=3).fit_transform(found.rows)
    assert trustworthiness(rows, points, n_neighbors=10) > trustworthiness(rows, at_once, n_neighbors=10) - 0.01
    # Leave-one-out: the nearest other point on the map mostly has the same label; by chance a tenth would.
    neighbours = KNeighborsClassifier(1).fit(points, digits.labels).kneighbors(n_neighbors=1, return_distance=False)
    assert (digits.labels[neighbours[:, 0]] == digits.labels).mean() > 0.7


def test_sample_is_drawn_once_each_by_seed():
    labels = np.zeros(1000, dtype=np.int64)
    first, again, other = (sample_positions(labels, 100, seed) for seed in (1, 1, 2))
    assert len(np.unique(first)) == 100
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert sample_positions(labels, 5000).tolist() == list(range(1000))


def test_class_centres_are_medians():
    points = np.array([[0.0, 0], [2, 4], [4, 8], [9, 9]])
    centres = class_centres(points, np.array([1, 1, 1, 2]), 4)
    assert centres[1].tolist() == [2, 4]
    assert centres[2].tolist() == [9, 9]
    assert np.isnan(centres[[0, 3]]).all()


def test_the_module_is_imported_without_scikit_learn():
    code = "import sys, core.analysis.embedding; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_box_is_given_in_percent_of_the_map():
    points = np.array([[0.0, 0], [5, 50], [10, 100], [2, 90]])
    assert positions_in_box(points, (0, 50), (0, 50)).tolist() == [0, 1]
    assert positions_in_box(points, (0, 100), (80, 100)).tolist() == [2, 3]
    assert positions_in_box(np.empty((0, 2)), (0, 100), (0, 100)).tolist() == []
