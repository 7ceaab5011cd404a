"""Each step against ``torch.optim`` in float64."""

import numpy as np
import pytest
import torch

from core.config import Optimizer
from core.models import numpy_optimizer
from core.models.numpy_optimizer import NumpyOptimizer

pytestmark = pytest.mark.numerics

SIZE = 1_000
RATES = [0.02, 0.01, 0.005, 0.003]
PYTORCH = {
    "sgd": lambda p: torch.optim.SGD(p, lr=1, foreach=False, fused=False),
    "momentum": lambda p: torch.optim.SGD(p, lr=1, momentum=0.9, foreach=False, fused=False),
    "adam": lambda p: torch.optim.Adam(p, lr=1, foreach=False, fused=False),
}


def gradients() -> list[np.ndarray]:
    """Of very different sizes, some of them zero."""
    generator = np.random.default_rng(1)
    scale = np.logspace(-9, 2, SIZE)
    scale[::10] = 0
    return [generator.normal(size=SIZE) * scale for _ in RATES]


@pytest.mark.parametrize("piece", [64, 100, 999, 1_000, 32_768])
@pytest.mark.parametrize("kind", PYTORCH)
def test_every_step_is_that_of_pytorch(kind: Optimizer, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numpy_optimizer, "_PIECE", piece)
    ours = np.random.default_rng(0).normal(size=SIZE)
    theirs = torch.tensor(ours, requires_grad=True)
    gradient = np.empty(SIZE)
    optimizer, oracle = NumpyOptimizer(kind, ours, gradient), PYTORCH[kind]([theirs])
    for rate, value in zip(RATES, gradients(), strict=True):
        gradient[...] = value
        theirs.grad = torch.tensor(value)
        oracle.param_groups[0]["lr"] = rate
        optimizer.step(rate)
        oracle.step()
        np.testing.assert_allclose(ours, theirs.detach().numpy(), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("kind", PYTORCH)
def test_steps_of_single_precision_stay_close_to_exact_ones(kind: Optimizer) -> None:
    exact = np.random.default_rng(0).normal(size=SIZE)
    single, exact_gradient, gradient = exact.astype(np.float32), np.empty(SIZE), np.empty(SIZE, np.float32)
    pair = NumpyOptimizer(kind, exact, exact_gradient), NumpyOptimizer(kind, single, gradient)
    for rate, value in zip(RATES, gradients(), strict=True):
        # The smallest cannot be squared in single precision; Adam would take them for zero.
        exact_gradient[...] = gradient[...] = np.where(np.abs(value) < 1e-6, 0, value)
        for optimizer in pair:
            optimizer.step(rate)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, exact, rtol=1e-4, atol=1e-5)


def test_only_what_an_optimiser_needs_is_kept() -> None:
    kept = {kind: set(NumpyOptimizer(kind, np.zeros(3), np.zeros(3)).moments) for kind in PYTORCH}
    assert kept == {"sgd": set(), "momentum": {"first"}, "adam": {"first", "second"}}


@pytest.mark.parametrize("kind", ["momentum", "adam"])
def test_moments_of_a_unit_that_learns_no_more_end_at_zero(kind: Optimizer) -> None:
    """Numbers below 1e-38 slow a processor down; they must not stay."""
    weights, gradient = np.ones(SIZE, np.float32), np.ones(SIZE, np.float32)
    optimizer = NumpyOptimizer(kind, weights, gradient)
    smallest = np.finfo(np.float32).tiny
    for step in range(2_000):
        gradient[...] = 1.0 if step == 0 else 0.0
        optimizer.step(1e-3)
        first = optimizer.moments["first"]
        assert ((first == 0) | (first >= smallest)).all(), step
    assert not optimizer.moments["first"].any()
