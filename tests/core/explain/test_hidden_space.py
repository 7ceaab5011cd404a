import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from core.config import TrainConfig
from core.drawings.preprocessing import normalise
from core.explain.hidden_space import HiddenSpace, evenly_chosen, has_hidden_layer, hidden_space, last_hidden
from tests.core.explain.test_attributions import LINEAR, NORMALISATION, image, network

CONFIGS = {
    "mlp": TrainConfig(hidden_size=30, hidden_layers=2, activation="tanh"),
    "cnn": TrainConfig(architecture="cnn", hidden_layers=0),
    "linear": LINEAR,
}


@pytest.mark.parametrize("name", CONFIGS)
def test_neighbours_are_those_of_scikit_learn(name: str) -> None:
    model = network(CONFIGS[name])
    pictures = np.stack([image(seed) for seed in range(60)])
    points = model.layers(pictures)[-2]
    distances, positions = (
        NearestNeighbors(n_neighbors=5, metric="cosine", algorithm="brute").fit(points).kneighbors(points[:1])
    )
    found, ours = hidden_space(model, pictures).nearest(last_hidden(model, pictures[:1])[0], 5)
    assert found.tolist() == positions[0].tolist()
    # Kept in half precision.
    np.testing.assert_allclose(ours, distances[0], atol=2e-3)


def test_a_network_without_hidden_layers_sees_pixels() -> None:
    model = network(LINEAR)
    np.testing.assert_array_equal(last_hidden(model, image()[None]), normalise(image()[None], NORMALISATION))
    assert [has_hidden_layer(network(config)) for config in CONFIGS.values()] == [True, True, False]


def test_a_layer_that_is_silent_is_as_far_from_everything() -> None:
    space = HiddenSpace(np.array([[1, 0], [0, 0], [0.6, 0.8]], dtype=np.float16))
    positions, distances = space.nearest(np.zeros(2, np.float32), 9)
    assert positions.tolist() == [0, 1, 2]
    np.testing.assert_array_equal(distances, 1)


@pytest.mark.parametrize(
    ("count", "most", "chosen"), [(0, 5, []), (1, 5, [0]), (5, 5, [0, 1, 2, 3, 4]), (9, 3, [0, 4, 8])]
)
def test_images_are_chosen_evenly(count: int, most: int, chosen: list[int]) -> None:
    assert evenly_chosen(count, most).tolist() == chosen


def test_without_images_there_is_nothing_near() -> None:
    model = network(LINEAR)
    space = hidden_space(model, np.empty((0, 28, 28), np.uint8))
    assert space.nearest(last_hidden(model, image()[None])[0], 3)[0].tolist() == []
