"""Gradients against autograd, initial weights against PyTorch's own, weights there and back."""

import ast
import inspect
from collections.abc import Sequence
from typing import get_args

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.config import Activation, Initialisation, Loss, TrainConfig
from core.models import numpy_mlp, numpy_optimizer
from core.models.build import build_network
from core.models.functional import softmax
from core.models.numpy_mlp import NumpyMLP
from core.models.shapes import parameter_shapes

pytestmark = pytest.mark.numerics

IMAGES = 7
ACTIVATIONS: tuple[Activation, ...] = get_args(Activation)
LOSSES: tuple[Loss, ...] = get_args(Loss)
TORCH = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "none": lambda z: z}


def network_and_batch(config: TrainConfig, classes: int = 10) -> tuple[NumpyMLP, np.ndarray, np.ndarray]:
    """float64, every parameter drawn (biases too), with a batch and its targets."""
    generator = np.random.default_rng(3)
    network = NumpyMLP(config, classes, np.float64)
    network.initialise(generator)
    for name, array in network.parameters.items():
        if name.endswith("bias"):
            array[...] = generator.normal(0, 0.3, array.shape)
    x = generator.normal(size=(IMAGES, 784))
    targets = np.eye(classes)[generator.integers(0, classes, IMAGES)] * 0.9 + 0.1 / classes
    return network, x, targets


def autograd(network: NumpyMLP, x: np.ndarray, targets: np.ndarray, masks: Sequence[np.ndarray]) -> dict:
    """Scores and gradients by name, by PyTorch in float64."""
    config = network.config
    tensors = {name: torch.tensor(array, requires_grad=True) for name, array in network.parameters.items()}
    a = torch.tensor(x)
    for index in range(len(config.hidden_widths) + 1):
        a = functional.linear(a, tensors[f"layers.{index}.weight"], tensors.get(f"layers.{index}.bias"))
        if index < len(config.hidden_widths):
            a = TORCH[config.activation](a)
            a = a * torch.tensor(masks[index]) if masks else a
    if config.loss == "cross_entropy":
        loss = functional.cross_entropy(a, torch.tensor(targets))
    else:
        loss = (a - torch.tensor(targets)).square().sum() / (2 * len(x))
    loss.backward()
    return {"logits": a.detach().numpy()} | {name: tensor.grad.numpy() for name, tensor in tensors.items()}


def assert_gradients_agree(config: TrainConfig, classes: int = 10) -> None:
    network, x, targets = network_and_batch(config, classes)
    masks = network.draw_masks(IMAGES, np.random.default_rng(5))
    passed = network.forward(x, masks)
    network.backward(passed, targets)
    expected = autograd(network, x, targets, masks)
    np.testing.assert_allclose(passed.logits, expected["logits"], rtol=1e-10, atol=1e-12)
    for name, gradient in network.gradients.items():
        assert gradient.dtype == np.float64
        off = np.linalg.norm(gradient - expected[name]) / np.linalg.norm(expected[name])
        assert off < 1e-7, (name, off)


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_those_of_autograd(activation: Activation, loss: Loss, bias: bool, dropout: float) -> None:
    config = TrainConfig(
        backend="numpy", widths="12,9", activation=activation, loss=loss, bias=bias, dropout=dropout, seed=1
    )
    assert_gradients_agree(config)


@pytest.mark.parametrize("widths", ["", "5", "6,5,4,3"])
def test_gradients_agree_at_any_depth(widths: str) -> None:
    architecture = "mlp" if widths else "linear"
    assert_gradients_agree(TrainConfig(backend="numpy", architecture=architecture, widths=widths), classes=26)


def test_gradients_are_the_slope_of_the_loss() -> None:
    """No library at all: the loss a little to the left and a little to the right."""
    network, x, targets = network_and_batch(TrainConfig(backend="numpy", hidden_size=6, activation="tanh"))
    network.backward(network.forward(x), targets)

    def loss() -> float:
        return float(-(targets * np.log(softmax(network.forward(x).logits))).sum() / IMAGES)

    for place in np.random.default_rng(0).integers(0, len(network.flat_parameters), 30):
        at, step = network.flat_parameters[place], 1e-5
        network.flat_parameters[place] = at + step
        right = loss()
        network.flat_parameters[place] = at - step
        left = loss()
        network.flat_parameters[place] = at
        assert network.flat_gradient[place] == pytest.approx((right - left) / (2 * step), abs=1e-8)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_weights_load_into_pytorch_and_back_with_equal_predictions(activation: Activation, bias: bool) -> None:
    config = TrainConfig(backend="numpy", widths="32,16", activation=activation, bias=bias)
    ours = NumpyMLP(config)
    ours.initialise(np.random.default_rng(0))
    ours.flat_parameters += np.float32(0.01)
    theirs = build_network(config)
    theirs.load_weights(ours.parameters)
    x = np.random.default_rng(1).normal(size=(200, 784)).astype(np.float32)
    logits, expected = ours.forward(x).logits, theirs(torch.from_numpy(x)).detach().numpy()
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(logits.argmax(1), expected.argmax(1))
    back = NumpyMLP(config)
    for name, array in theirs.copy_weights().items():
        back.parameters[name][...] = array
    np.testing.assert_array_equal(back.flat_parameters, ours.flat_parameters)
    np.testing.assert_array_equal(back.forward(x).logits, logits)


def test_names_and_shapes_are_those_of_every_network() -> None:
    config = TrainConfig(backend="numpy", widths="300,20", bias=False)
    network = NumpyMLP(config, classes=47)
    assert {name: array.shape for name, array in network.parameters.items()} == parameter_shapes(config, 47)
    assert network.parameters["layers.0.weight"].shape == (300, 784)
    assert network.flat_parameters.size == 784 * 300 + 300 * 20 + 20 * 47
    network.parameters["layers.2.weight"][-1, -1] = 7
    assert network.flat_parameters[-1] == 7


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", get_args(Initialisation))
def test_initial_weights_are_drawn_as_by_pytorch(kind: Initialisation, activation: Activation) -> None:
    config = TrainConfig(
        backend="numpy", initialisation=kind, initial_range=0.3, activation=activation, widths="128,128"
    )
    ours, theirs = NumpyMLP(config), build_network(config)
    ours.initialise(np.random.default_rng(0))
    theirs.initialise(torch.Generator().manual_seed(0))
    for name, expected in theirs.copy_weights().items():
        drawn = ours.parameters[name]
        # Thousands of draws come close to the ends of their interval, and never beyond.
        assert np.abs(drawn).max() == pytest.approx(np.abs(expected).max(), rel=0.02)
        assert drawn.std() == pytest.approx(expected.std(), rel=0.05)
        assert abs(drawn.mean()) <= 0.1 * drawn.std()


def test_dropout_keeps_its_share_and_the_mean() -> None:
    network = NumpyMLP(TrainConfig(backend="numpy", widths="200,100", dropout=0.3))
    masks = network.draw_masks(500, np.random.default_rng(0))
    assert [mask.shape for mask in masks] == [(500, 200), (500, 100)]
    for mask in masks:
        assert mask.dtype == np.float32
        np.testing.assert_allclose(np.unique(mask), [0, 1 / 0.7], rtol=1e-6)
        assert mask.mean() == pytest.approx(1, abs=0.01)
    assert NumpyMLP(TrainConfig(backend="numpy")).draw_masks(500, np.random.default_rng(0)) == []


def test_large_logits_neither_overflow_nor_warn() -> None:
    logits = np.array([[1e4, -1e4, 0.0], [-3e4, -3e4, -3e4]], dtype=np.float32)
    np.testing.assert_allclose(softmax(logits), [[1, 0, 0], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-6)
    z = np.array([-1e4, 0.0, 1e4], dtype=np.float32)
    np.testing.assert_allclose(numpy_mlp.activate("sigmoid", z), [0, 0.5, 1])


@pytest.mark.parametrize("module", [numpy_mlp, numpy_optimizer])
def test_it_is_numpy_and_nothing_else(module) -> None:
    source = inspect.getsource(module)
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {getattr(node, "module", None) or node.names[0].name for node in imports}
    foreign = {name.split(".")[0] for name in names} - {"numpy", "core", "math", "collections", "dataclasses", "typing"}
    assert not foreign
    assert len(source.splitlines()) < 250
