import numpy as np
import pytest
import torch

from core.config import TrainConfig
from core.data.dataset import SourceDataset, Splits
from core.errors import TrainingError
from core.training.finder import HIGHEST, LOWEST, find_learning_rate, suggested_rate
from core.training.fit import fit

pytestmark = pytest.mark.numerics


@pytest.fixture
def published(small_splits: Splits) -> SourceDataset:
    return SourceDataset(small_splits.train, small_splits.test)


def losses_after(config: TrainConfig, splits: Splits) -> float:
    return [event.metrics.val_loss for event in fit(config, splits) if hasattr(event, "metrics")][-1]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_suggestion_trains_better_than_far_below_or_above(
    published: SourceDataset, small_splits: Splits, optimizer: str
) -> None:
    config = TrainConfig(hidden_size=32, epochs=2, optimizer=optimizer, batch_size=32, schedule="constant")
    curve = find_learning_rate(config, published)
    assert curve.suggestion is not None
    right = losses_after(config.replace(learning_rate=curve.suggestion), small_splits)
    assert right < losses_after(config.replace(learning_rate=max(1e-5, curve.suggestion / 100)), small_splits)
    assert right < losses_after(config.replace(learning_rate=min(10, curve.suggestion * 300)), small_splits)


def test_rates_grow_geometrically_and_it_ends_when_the_loss_leaves(published: SourceDataset) -> None:
    curve = find_learning_rate(TrainConfig(hidden_size=32, optimizer="sgd"), published)
    steps = np.diff(np.log(curve.rates))
    assert steps == pytest.approx(np.full(len(steps), np.log(HIGHEST / LOWEST) / 199))
    assert curve.rates[0] == LOWEST
    assert len(curve.rates) == len(curve.losses) < 200
    assert np.isfinite(curve.losses).all()


def test_the_same_config_gives_the_same_curve(published: SourceDataset) -> None:
    torch.manual_seed(7)
    first, again = (find_learning_rate(TrainConfig(hidden_size=8, dropout=0.2), published) for _ in range(2))
    np.testing.assert_array_equal(first.losses, again.losses)


def test_a_valley_is_found_where_it_is_steepest() -> None:
    rates = np.geomspace(1e-5, 10, 200)
    # A logistic fall around 1e-2, then a rise.
    losses = 2.3 - 2 / (1 + np.exp(-4 * (np.log10(rates) + 2))) + np.where(rates > 1, rates, 0)
    assert suggested_rate(rates, losses) == pytest.approx(1e-2, rel=0.3)


@pytest.mark.parametrize("losses", [np.ones(200), np.linspace(1, 2, 200), np.empty(0), np.ones(3)])
def test_a_loss_that_never_falls_suggests_nothing(losses: np.ndarray) -> None:
    assert suggested_rate(np.geomspace(1e-5, 10, 200)[: len(losses)], losses) is None


def test_it_begins_where_a_run_has_ended(published: SourceDataset, small_splits: Splits) -> None:
    config = TrainConfig(hidden_size=32, epochs=6, learning_rate=0.003)
    trained = [event for event in fit(config, small_splits) if hasattr(event, "checkpoint")][-1].checkpoint.weights
    fresh, begun = (find_learning_rate(config, published, start) for start in (None, trained))
    assert begun.losses[0] < 0.5 * fresh.losses[0]
    with pytest.raises(TrainingError, match="same layers"):
        find_learning_rate(config.replace(hidden_size=33), published, trained)
