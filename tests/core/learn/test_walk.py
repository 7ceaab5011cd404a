"""The walk's numbers against autograd in float64, and against the product's own network."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from core.config import TrainConfig
from core.data.dataset import ImageDataset, Normalisation
from core.learn.walk import (
    HiddenWeight,
    OutputWeight,
    TwoLayers,
    Walk,
    can_be_walked,
    fresh_weights,
    step_of,
    take_walk,
    telling_weight,
    weights_of,
)
from core.models.numpy_model import NumpyModel
from core.runs.records import RunEnvironment
from tests.core.builders import make_run, make_weights

NORMALISATION = Normalisation(0.1307, 0.3081)
RATE = 0.05


@pytest.fixture(scope="module", params=[0, 1, 2])
def walk(request: pytest.FixtureRequest, mnist_train: ImageDataset) -> Walk:
    position = 100 + request.param
    return take_walk(
        fresh_weights(request.param),
        NORMALISATION,
        mnist_train.images[position],
        int(mnist_train.labels[position]),
        RATE,
    )


def tensors(weights: TwoLayers) -> list[torch.Tensor]:
    parts = (weights.hidden, weights.hidden_bias, weights.output, weights.output_bias)
    return [torch.tensor(part, dtype=torch.float64, requires_grad=True) for part in parts]


def autograd_loss(parameters: list[torch.Tensor], walk: Walk) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Loss by PyTorch, and every value in between with its gradient kept."""
    hidden, hidden_bias, output, output_bias = parameters
    pixels = torch.tensor(walk.pixels.astype(np.float64).ravel())
    x = (pixels / 255 - NORMALISATION.mean) / NORMALISATION.std
    sums = functional.linear(x, hidden, hidden_bias)
    activations = torch.relu(sums)
    logits = functional.linear(activations, output, output_bias)
    values = [sums, activations, logits]
    for value in values:
        value.retain_grad()
    return functional.cross_entropy(logits[None], torch.tensor([walk.label])), values


def test_every_value_and_gradient_agrees_with_autograd(walk: Walk) -> None:
    parameters = tensors(walk.weights)
    loss, values = autograd_loss(parameters, walk)
    loss.backward()
    before, gradients = walk.before, walk.gradients
    assert walk.before.loss == pytest.approx(loss.item(), rel=1e-12)
    for ours, theirs in zip((before.hidden_sums, before.hidden, before.logits), values, strict=True):
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-14)
    probabilities = torch.softmax(values[2].detach(), 0).numpy()
    np.testing.assert_allclose(before.probabilities, probabilities, rtol=1e-12)
    for ours, value in zip((walk.sum_errors, walk.hidden_errors, walk.logit_errors), values, strict=True):
        np.testing.assert_allclose(ours, value.grad.numpy(), rtol=1e-10, atol=1e-15)
    ours = (gradients.hidden, gradients.hidden_bias, gradients.output, gradients.output_bias)
    for gradient, parameter in zip(ours, parameters, strict=True):
        np.testing.assert_allclose(gradient, parameter.grad.numpy(), rtol=1e-10, atol=1e-15)


@pytest.mark.slow
def test_the_step_is_that_of_pytorchs_sgd(walk: Walk) -> None:
    parameters = tensors(walk.weights)
    optimizer = torch.optim.SGD(parameters, lr=RATE)
    autograd_loss(parameters, walk)[0].backward()
    optimizer.step()
    after, values = autograd_loss(parameters, walk)
    assert walk.after.loss == pytest.approx(after.item(), rel=1e-11)
    np.testing.assert_allclose(walk.after.logits, values[2].detach().numpy(), rtol=1e-11)


def test_factors_of_the_chain_rule_multiply_to_the_gradient(walk: Walk) -> None:
    parameters = tensors(walk.weights)
    autograd_loss(parameters, walk)[0].backward()
    for chosen in (telling_weight(walk), HiddenWeight(3, 0), OutputWeight(2, 7), OutputWeight(5, walk.label)):
        step = step_of(walk, chosen)
        index, place = (0, (chosen.unit, chosen.pixel)) if isinstance(chosen, HiddenWeight) else (2, ())
        if isinstance(chosen, OutputWeight):
            place = (chosen.label, chosen.unit)
        expected = parameters[index].grad[place].item()
        assert step.gradient == pytest.approx(expected, rel=1e-10, abs=1e-15)
        assert step.gradient == np.prod(step.factors)
        assert step.new == pytest.approx(step.old - RATE * expected, rel=1e-12)


@pytest.mark.parametrize("chosen", [HiddenWeight(1, 400), OutputWeight(4, 3)])
def test_one_weight_alone_changes_the_loss_as_pytorch_says(walk: Walk, chosen: HiddenWeight | OutputWeight) -> None:
    step = step_of(walk, chosen)
    parameters = tensors(walk.weights)
    with torch.no_grad():
        if isinstance(chosen, HiddenWeight):
            parameters[0][chosen.unit, chosen.pixel] = step.new
        else:
            parameters[2][chosen.label, chosen.unit] = step.new
    assert step.alone.loss == pytest.approx(autograd_loss(parameters, walk)[0].item(), rel=1e-12)


def test_a_small_step_lowers_the_loss_by_rate_times_gradient_squared(mnist_train: ImageDataset) -> None:
    walk = take_walk(fresh_weights(0), NORMALISATION, mnist_train.images[0], int(mnist_train.labels[0]), 1e-7)
    step = step_of(walk, telling_weight(walk))
    assert walk.before.loss - step.alone.loss == pytest.approx(1e-7 * step.gradient**2, rel=1e-3)


def test_the_telling_weight_lies_under_ink(walk: Walk) -> None:
    chosen = telling_weight(walk)
    assert walk.pixels[chosen.row, chosen.column] > 0
    assert step_of(walk, chosen).gradient != 0


def test_a_trained_network_is_walked_with_its_own_weights(mnist_train: ImageDataset) -> None:
    config = TrainConfig(hidden_size=8)
    model = NumpyModel("some", config, make_weights(config), NORMALISATION)
    walk = take_walk(weights_of(model), model.normalisation, mnist_train.images[5], int(mnist_train.labels[5]), 0.1)
    np.testing.assert_allclose(walk.before.probabilities, model.probabilities(mnist_train.images[5:6])[0], rtol=1e-4)


def test_only_runs_with_this_very_network_can_be_walked() -> None:
    assert can_be_walked(make_run(config=TrainConfig(hidden_size=20)))
    assert not can_be_walked(make_run(epochs=0))
    others = ({"hidden_layers": 2}, {"hidden_layers": 0}, {"activation": "tanh"}, {"bias": False}, {"widths": "20,20"})
    others += ({"architecture": "cnn"}, {"loss": "squared_error"}, {"batch_norm": True}, {"dataset": "other"})
    for changes in others:
        assert not can_be_walked(make_run(config=TrainConfig(**changes)))
    renamed = RunEnvironment(class_names=tuple("abcdefghij"))
    assert not can_be_walked(replace(make_run(), environment=renamed))
