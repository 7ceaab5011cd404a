"""Attacks on networks of which the loss can be written down."""

import numpy as np
import pytest

from core.config import TrainConfig
from core.corruptions.attacks import ATTACKS, EPSILONS, fgsm, loss_gradient, pgd
from core.data.dataset import Normalisation
from core.explain.gradients import logits
from core.models.numpy_model import NumpyModel

STD = 0.31
COUNT = 12


def linear(classes: int = 2, **settings: object) -> NumpyModel:
    random = np.random.default_rng(3)
    weights = {
        "layers.0.weight": random.normal(scale=0.02, size=(classes, 784)).astype(np.float32),
        "layers.0.bias": random.normal(size=classes).astype(np.float32),
    }
    names = tuple("abcdefghij"[:classes])
    return NumpyModel("a-run", TrainConfig(hidden_layers=0, **settings), weights, Normalisation(0.13, STD), names)


def grey() -> np.ndarray:
    """Ink that no attack of this file drives to black or white."""
    return np.random.default_rng(4).uniform(0.4, 0.6, (COUNT, 784)).astype(np.float32)


LABELS = np.arange(COUNT) % 2


def margins(model: NumpyModel, ink: np.ndarray) -> np.ndarray:
    """How far the logit of the true class of two is above the other."""
    said = logits(model, ink).astype(np.float64)
    return said[np.arange(COUNT), LABELS] - said[np.arange(COUNT), 1 - LABELS]


@pytest.mark.parametrize("epsilon", [0.02, 0.3])
@pytest.mark.parametrize("attack", [fgsm, pgd])
def test_the_loss_of_a_linear_network_grows_by_what_a_hand_calculates(attack: object, epsilon: float) -> None:
    """Each pixel moves by ε against the difference of both rows of weights: the margin falls by ε · ‖w₀ − w₁‖₁ / std.

    The loss of two classes is log(1 + exp(−margin)).
    """
    model = linear()
    first, second = model.weights["layers.0.weight"].astype(np.float64)
    before = margins(model, grey())
    expected = before - epsilon * np.abs(first - second).sum() / STD
    after = margins(model, attack(model, grey(), LABELS, epsilon))  # type: ignore[operator]
    np.testing.assert_allclose(after, expected, atol=1e-3)
    np.testing.assert_allclose(np.logaddexp(0, -after), np.logaddexp(0, -expected), atol=1e-3)
    assert (np.logaddexp(0, -after) > np.logaddexp(0, -before)).all()


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_the_gradient_is_that_of_the_loss_that_was_trained(loss: str) -> None:
    model, labels, step = linear(4, loss=loss), np.arange(COUNT) % 4, 1e-2

    def losses(ink: np.ndarray) -> np.ndarray:
        said = logits(model, ink).astype(np.float64)
        if loss == "squared_error":
            return ((said - np.eye(4)[labels]) ** 2).mean(axis=1)
        return np.log(np.exp(said).sum(axis=1)) - said[np.arange(COUNT), labels]

    found = loss_gradient(model, grey(), labels)
    for pixel in (0, 391, 783):
        aside = np.zeros(784, dtype=np.float32)
        aside[pixel] = step
        numeric = (losses(grey() + aside) - losses(grey() - aside)) / (2 * step)
        np.testing.assert_allclose(found[:, pixel], numeric, atol=2e-3)


@pytest.mark.parametrize("name", ATTACKS)
def test_attacked_ink_is_ink_and_within_epsilon(name: str) -> None:
    model = linear()
    ink = np.random.default_rng(5).choice([0, 0.05, 0.95, 1], (COUNT, 784)).astype(np.float32)
    attack = ATTACKS[name].function
    for epsilon in EPSILONS:
        attacked = attack(model, ink, LABELS, epsilon, 0)
        assert attacked.dtype == np.float32
        assert 0 <= attacked.min() <= attacked.max() <= 1
        assert np.abs(attacked - ink).max() <= epsilon + 1e-6
        assert (attack(model, ink, LABELS, epsilon, 0) == attacked).all()
    assert (attack(model, ink, LABELS, 0.0, 0) == ink).all()
