"""Networks by autograd against the same networks out of PyTorch's own parts."""

import numpy as np
import pytest
import torch
from torch import nn

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.drawings.preprocessing import normalise
from core.models.autograd import AutogradNetwork
from core.models.build import build_network
from core.models.mlp import MLP
from core.models.numpy_model import NumpyModel
from core.models.shapes import multiplications, parameter_count, weight_shapes

pytestmark = pytest.mark.numerics

BATCH = 24
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "none": nn.Identity}
KINDS = {
    "cnn": {"architecture": "cnn", "hidden_size": 20},
    "cnn without hidden layer": {"architecture": "cnn", "hidden_layers": 0},
    "cnn of three filters": {"architecture": "cnn", "filters": 3, "hidden_size": 8},
    "norm": {"batch_norm": True, "widths": "30,20"},
    "norm, tanh, no biases": {"batch_norm": True, "hidden_size": 15, "activation": "tanh", "bias": False},
    "cnn with norm": {"architecture": "cnn", "batch_norm": True, "hidden_size": 12},
    "norm, squared error": {"batch_norm": True, "hidden_size": 12, "loss": "squared_error"},
}


def by_the_book(config: TrainConfig, classes: int = 10) -> nn.Sequential:
    parts: list[nn.Module] = []
    inputs, filters = 784, config.filters
    if config.architecture == "cnn":
        parts += [nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, filters, 5), nn.ReLU(), nn.MaxPool2d(2)]
        parts += [nn.Conv2d(filters, 2 * filters, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
        inputs = 32 * filters
    for width in config.hidden_widths:
        parts.append(nn.Linear(inputs, width, config.bias))
        parts += [nn.BatchNorm1d(width)] if config.batch_norm else []
        parts.append(ACTIVATIONS[config.activation]())
        inputs = width
    return nn.Sequential(*parts, nn.Linear(inputs, classes, config.bias))


def copy_in_order(source: AutogradNetwork, target: nn.Sequential) -> None:
    """Ours lists convolutions, layers, norms; the book lists parts as they come."""
    kinds = [(nn.Conv2d, source.convolutions), (nn.Linear, source.layers), (nn.BatchNorm1d, source.norms)]
    for kind, mine in kinds:
        for part, theirs in zip(mine, [part for part in target if isinstance(part, kind)], strict=True):
            theirs.load_state_dict({name: tensor.clone() for name, tensor in part.state_dict().items()})


def gradients_in_order(network: AutogradNetwork, book: nn.Sequential) -> list[tuple[torch.Tensor, torch.Tensor]]:
    pairs = []
    for kind, mine in [(nn.Conv2d, network.convolutions), (nn.Linear, network.layers), (nn.BatchNorm1d, network.norms)]:
        for part, theirs in zip(mine, [part for part in book if isinstance(part, kind)], strict=True):
            pairs += [(a.grad, b.grad) for a, b in zip(part.parameters(), theirs.parameters(), strict=True)]
    return pairs


@pytest.fixture
def batch() -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    labels = torch.randint(10, (BATCH,), generator=generator)
    return torch.randn(BATCH, 784, generator=generator), nn.functional.one_hot(labels, 10).float()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_and_logits_are_those_of_the_book(kind: str, batch: tuple[torch.Tensor, torch.Tensor]) -> None:
    config, (x, targets) = TrainConfig(**KINDS[kind]), batch
    network, logits = AutogradNetwork(config), torch.empty(BATCH, 10)
    network.initialise(torch.Generator().manual_seed(1))
    book = by_the_book(config)
    copy_in_order(network, book)
    network.backpropagate(x, targets, torch.Generator(), logits)
    expected = book(x)
    if config.loss == "cross_entropy":
        loss = -(targets * torch.log_softmax(expected, 1)).sum(1).mean()
    else:
        loss = ((expected - targets) ** 2).sum(1).mean() / 2
    loss.backward()
    torch.testing.assert_close(logits, expected.detach())
    for ours, theirs in gradients_in_order(network, book):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)
    assert network.flat_gradient.norm() > 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_server_reads_it_without_pytorch(kind: str, batch: tuple[torch.Tensor, torch.Tensor]) -> None:
    """After a few steps, so that norms have statistics of their own; against the book in evaluation mode."""
    config, (x, targets) = TrainConfig(**KINDS[kind]), batch
    network, logits = build_network(config), torch.empty(BATCH, 10)
    network.initialise(torch.Generator().manual_seed(1))
    for _ in range(5):
        network.backpropagate(x, targets, torch.Generator(), logits)
        network.flat_parameters.sub_(network.flat_gradient, alpha=0.1)
    book = by_the_book(config)
    copy_in_order(network, book)
    norm = Normalisation(0.2, 0.4)
    images = np.random.default_rng(0).integers(0, 256, (33, 28, 28), dtype=np.uint8)
    expected = book.eval()(torch.from_numpy(normalise(images, norm))).detach().numpy()
    model = NumpyModel("a", config, network.copy_weights(), norm)
    np.testing.assert_allclose(model.logits(images), expected, rtol=1e-3, atol=1e-4)
    assert model.probabilities(images).sum(1) == pytest.approx(np.ones(33), abs=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_and_counts_are_those_of_pytorch(kind: str) -> None:
    config = TrainConfig(**KINDS[kind])
    network, book = build_network(config, 7), by_the_book(config, 7)
    assert {name: array.shape for name, array in network.copy_weights().items()} == weight_shapes(config, 7)
    assert parameter_count(config, 7) == sum(parameter.numel() for parameter in book.parameters())
    assert network.flat_parameters.numel() == parameter_count(config, 7)


def test_multiplications_of_the_cnn_are_counted_place_by_place() -> None:
    config = TrainConfig(architecture="cnn", hidden_size=20)
    assert multiplications(config) == 24 * 24 * 8 * 25 + 8 * 8 * 16 * 8 * 25 + 256 * 20 + 20 * 10
    more = config.replace(filters=16)
    assert multiplications(more) == 24 * 24 * 16 * 25 + 8 * 8 * 32 * 16 * 25 + 512 * 20 + 20 * 10


@pytest.mark.parametrize("kind", KINDS)
def test_weights_come_back(kind: str) -> None:
    config = TrainConfig(**KINDS[kind])
    first, second = build_network(config), build_network(config)
    first.initialise(torch.Generator().manual_seed(1))
    second.load_weights(first.copy_weights())
    for name, array in first.copy_weights().items():
        np.testing.assert_array_equal(array, second.copy_weights()[name], err_msg=name)


def test_dropout_silences_and_scales() -> None:
    config = TrainConfig(batch_norm=True, hidden_size=400, dropout=0.5)
    network = AutogradNetwork(config)
    network.initialise(torch.Generator().manual_seed(1))
    x, first, again = torch.randn(8, 784), torch.empty(8, 10), torch.empty(8, 10)
    targets = torch.eye(10)[:8]
    network.backpropagate(x, targets, torch.Generator().manual_seed(5), first)
    network.backpropagate(x, targets, torch.Generator().manual_seed(5), again)
    assert torch.equal(first, again)
    network.backpropagate(x, targets, torch.Generator().manual_seed(6), again)
    assert not torch.allclose(first, again)


def test_a_last_batch_of_one_image_is_no_fault() -> None:
    network = AutogradNetwork(TrainConfig(batch_norm=True, hidden_size=5))
    network.initialise(torch.Generator().manual_seed(0))
    logits = torch.empty(1, 10)
    network.backpropagate(torch.randn(1, 784), torch.eye(10)[:1], torch.Generator(), logits)
    assert logits.isfinite().all()
    assert network.flat_gradient.isfinite().all()


def test_gradients_are_by_hand_wherever_they_can_be() -> None:
    assert isinstance(build_network(TrainConfig()), MLP)
    assert isinstance(build_network(TrainConfig(architecture="linear")), MLP)
    assert isinstance(build_network(TrainConfig(architecture="cnn")), AutogradNetwork)


@pytest.mark.parametrize(
    ("changes", "bound"),
    [
        ({"initialisation": "he", "activation": "tanh"}, (6 / 784) ** 0.5),
        ({"initialisation": "xavier"}, (6 / (784 + 128)) ** 0.5),
        ({"initialisation": "uniform", "initial_range": 0.3}, 0.3),
        ({"activation": "none"}, (6 / (784 + 128)) ** 0.5),
    ],
)
def test_initial_weights_are_uniform_within_their_bound(changes: dict[str, object], bound: float) -> None:
    network = build_network(TrainConfig(**changes))
    network.initialise(torch.Generator().manual_seed(0))
    weights = network.copy_weights()["layers.0.weight"]
    assert 0.99 * bound < np.abs(weights).max() <= bound
    assert weights.std() == pytest.approx(bound / 3**0.5, rel=0.02)


def test_zeros_are_zeros() -> None:
    network = build_network(TrainConfig(initialisation="zeros"))
    network.initialise(torch.Generator().manual_seed(0))
    assert not network.flat_parameters.any()
