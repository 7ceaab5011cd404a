import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from core.config import TrainConfig
from core.training.schedule import learning_rate_at, plateau_factor, schedule_curve

pytestmark = pytest.mark.numerics

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


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine", "one_cycle", "plateau"])
@pytest.mark.parametrize("total", [1, 2, 3, 4, 7])
def test_the_shortest_trainings_have_a_rate_too(schedule: str, total: int) -> None:
    assert all(0 < rate <= PEAK for rate in rates(schedule, total))


def test_steps_are_those_of_pytorch() -> None:
    expected = rates_of_pytorch(400, torch.optim.lr_scheduler.MultiStepLR, milestones=[200, 300], gamma=0.1)
    assert rates("step", 400) == pytest.approx(expected)


@pytest.mark.parametrize(
    "losses",
    [
        [],
        [1.0],
        [1.0, 0.9, 0.8],
        [1.0, 1.1, 1.2, 1.3, 1.4, 1.5],
        [1.0, 1.1, 0.9, 0.95, 0.96, 0.8, 0.9, 0.7, 0.7, 0.7],
        [1.0, 1.0, 1.0],
    ],
)
def test_a_plateau_is_that_of_pytorch(losses: list[float]) -> None:
    """PyTorch waits for more than ``patience`` bad epochs: 1 there is 2 here."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1, threshold=0.0)
    for loss in losses:
        scheduler.step(loss)
    assert plateau_factor(losses) == pytest.approx(optimizer.param_groups[0]["lr"])
    config = TrainConfig(learning_rate=PEAK, schedule="plateau", epochs=20)
    assert learning_rate_at(config, 10 * len(losses), 10, losses) == pytest.approx(PEAK * plateau_factor(losses))


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_warm_up_rises_in_a_straight_line(schedule: str) -> None:
    config = TrainConfig(learning_rate=PEAK, schedule=schedule, epochs=10, warm_up=2)
    plain = config.replace(warm_up=0)
    for step in (0, 1, 50, 199, 200, 201, 999):
        share = min(1.0, (step + 1) / 200)
        assert learning_rate_at(config, step, 100) == pytest.approx(share * learning_rate_at(plain, step, 100))


def test_the_curve_is_what_the_training_will_do() -> None:
    config = TrainConfig(schedule="one_cycle", epochs=4, batch_size=50, training_size=1_000, warm_up=0.5)
    curve = schedule_curve(config, points=80)
    assert curve.positions[0] == 0
    assert curve.positions[-1] == pytest.approx(4 - 1 / 20)
    steps = [round(position * 20) for position in curve.positions]
    assert curve.rates.tolist() == [learning_rate_at(config, step, 20) for step in steps]


@pytest.mark.parametrize(("images", "steps"), [(1_000, 16), (96, 2), (64, 1), (10, 1)])
def test_the_curve_has_as_many_steps_as_the_training(images: int, steps: int) -> None:
    """Of the images that there are, 1,000,000 asked for; the last batch of an epoch may be smaller."""
    config = TrainConfig(schedule="step", epochs=8, batch_size=64, training_size=1_000_000, warm_up=1)
    curve = schedule_curve(config, images, points=8 * steps)
    assert np.diff(curve.positions) == pytest.approx(1 / steps)
    assert curve.rates.tolist() == [learning_rate_at(config, step, steps) for step in range(8 * steps)]
