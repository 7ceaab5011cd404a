"""Temperature scaling, against scipy's optimum over logits that nobody has rounded."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from core.analysis.temperature import HOTTEST, Temperature, fit_temperature, negative_log_likelihood


def overconfident(factor: float, seed: int = 0, count: int = 2_000) -> tuple[np.ndarray, np.ndarray]:
    """Labels drawn from a softmax, and the logits of that softmax times a factor."""
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 2, (count, 10))
    labels = np.array([chance.choice(10, p=row) for row in softmax(logits, axis=1)])
    return factor * logits, labels


@pytest.mark.parametrize("factor", [0.2, 0.9, 1.0, 3.0, 8.0])
def test_it_is_what_scipy_finds(factor: float) -> None:
    logits, labels = overconfident(factor)

    def loss(temperature: float) -> float:
        return float(-log_softmax(logits / temperature, axis=1)[np.arange(len(labels)), labels].mean())

    best = minimize_scalar(loss, bounds=(0.05, 40), method="bounded", options={"xatol": 1e-7})
    probabilities = softmax(logits, axis=1).astype(np.float32)
    found = fit_temperature(probabilities, labels)
    assert found is not None
    assert found.value == pytest.approx(best.x, rel=1e-3)
    assert found.value == pytest.approx(factor, rel=0.1), "the factor is undone"
    calibrated = found.calibrated(probabilities)
    np.testing.assert_allclose(calibrated, softmax(logits / best.x, axis=1), atol=2e-4)
    np.testing.assert_allclose(found.confidence(probabilities), calibrated.max(axis=1), rtol=1e-5)
    assert (calibrated.argmax(axis=1) == probabilities.argmax(axis=1)).all()
    assert negative_log_likelihood(calibrated, labels) == pytest.approx(best.fun, rel=1e-4)


def test_squared_error_has_probabilities_of_exactly_zero() -> None:
    chance = np.random.default_rng(1)
    labels = chance.integers(0, 10, 500)
    shares = np.maximum(0.5 * np.eye(10)[labels] + chance.normal(0, 0.2, (500, 10)), 0)
    own = (shares / shares.sum(axis=1, keepdims=True)).astype(np.float32)
    found = fit_temperature(own, labels, "squared_error")
    best = minimize_scalar(
        lambda t: -log_softmax(own.astype(np.float64) / t, axis=1)[np.arange(500), labels].mean(),
        bounds=(0.02, 10),
        method="bounded",
        options={"xatol": 1e-8},
    )
    assert found is not None
    assert found.value == pytest.approx(best.x, rel=1e-3)
    assert np.isfinite(found.calibrated(own)).all()


def test_where_no_temperature_is_best_there_is_none() -> None:
    perfect = np.full((3, 10), 0.01, np.float32) + 0.9 * np.eye(10, dtype=np.float32)[:3]
    assert fit_temperature(perfect, np.arange(3)) is None
    assert fit_temperature(perfect * np.float32(math.nan), np.arange(1, 4)) is None
    assert fit_temperature(np.empty((0, 10), np.float32), np.empty(0, np.int64)) is None


def test_a_network_that_knows_nothing_is_as_doubtful_as_can_be() -> None:
    logits, labels = overconfident(1.0)
    found = fit_temperature(softmax(5 * logits, axis=1).astype(np.float32), np.roll(labels, 1))
    assert found is not None
    assert found.value == pytest.approx(HOTTEST, rel=1e-3)


def test_a_temperature_of_one_changes_nothing() -> None:
    own = softmax(overconfident(1.0, count=50)[0], axis=1).astype(np.float32)
    np.testing.assert_allclose(Temperature(1.0).calibrated(own), own, atol=1e-6)
