"""The smallest change: against scipy's optimum, against the distance from a plane, and read by the network itself."""

import numpy as np
import pytest
from scipy.optimize import minimize

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.explain.flip import nearest_on_plane, smallest_flip
from core.models.numpy_model import NumpyModel
from tests.core.builders import make_weights
from tests.core.explain.test_attributions import LINEAR, NORMALISATION, image, network


@pytest.mark.parametrize("seed", range(6))
def test_nearest_on_a_plane_within_the_box_is_scipys_optimum(seed: int) -> None:
    random = np.random.default_rng(seed)
    start = np.round(random.random(8) * random.integers(0, 2, 8), 2)
    normal = random.normal(size=8) * random.integers(0, 2, 8)
    reach = float(normal @ (normal > 0))
    height = normal @ start + 0.7 * (reach - normal @ start)
    ours = nearest_on_plane(start, normal, float(height))
    theirs = minimize(
        lambda x: np.sum((x - start) ** 2),
        start,
        jac=lambda x: 2 * (x - start),
        bounds=[(0, 1)] * 8,
        constraints={"type": "ineq", "fun": lambda x: normal @ x - height, "jac": lambda x: normal},
        options={"ftol": 1e-12},
    )
    np.testing.assert_allclose(ours, theirs.x, atol=1e-4)
    assert 0 <= ours.min() <= ours.max() <= 1


def test_a_plane_that_cannot_be_reached_or_is_reached_already() -> None:
    start, normal = np.array([0.5, 0.5]), np.array([1.0, -2.0])
    np.testing.assert_array_equal(nearest_on_plane(start, normal, 9.0), [1, 0])
    np.testing.assert_array_equal(nearest_on_plane(start, normal, -0.5), start)
    np.testing.assert_array_equal(nearest_on_plane(start, np.zeros(2), 9.0), start)


def test_of_a_linear_network_it_is_the_distance_from_the_nearest_plane() -> None:
    """Greys far from black and white, so that only the planes count."""
    model = network(LINEAR)
    model.weights["layers.0.bias"][2] += 20
    grey = np.random.default_rng(3).integers(110, 146, (28, 28), dtype=np.uint8)
    said = model.logits(grey[None])[0].astype(np.float64)
    label = int(said.argmax())
    assert label == 2
    slopes = model.weights["layers.0.weight"].astype(np.float64) / NORMALISATION.std
    distances = [
        (said[label] - said[other]) / np.linalg.norm(slopes[label] - slopes[other])
        for other in range(10)
        if other != label
    ]
    flip = smallest_flip(model, grey)
    assert flip is not None
    assert min(distances) * 0.98 <= flip.distance <= min(distances) * 1.02


@pytest.mark.parametrize(
    "config",
    [
        LINEAR,
        TrainConfig(hidden_size=20, hidden_layers=2),
        TrainConfig(hidden_size=20, activation="sigmoid"),
        TrainConfig(hidden_size=20, loss="squared_error"),
        TrainConfig(architecture="cnn", hidden_size=12),
    ],
    ids=["linear", "relu", "sigmoid", "squared error", "cnn"],
)
def test_the_network_itself_reads_the_changed_image_otherwise(config: TrainConfig) -> None:
    model, picture = network(config), image()
    flip = smallest_flip(model, picture)
    assert flip is not None
    assert flip.image.dtype == np.uint8
    assert flip.before == model.probabilities(picture[None])[0].argmax()
    assert flip.after == model.probabilities(flip.image[None])[0].argmax() != flip.before
    change = flip.image.astype(float) - picture
    assert flip.distance == pytest.approx(np.sqrt((change**2).sum()) / 255)
    assert (flip.largest, flip.pixels) == (np.abs(change).max(), (change != 0).sum())
    again = smallest_flip(model, picture)
    assert again is not None
    np.testing.assert_array_equal(again.image, flip.image)


def test_a_network_that_always_says_the_same_is_not_flipped() -> None:
    config = TrainConfig(hidden_size=4)
    weights = {name: np.zeros_like(array) for name, array in make_weights(config).items()}
    weights["layers.1.bias"][3] = 1
    assert smallest_flip(NumpyModel("a-run", config, weights, Normalisation(0.1, 0.3)), image()) is None


def test_weights_that_are_no_numbers_give_nothing() -> None:
    weights = {name: np.full_like(array, np.nan) for name, array in make_weights(LINEAR).items()}
    assert smallest_flip(NumpyModel("a-run", LINEAR, weights, NORMALISATION), image()) is None
