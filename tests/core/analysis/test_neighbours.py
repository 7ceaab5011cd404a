import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.analysis.neighbours import nearest_neighbours, squared_lengths
from core.data.mnist import load_mnist


def scikit_learn(query, images, k):
    search = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(images.reshape(len(images), -1).astype(np.float64))
    distances, positions = search.kneighbors(query.reshape(1, -1).astype(np.float64))
    return positions[0], distances[0] / 255


@pytest.mark.parametrize("position", [0, 17, 4711])
def test_neighbours_are_those_of_scikit_learn(position):
    images = load_mnist("test").images
    positions, distances = nearest_neighbours(images[position], images[:6000], 8)
    expected_positions, expected_distances = scikit_learn(images[position], images[:6000], 8)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-6, atol=1e-6)
    assert positions.tolist() == expected_positions.tolist()


def test_known_lengths_change_nothing():
    images = load_mnist("test").images[:3000]
    known = nearest_neighbours(images[5], images, 6, lengths=squared_lengths(images))
    plain = nearest_neighbours(images[5], images, 6)
    assert known[0].tolist() == plain[0].tolist()
    assert known[1].tolist() == plain[1].tolist()


def test_the_image_itself_is_at_distance_0():
    images = load_mnist("test").images[:500]
    positions, distances = nearest_neighbours(images[123], images, 1)
    assert (positions.tolist(), distances.tolist()) == ([123], [0.0])


def test_differences_of_one_grey_level_are_told_apart():
    # Where float32 is coarsest: bright images whose squared distances differ by 1.
    images = np.full((600, 28, 28), 255, dtype=np.uint8)
    for position in range(600):
        images[position].reshape(-1)[: 600 - position] = 254
    positions, distances = nearest_neighbours(np.full((28, 28), 255, dtype=np.uint8), images, 5)
    assert positions.tolist() == [599, 598, 597, 596, 595]
    np.testing.assert_allclose((distances * 255) ** 2, [1, 2, 3, 4, 5])


def test_equals_come_in_the_order_of_the_file():
    images = np.zeros((5, 28, 28), dtype=np.uint8)
    assert nearest_neighbours(images[0], images, 3)[0].tolist() == [0, 1, 2]


@pytest.mark.parametrize(("count", "k", "found"), [(0, 3, 0), (2, 3, 2), (4, 0, 0)])
def test_never_more_than_there_are(count, k, found):
    images = np.zeros((count, 28, 28), dtype=np.uint8)
    positions, distances = nearest_neighbours(np.zeros((28, 28), dtype=np.uint8), images, k)
    assert len(positions) == len(distances) == found
