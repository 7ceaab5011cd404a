import numpy as np
import pytest
import torch

from core.config import TrainConfig
from core.drawings.preprocessing import normalise
from core.explain.gradients import gradient, ink_of, logits, weight_gradients
from core.models.numpy_model import NumpyModel
from tests.core.explain.builders import NORMALISATION, images, networks

pytestmark = pytest.mark.numerics

CONFIGS = {
    "linear": TrainConfig(hidden_layers=0),
    "relu": TrainConfig(hidden_size=20, hidden_layers=3),
    "tanh": TrainConfig(hidden_size=20, hidden_layers=2, activation="tanh"),
    "sigmoid": TrainConfig(hidden_size=20, activation="sigmoid", bias=False),
    "batch norm": TrainConfig(hidden_size=20, hidden_layers=2, batch_norm=True),
    "cnn": TrainConfig(architecture="cnn", hidden_size=12),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_gradient_of_a_logit_is_autograd_s(name: str) -> None:
    network, model = networks(CONFIGS[name])
    ink = ink_of(images(7))
    upstream = np.random.default_rng(2).normal(size=(7, 10)).astype(np.float32)
    by_torch = torch.from_numpy(ink).requires_grad_()
    said = network((by_torch - NORMALISATION.mean) / NORMALISATION.std)
    np.testing.assert_allclose(logits(model, ink), said.detach().numpy(), atol=1e-4)
    (said * torch.from_numpy(upstream)).sum().backward()
    assert by_torch.grad is not None
    np.testing.assert_allclose(gradient(model, ink, upstream), by_torch.grad.numpy(), atol=1e-4)


@pytest.mark.parametrize(
    "config", [*CONFIGS.values(), TrainConfig(hidden_size=20, loss="squared_error")], ids=[*CONFIGS, "squared error"]
)
def test_gradient_of_the_loss_by_each_weight_is_autograd_s(config: TrainConfig) -> None:
    network, model = networks(config)
    pictures, labels = images(9), np.arange(9, dtype=np.int64)
    said = network(torch.from_numpy(normalise(pictures, NORMALISATION)))
    if config.loss == "squared_error":
        loss = (said - torch.eye(10)[torch.from_numpy(labels)]).square().sum() / 2 / 9
    else:
        loss = torch.nn.functional.cross_entropy(said, torch.from_numpy(labels))
    loss.backward()
    by_torch = [
        weights.grad.numpy()
        for name, weights in network.named_parameters()
        if weights.grad is not None and name.endswith("weight") and "norm" not in name
    ]
    found = weight_gradients(model, pictures, labels)
    assert len(found) == len(by_torch)
    for ours, theirs in zip(found, by_torch, strict=True):
        assert ours.shape == theirs.shape
        np.testing.assert_allclose(ours, theirs, atol=1e-4 * float(np.abs(theirs).max()))


@pytest.mark.parametrize("name", ["relu", "tanh", "batch norm", "cnn"])
def test_gradient_of_a_hidden_unit_is_the_difference_that_a_little_ink_makes(name: str) -> None:
    _, model = networks(CONFIGS[name])
    # In double precision, for a small difference of float32 has few digits.
    doubles = {name: array.astype(np.float64) for name, array in model.weights.items()}
    exact = NumpyModel("a-run", model.config, doubles, NORMALISATION)
    ink, unit, step = ink_of(images(1)), 3, 1e-5
    upstream = np.eye(exact.layers(images(1))[1].shape[1], dtype=np.float32)[[unit]]
    expected = []
    for pixel in range(0, 784, 97):
        moved = np.repeat(ink.astype(np.float64), 2, axis=0)
        moved[:, pixel] += (-step, step)
        pixels = (moved - NORMALISATION.mean) / NORMALISATION.std
        low, high = exact.layers_of(pixels)[1][:, unit]
        expected.append((high - low) / (2 * step))
    np.testing.assert_allclose(gradient(model, ink, upstream, layer=1)[0, ::97], expected, atol=1e-3)


def test_pixels_say_what_bytes_say() -> None:
    for config in CONFIGS.values():
        _, model = networks(config)
        np.testing.assert_allclose(logits(model, ink_of(images(4))), model.logits(images(4)), atol=1e-4)
