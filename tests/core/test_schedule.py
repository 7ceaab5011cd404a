import math
from itertools import pairwise

import pytest
import torch

from core.config import TrainConfig
from core.training.schedule import learning_rate_at

PEAK = 0.02


def rates(schedule: str, total: int) -> list[float]:
    config = TrainConfig(learning_rate=PEAK, schedule=schedule, epochs=1)
    return [learning_rate_at(config, step, total) for step in range(total)]


def rates_of_pytorch(total: int, make: type, **options: object) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=PEAK)
    scheduler = make(optimizer, **options)
    found = []
    for _ in range(total):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize("total", [1, 2, 10, 4_300])
def test_cosine_is_that_of_pytorch(total: int) -> None:
    expected = rates_of_pytorch(total, torch.optim.lr_scheduler.CosineAnnealingLR, T_max=total)
    assert rates("cosine", total) == pytest.approx(expected, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("total", [100, 4_300])
def test_one_cycle_has_the_shape_of_pytorchs(total: int) -> None:
    """The same ends and turn; PyTorch reaches its turn and its end one step earlier."""
    expected = rates_of_pytorch(
        total,
        torch.optim.lr_scheduler.OneCycleLR,
        max_lr=PEAK,
        total_steps=total + 1,
        pct_start=0.3,
        div_factor=25,
        final_div_factor=1e4 / 25,
        cycle_momentum=False,
    )
    one_step = math.pi / 2 / (0.3 * total)
    assert rates("one_cycle", total) == pytest.approx(expected, abs=1.5 * one_step * PEAK)


def test_constant_is_constant() -> None:
    assert set(rates("constant", 50)) == {PEAK}


def test_cosine_falls_from_the_peak_to_nothing() -> None:
    found = rates("cosine", 1_000)
    assert found[0] == PEAK
    assert found[500] == pytest.approx(PEAK / 2)
    assert 0 < found[-1] < 1e-5 * PEAK
    assert all(before > after for before, after in pairwise(found))


def test_one_cycle_rises_for_three_tenths_and_falls_to_nearly_nothing() -> None:
    found = rates("one_cycle", 1_000)
    assert found[0] == pytest.approx(0.04 * PEAK)
    assert found[300] == pytest.approx(PEAK)
    assert max(found) <= PEAK
    rising, falling = found[:301], found[300:]
    assert all(before < after for before, after in pairwise(rising))
    assert all(before > after for before, after in pairwise(falling))
    assert 1e-4 * PEAK < found[-1] < 2e-4 * PEAK


@pytest.mark.parametrize("schedule", ["constant", "cosine", "one_cycle"])
@pytest.mark.parametrize("total", [1, 2, 3, 4, 7])
def test_the_shortest_trainings_have_a_rate_too(schedule: str, total: int) -> None:
    assert all(0 < rate <= PEAK for rate in rates(schedule, total))
