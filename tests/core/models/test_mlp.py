import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from core.config import Activation, TrainConfig
from core.models.build import build_network
from core.models.mlp import MLP
from core.models.shapes import layer_widths, parameter_count

pytestmark = pytest.mark.numerics

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}
INPUTS, CLASSES, BATCH = 23, 7, 11


@pytest.fixture(autouse=True)
def double_precision() -> Iterator[None]:
    """Autograd and the formulas then agree to more digits than any mistake in a formula would leave."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def make_mlp(depth: int, activation: Activation = "relu", dropout: float = 0.0) -> MLP:
    model = MLP(
        (INPUTS, *[9 + layer for layer in range(depth)], CLASSES),
        TrainConfig(activation=activation, dropout=dropout),
    )
    model.initialise(torch.Generator().manual_seed(1))
    with torch.no_grad():
        # Zero biases would hide a gradient that forgets them.
        for layer in model.layers:
            layer.bias.normal_(generator=torch.Generator().manual_seed(2))
    return model


def make_batch(size: int = BATCH) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    return torch.randn(size, INPUTS, generator=generator), torch.randint(CLASSES, (size,), generator=generator)


def gradient_by_hand(model: MLP, x: Tensor, labels: Tensor, seed: int = 4) -> tuple[Tensor, Tensor]:
    """What ``backpropagate`` writes: gradient and logits."""
    logits = torch.full((len(x), CLASSES), torch.nan)
    targets = nn.functional.one_hot(labels, CLASSES).double()
    model.backpropagate(x, targets, torch.Generator().manual_seed(seed), logits)
    return model.flat_gradient, logits


def by_autograd(model: MLP, x: Tensor, labels: Tensor, masks: list[Tensor]) -> tuple[Tensor, Tensor]:
    """The same network out of PyTorch's own parts, its parameters copied; ``masks`` scale the hidden units."""
    layers = []
    for layer in model.layers:
        copy = nn.Linear(layer.in_features, layer.out_features)
        copy.load_state_dict({name: tensor.clone() for name, tensor in layer.state_dict().items()})
        layers.append(copy)
    activation = ACTIVATIONS[model.activation]()
    for copy, mask in itertools.zip_longest(layers[:-1], masks):
        x = activation(copy(x))
        x = x if mask is None else x * mask
    logits = layers[-1](x)
    nn.functional.cross_entropy(logits, labels).backward()
    return torch.cat([parameter.grad.flatten() for copy in layers for parameter in copy.parameters()]), logits.detach()


def dropout_masks(model: MLP, batch: int, seed: int = 4) -> list[Tensor]:
    """Drawn as the model draws them: one Bernoulli mask per hidden layer, first to last, scaled to keep the mean."""
    if not model.dropout:
        return []
    generator = torch.Generator().manual_seed(seed)
    keep = 1 - model.dropout
    hidden = [layer.out_features for layer in model.layers[:-1]]
    return [torch.empty(batch, units).bernoulli_(keep, generator=generator) / keep for units in hidden]


def relative_error(ours: Tensor, expected: Tensor) -> float:
    return float((ours - expected).norm() / expected.norm())


@pytest.mark.parametrize("dropout", [0.0, 0.4])
@pytest.mark.parametrize("depth", range(5))
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_is_that_of_autograd(activation: Activation, depth: int, dropout: float) -> None:
    model = make_mlp(depth, activation, dropout)
    x, labels = make_batch()
    expected, expected_logits = by_autograd(model, x, labels, dropout_masks(model, len(x)))
    gradient, logits = gradient_by_hand(model, x, labels)
    assert relative_error(logits, expected_logits) < 1e-12
    assert relative_error(gradient, expected) < 1e-7
    start = 0
    for name, parameter in model.named_parameters():
        # Layer by layer as well: a large gradient elsewhere must not hide a wrong small one.
        part = slice(start, start := start + parameter.numel())
        assert relative_error(gradient[part], expected[part]) < 1e-7, name
        assert torch.equal(parameter.grad.flatten(), gradient[part])


@pytest.mark.parametrize("size", [1, 2, 64])
def test_gradient_is_a_mean_over_the_batch(size: int) -> None:
    model = make_mlp(2)
    x, labels = make_batch(size)
    whole = gradient_by_hand(model, x, labels)[0].clone()
    single = [gradient_by_hand(model, x[i : i + 1], labels[i : i + 1])[0].clone() for i in range(size)]
    assert relative_error(whole, torch.stack(single).mean(0)) < 1e-12


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_is_the_slope_of_the_loss(activation: Activation) -> None:
    """Against differences of the loss itself, without autograd."""
    model = make_mlp(2, activation)
    x, labels = make_batch()
    gradient = gradient_by_hand(model, x, labels)[0].clone()
    direction = torch.randn(len(gradient), generator=torch.Generator().manual_seed(5))
    step, losses = 1e-6, []
    start = model.flat_parameters.clone()
    for sign in (1, -1):
        model.flat_parameters.copy_(start + sign * step * direction)
        with torch.no_grad():
            losses.append(nn.functional.cross_entropy(model(x), labels))
    slope = (losses[0] - losses[1]) / (2 * step)
    assert slope == pytest.approx(float(gradient @ direction), rel=1e-6)


def test_gradient_of_logits_is_that_of_cross_entropy() -> None:
    """Without hidden layers the bias gradient is that of the loss with respect to the logits, summed."""
    model = make_mlp(0)
    x, labels = make_batch()
    gradient, logits = gradient_by_hand(model, x, labels)
    leaf = logits.clone().requires_grad_()
    nn.functional.cross_entropy(leaf, labels).backward()
    assert torch.allclose(gradient[-CLASSES:], leaf.grad.sum(0), rtol=0, atol=1e-15)


def test_gradient_survives_enormous_logits() -> None:
    model = make_mlp(1)
    x, labels = make_batch()
    gradient, logits = gradient_by_hand(model, x * 1e6, labels)
    assert logits.abs().max() > 1e5
    assert torch.isfinite(gradient).all()


def test_each_call_overwrites_the_gradient_and_nothing_else() -> None:
    model = make_mlp(2, dropout=0.3)
    x, labels = make_batch()
    parameters, x_before = model.flat_parameters.clone(), x.clone()
    first = gradient_by_hand(model, x, labels)[0].clone()
    assert torch.equal(gradient_by_hand(model, x, labels)[0], first)
    assert torch.equal(model.flat_parameters, parameters)
    assert torch.equal(x, x_before)


def test_dropout_masks_come_from_the_generator_alone() -> None:
    model = make_mlp(2, dropout=0.5)
    x, labels = make_batch()
    first = gradient_by_hand(model, x, labels, seed=7)[0].clone()
    torch.manual_seed(99)
    assert torch.equal(gradient_by_hand(model, x, labels, seed=7)[0], first)
    assert not torch.equal(gradient_by_hand(model, x, labels, seed=8)[0], first)
    assert torch.equal(model(x), model(x))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_forward_has_no_dropout(activation: Activation) -> None:
    model, x = make_mlp(3, activation, dropout=0.9), make_batch()[0]
    expected = x
    for index, layer in enumerate(model.layers):
        expected = expected @ layer.weight.T + layer.bias
        expected = expected if index == 3 else ACTIVATIONS[activation]()(expected)
    assert relative_error(model(x).detach(), expected.detach()) < 1e-14


# --- one vector ---


def shares(tensor: Tensor, whole: Tensor) -> bool:
    start = (tensor.data_ptr() - whole.data_ptr()) // whole.element_size()
    return start >= 0 and start + tensor.numel() <= whole.numel()


def check_sharing(model: MLP) -> None:
    parameters = list(model.parameters())
    assert sum(parameter.numel() for parameter in parameters) == model.flat_parameters.numel()
    for parameter in parameters:
        assert shares(parameter, model.flat_parameters)
        assert shares(parameter.grad, model.flat_gradient)
    model.flat_parameters.copy_(torch.arange(model.flat_parameters.numel()))
    assert torch.equal(torch.cat([p.detach().flatten() for p in parameters]), model.flat_parameters)
    with torch.no_grad():
        parameters[0].fill_(-1)
    assert torch.all(model.flat_parameters[: parameters[0].numel()] == -1)
    # The lean path through backpropagate sees the same numbers as the module.
    x, labels = make_batch()
    model.initialise(torch.Generator().manual_seed(1))
    _, logits = gradient_by_hand(model, x, labels)
    assert torch.allclose(logits, model(x), rtol=1e-12)
    assert any(parameter.grad.abs().sum() > 0 for parameter in parameters)


@pytest.mark.parametrize("depth", range(5))
def test_parameters_and_gradients_are_views_into_one_vector(depth: int) -> None:
    check_sharing(make_mlp(depth))


def test_moving_to_a_device_keeps_values_and_sharing() -> None:
    model = make_mlp(2)
    before = model.flat_parameters.clone()
    assert model.to_device(torch.device("cpu")) is model
    assert torch.equal(model.flat_parameters, before)
    check_sharing(model)


def test_weights_copied_out_are_copies_and_come_back() -> None:
    torch.set_default_dtype(torch.float32)
    model, other = make_mlp(2), make_mlp(2)
    weights = model.copy_weights()
    assert list(weights) == [f"layers.{layer}.{kind}" for layer in range(3) for kind in ("weight", "bias")]
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float32)}
    other.flat_parameters.zero_()
    other.load_weights(weights)
    assert torch.equal(other.flat_parameters, model.flat_parameters)
    model.flat_parameters.zero_()
    assert abs(weights["layers.0.weight"]).sum() > 0
    assert shares(next(other.parameters()), other.flat_parameters)


# --- how it begins ---


def test_initial_weights_follow_their_papers() -> None:
    config = TrainConfig(hidden_size=200, hidden_layers=2)
    for activation in ACTIVATIONS:
        model = build_network(config.replace(activation=activation))
        model.initialise(torch.Generator().manual_seed(0))
        for layer in model.layers:
            fan_in, fan_out = layer.in_features, layer.out_features
            bound = np.sqrt(6 / fan_in) if activation == "relu" else np.sqrt(6 / (fan_in + fan_out))
            assert layer.weight.abs().max() <= bound
            assert float(layer.weight.detach().std()) == pytest.approx(bound / np.sqrt(3), rel=0.05)
            assert torch.all(layer.bias == 0)


def test_seed_decides_the_initial_weights() -> None:
    def drawn(seed: int) -> Tensor:
        model = build_network(TrainConfig())
        model.initialise(torch.Generator().manual_seed(seed))
        return model.flat_parameters

    assert torch.equal(drawn(1), drawn(1))
    assert not torch.equal(drawn(1), drawn(2))


@pytest.mark.parametrize("depth", range(5))
def test_the_network_is_what_the_config_says(depth: int) -> None:
    config = TrainConfig(hidden_size=6, hidden_layers=depth, dropout=0.25, activation="tanh")
    model = build_network(config)
    assert tuple(layer.in_features for layer in model.layers) == layer_widths(config)[:-1]
    assert tuple(layer.out_features for layer in model.layers) == layer_widths(config)[1:]
    assert model.flat_parameters.numel() == parameter_count(config)
    assert (model.dropout, model.activation) == (0.25, "tanh")
    assert build_network(config, classes=3)(torch.zeros(2, 784)).shape == (2, 3)
