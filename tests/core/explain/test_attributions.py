"""Attributions by hand: linear networks, squares one by one, and sums that must come out."""

import numpy as np
import pytest

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.explain.attributions import STRIDE, WINDOW, attribute, top_two
from core.explain.method import Method
from core.models.numpy_model import NumpyModel
from tests.core.builders import make_weights

NORMALISATION = Normalisation(0.13, 0.31)
LINEAR = TrainConfig(hidden_layers=0)


def network(config: TrainConfig, strength: float = 3) -> NumpyModel:
    weights = {name: strength * array for name, array in make_weights(config).items()}
    return NumpyModel("a-run", config, weights, NORMALISATION)


def image(seed: int = 0) -> np.ndarray:
    random = np.random.default_rng(seed)
    return (random.integers(0, 256, (28, 28)) * (random.random((28, 28)) < 0.4)).astype(np.uint8)


def test_a_linear_network_by_hand() -> None:
    model, picture = network(LINEAR), image()
    slopes = model.weights["layers.0.weight"][[4, 7]] / NORMALISATION.std
    ink = picture.reshape(-1) / 255
    saliency = attribute(model, picture, Method.SALIENCY, (4, 7))
    np.testing.assert_allclose(saliency.values.reshape(2, -1), slopes, rtol=1e-4, atol=1e-6)
    integrated = attribute(model, picture, Method.INTEGRATED, (4, 7))
    np.testing.assert_allclose(integrated.values.reshape(2, -1), slopes * ink, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(integrated.difference, integrated.values[0] - integrated.values[1])


@pytest.mark.parametrize(
    "config",
    [LINEAR, TrainConfig(hidden_size=9, hidden_layers=2), TrainConfig(hidden_size=9, activation="tanh")],
    ids=["linear", "relu", "tanh"],
)
def test_occlusion_square_by_square(config: TrainConfig) -> None:
    model, picture = network(config), image()
    falls: list[list[list[np.ndarray]]] = [[[] for _ in range(28)] for _ in range(28)]
    whole = model.logits(picture[None])[0, [1, 2]]
    for top in range(0, 28 - WINDOW + 1, STRIDE):
        for left in range(0, 28 - WINDOW + 1, STRIDE):
            covered = picture.copy()
            covered[top : top + WINDOW, left : left + WINDOW] = 0
            fall = whole - model.logits(covered[None])[0, [1, 2]]
            for row in range(top, top + WINDOW):
                for column in range(left, left + WINDOW):
                    falls[row][column].append(fall)
    expected = [[np.mean(cell, axis=0) for cell in row] for row in falls]
    found = attribute(model, picture, Method.OCCLUSION, (1, 2)).values
    np.testing.assert_allclose(found.transpose(1, 2, 0), expected, atol=1e-4)


@pytest.mark.parametrize(
    "config",
    [
        TrainConfig(hidden_size=30, hidden_layers=3),
        TrainConfig(hidden_size=30, activation="sigmoid"),
        TrainConfig(hidden_size=30, hidden_layers=2, batch_norm=True),
        TrainConfig(architecture="cnn", hidden_size=12),
    ],
    ids=["relu", "sigmoid", "batch norm", "cnn"],
)
def test_integrated_gradients_add_up_to_what_the_logits_gain(config: TrainConfig) -> None:
    model, picture = network(config), image()
    found = attribute(model, picture, Method.INTEGRATED)
    said = model.logits(np.stack([picture, np.zeros_like(picture)]))[:, list(found.classes)]
    np.testing.assert_allclose(found.logits, said[0], atol=1e-3)
    np.testing.assert_allclose(found.blank, said[1], atol=1e-3)
    gained = said[0] - said[1]
    assert np.abs(found.values.sum(axis=(1, 2)) - gained).max() <= 0.015 * max(1, np.abs(gained).max())
    assert not found.values[:, picture == 0].any()


def test_the_two_classes_are_the_most_probable_ones() -> None:
    model, picture = network(LINEAR), image()
    ranked = np.argsort(-model.probabilities(picture[None])[0])
    assert top_two(model, picture) == tuple(ranked[:2])
    assert attribute(model, picture, Method.SALIENCY).classes == tuple(ranked[:2])


def test_where_all_probabilities_are_alike_the_logits_name_the_runner_up() -> None:
    config = LINEAR.replace(loss="squared_error")
    weights = {name: np.zeros_like(array) for name, array in make_weights(config).items()}
    weights["layers.0.bias"] = np.array([-5, -4, -3, -2, -1, -6, -7, -8, -9, -9], dtype=np.float32)
    model = NumpyModel("a-run", config, weights, NORMALISATION)
    assert top_two(model, image()) == (0, 4)


def test_nothing_speaks_where_there_is_no_ink() -> None:
    model, empty = network(TrainConfig(hidden_size=9)), np.zeros((28, 28), np.uint8)
    for method in (Method.INTEGRATED, Method.OCCLUSION):
        found = attribute(model, empty, method)
        assert not found.values.any()
        np.testing.assert_allclose(found.logits, found.blank, atol=1e-6)


def test_other_numbers_of_classes() -> None:
    config = TrainConfig(hidden_size=5)
    weights = make_weights(config)
    for name in ("layers.1.weight", "layers.1.bias"):
        weights[name] = weights[name][:2]
    two = NumpyModel("a-run", config, weights, NORMALISATION, ("ring", "bar"))
    assert sorted(top_two(two, image())) == [0, 1]
    assert attribute(two, image(), Method.INTEGRATED).values.shape == (2, 28, 28)
