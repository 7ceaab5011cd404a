from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from core.config import Optimizer, setting_options
from core.errors import TrainingError
from core.training.optimizers import KERNELS, FlatOptimizer

pytestmark = pytest.mark.numerics

PyTorchOptimizer = Callable[[list[Tensor], float, float], torch.optim.Optimizer]
# As PyTorch's own textbook classes, one operation at a time, not the fused kernels.
PYTORCH: dict[Optimizer, PyTorchOptimizer] = {
    "sgd": lambda p, lr, decay: torch.optim.SGD(p, lr=lr, weight_decay=decay, foreach=False, fused=False),
    "momentum": lambda p, lr, decay: torch.optim.SGD(
        p, lr=lr, momentum=0.9, weight_decay=decay, foreach=False, fused=False
    ),
    "adam": lambda p, lr, decay: torch.optim.Adam(p, lr=lr, weight_decay=decay, foreach=False, fused=False),
    "adamw": lambda p, lr, decay: torch.optim.AdamW(p, lr=lr, weight_decay=decay, foreach=False, fused=False),
}
SIZE = 1_000


def start() -> Tensor:
    return torch.randn(SIZE, generator=torch.Generator().manual_seed(0))


def gradients(steps: int) -> list[Tensor]:
    """Of very different sizes, some of them zero."""
    generator = torch.Generator().manual_seed(1)
    scale = 10 ** torch.linspace(-4, 2, SIZE)
    scale[::10] = 0
    return [torch.randn(SIZE, generator=generator) * scale for _ in range(steps)]


def rate(step: int) -> float:
    """A schedule, as in training."""
    return 0.01 / (1 + step / 5)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("kind", PYTORCH)
def test_twenty_steps_are_those_of_pytorch(kind: Optimizer, weight_decay: float) -> None:
    ours, theirs = start(), start().requires_grad_()
    gradient = torch.empty(SIZE)
    optimizer = FlatOptimizer(kind, ours, gradient, weight_decay)
    oracle = PYTORCH[kind]([theirs], rate(0), weight_decay)
    for step, value in enumerate(gradients(20)):
        gradient.copy_(value)
        optimizer.step(rate(step))
        theirs.grad = value.clone()
        oracle.param_groups[0]["lr"] = rate(step)
        oracle.step()
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-6, atol=1e-6)
    assert not torch.allclose(ours, start(), atol=0.01)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("kind", PYTORCH)
def test_a_restored_optimiser_goes_on_to_the_last_bit(kind: Optimizer, weight_decay: float) -> None:
    whole, gradient = start(), torch.empty(SIZE)
    optimizer = FlatOptimizer(kind, whole, gradient, weight_decay)
    values = gradients(20)
    for step, value in enumerate(values[:8]):
        gradient.copy_(value)
        optimizer.step(rate(step))
    parameters, other_gradient = whole.clone(), torch.empty(SIZE)
    restored = FlatOptimizer(kind, parameters, other_gradient, weight_decay)
    restored.restore(optimizer.state())
    for step, value in enumerate(values[8:], start=8):
        gradient.copy_(value)
        other_gradient.copy_(value)
        optimizer.step(rate(step))
        restored.step(rate(step))
    assert torch.equal(parameters, whole)
    assert optimizer.state().keys() == restored.state().keys()
    for name, array in optimizer.state().items():
        np.testing.assert_array_equal(array, restored.state()[name])


@pytest.mark.parametrize("kind", PYTORCH)
def test_a_state_is_a_copy(kind: Optimizer) -> None:
    parameters, gradient = start(), gradients(1)[0]
    optimizer = FlatOptimizer(kind, parameters, gradient, 0.0)
    optimizer.step(0.1)
    state = optimizer.state()
    before = {name: array.copy() for name, array in state.items()}
    optimizer.step(0.1)
    for name, array in state.items():
        np.testing.assert_array_equal(array, before[name])
        assert array.dtype == np.float32
    assert state["steps"] == 1


@pytest.mark.parametrize("kind", PYTORCH)
def test_a_state_restored_before_the_first_step_changes_nothing(kind: Optimizer) -> None:
    fresh, restored = start(), start()
    gradient = gradients(1)[0]
    one, other = (FlatOptimizer(kind, vector, gradient, 0.01) for vector in (fresh, restored))
    other.restore(one.state())
    one.step(0.1)
    other.step(0.1)
    assert torch.equal(fresh, restored)


def test_only_adam_and_adamw_keep_second_moments() -> None:
    for kind in PYTORCH:
        state = FlatOptimizer(kind, start(), start(), 0.0).state()
        assert ("second" in state) == (kind in ("adam", "adamw"))


def test_adam_and_adamw_differ_by_their_weight_decay_alone() -> None:
    def after(kind: Optimizer, weight_decay: float) -> Tensor:
        vector = start()
        optimizer = FlatOptimizer(kind, vector, gradients(1)[0], weight_decay)
        for _ in range(3):
            optimizer.step(0.01)
        return vector

    assert torch.equal(after("adam", 0.0), after("adamw", 0.0))
    assert not torch.allclose(after("adam", 0.5), after("adamw", 0.5))


@pytest.mark.parametrize("kind", KERNELS)
def test_a_pytorch_without_the_kernel_is_named(kind: Optimizer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch, KERNELS[kind])
    with pytest.raises(
        TrainingError, match=rf"^PyTorch {torch.__version__.replace('+', '.')} does not have .* “{kind}”"
    ):
        FlatOptimizer(kind, start(), start(), 0.0)


def test_every_optimizer_has_its_kernel() -> None:
    assert set(KERNELS) == set(PYTORCH) == set(setting_options("optimizer"))
