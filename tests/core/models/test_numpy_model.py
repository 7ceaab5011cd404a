import warnings

import numpy as np
import pytest
import torch

from core.config import Activation, TrainConfig
from core.data.dataset import Normalisation
from core.drawings.preprocessing import normalise
from core.errors import RunError
from core.models.build import build_network
from core.models.numpy_model import NumpyModel, check_weights
from tests.core.builders import make_weights

pytestmark = pytest.mark.numerics

NORMALISATION = Normalisation(0.13, 0.31)
ACTIVATIONS = ("relu", "tanh", "sigmoid")


def make_images(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def make_model(config: TrainConfig, scale: float = 1.0) -> NumpyModel:
    weights = {name: scale * array for name, array in make_weights(config, seed=3).items()}
    return NumpyModel("a-run", config, weights, NORMALISATION)


@pytest.mark.parametrize("depth", range(5))
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_logits_are_those_of_pytorch(activation: Activation, depth: int) -> None:
    config = TrainConfig(hidden_size=37, hidden_layers=depth, activation=activation)
    network = build_network(config)
    network.initialise(torch.Generator().manual_seed(5))
    model = NumpyModel("a-run", config, network.copy_weights(), NORMALISATION)
    # More than one chunk, the last of them not full.
    images = make_images(2_345)
    with torch.no_grad():
        expected = network(torch.from_numpy(normalise(images, NORMALISATION)))
    logits = model.logits(images)
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(model.probabilities(images), torch.softmax(expected, 1).numpy(), atol=1e-5)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_logits_are_those_of_the_formula(activation: Activation) -> None:
    """In double precision, pixel by pixel from the definition of the input on."""
    model = make_model(TrainConfig(hidden_size=5, hidden_layers=2, activation=activation))
    images = make_images(3)
    function = {"relu": lambda z: z * (z > 0), "tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z))}[activation]
    a = (images.reshape(3, 784) / 255.0 - 0.13) / 0.31
    for index in range(2):
        a = function(
            np.einsum("ni,oi->no", a, model.weights[f"layers.{index}.weight"]) + model.weights[f"layers.{index}.bias"]
        )
    expected = np.einsum("ni,oi->no", a, model.weights["layers.2.weight"]) + model.weights["layers.2.bias"]
    np.testing.assert_allclose(model.logits(images), expected, atol=1e-4)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3, 1e12])
def test_probabilities_sum_to_one(scale: float) -> None:
    probabilities = make_model(TrainConfig(hidden_size=20), scale).probabilities(make_images(500))
    assert probabilities.dtype == np.float32
    assert probabilities.shape == (500, 10)
    assert np.isfinite(probabilities).all()
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nothing_overflows(activation: Activation) -> None:
    """Units driven to ±10,000: ``1 / (1 + exp(-z))`` would overflow on the way."""
    config = TrainConfig(hidden_size=2, activation=activation)
    weights = {name: np.zeros_like(array) for name, array in make_weights(config).items()}
    weights["layers.0.bias"] = np.array([1e4, -1e4], dtype=np.float32)
    weights["layers.1.weight"][0] = [1, 0]
    weights["layers.1.weight"][1] = [0, 1]
    with warnings.catch_warnings(), np.errstate(all="raise", under="ignore"):
        warnings.simplefilter("error")
        logits = NumpyModel("a-run", config, weights, NORMALISATION).logits(make_images(1))[0]
    assert logits[:2].tolist() == {"relu": [1e4, 0], "tanh": [1, -1], "sigmoid": [1, 0]}[activation]


def test_no_image_no_logits() -> None:
    model = make_model(TrainConfig(hidden_size=3))
    assert model.logits(make_images(0)).shape == (0, 10)
    assert model.probabilities(make_images(0)).shape == (0, 10)


def test_chunks_do_not_show() -> None:
    model, images = make_model(TrainConfig(hidden_size=8)), make_images(1_001)
    whole = model.logits(images)
    single = np.concatenate([model.logits(images[index : index + 1]) for index in (0, 999, 1_000)])
    np.testing.assert_allclose(whole[[0, 999, 1_000]], single, atol=1e-5)


def test_images_and_weights_are_left_as_they_were() -> None:
    model, images = make_model(TrainConfig(hidden_size=8)), make_images(5)
    before = images.copy(), {name: array.copy() for name, array in model.weights.items()}
    model.probabilities(images)
    np.testing.assert_array_equal(images, before[0])
    for name, array in model.weights.items():
        np.testing.assert_array_equal(array, before[1][name])


@pytest.mark.parametrize("depth", [0, 2])
def test_first_layer_images_are_the_rows_of_the_first_weights(depth: int) -> None:
    model = make_model(TrainConfig(hidden_size=6, hidden_layers=depth))
    pictures = model.first_layer_images()
    assert pictures.shape == (6 if depth else 10, 28, 28)
    assert pictures[3, 2, 1] == model.weights["layers.0.weight"][3, 2 * 28 + 1]


# --- check_weights ---

CONFIG = TrainConfig(hidden_size=4, hidden_layers=1)


def without(name: str) -> dict[str, np.ndarray]:
    return {key: array for key, array in make_weights(CONFIG).items() if key != name}


@pytest.mark.parametrize(
    "weights",
    [
        {},
        without("layers.0.bias"),
        without("layers.1.weight"),
        make_weights(CONFIG) | {"layers.2.weight": np.zeros((10, 10), dtype=np.float32)},
        make_weights(CONFIG) | {"extra": np.zeros(1, dtype=np.float32)},
        make_weights(CONFIG) | {"layers.0.weight": np.zeros((784, 4), dtype=np.float32)},
        make_weights(CONFIG) | {"layers.0.bias": np.zeros((4, 1), dtype=np.float32)},
        make_weights(CONFIG) | {"layers.1.bias": np.zeros(11, dtype=np.float32)},
        make_weights(CONFIG.replace(hidden_size=5)),
        make_weights(CONFIG.replace(hidden_layers=2)),
    ],
)
def test_weights_of_another_shape_are_refused(weights: dict[str, np.ndarray]) -> None:
    for check in (lambda: check_weights(CONFIG, weights), lambda: NumpyModel("a-run", CONFIG, weights, NORMALISATION)):
        with pytest.raises(RunError) as caught:
            check()
        assert str(caught.value) == "The weights do not fit a 784-4-10 network."


def test_weights_that_fit_are_taken() -> None:
    for depth in range(5):
        config = CONFIG.replace(hidden_layers=depth)
        check_weights(config, make_weights(config))
