import numpy as np
import pytest
import torch

from benchmarks.finder import RATES
from core.config import TrainConfig
from core.data.dataset import ImageDataset, SourceDataset, Splits
from core.data.splits import make_splits
from core.errors import TrainingError
from core.training.finder import HIGHEST, LOWEST, advised_rates, find_learning_rate
from core.training.fit import fit

pytestmark = pytest.mark.numerics


@pytest.fixture
def published(small_splits: Splits) -> SourceDataset:
    return SourceDataset(small_splits.train, small_splits.test)


def losses_after(config: TrainConfig, splits: Splits) -> float:
    return [event.metrics.val_loss for event in fit(config, splits) if hasattr(event, "metrics")][-1]


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_what_it_advises_trains_better_than_far_below_or_above(
    published: SourceDataset, small_splits: Splits, optimizer: str
) -> None:
    config = TrainConfig(hidden_size=32, epochs=2, optimizer=optimizer, batch_size=32, schedule="constant")
    curve = find_learning_rate(config, published)
    assert curve.advice is not None
    for rate in (curve.advice.valley, curve.advice.cautious):
        right = losses_after(config.replace(learning_rate=rate), small_splits)
        assert right < losses_after(config.replace(learning_rate=max(1e-5, rate / 100)), small_splits)
        assert right < losses_after(config.replace(learning_rate=min(10, rate * 300)), small_splits)


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


def test_the_valley_lies_just_below_the_least_loss() -> None:
    rates = np.geomspace(1e-5, 10, 200)
    # A logistic fall around 1e-2, then a rise; the least loss is known from the curve itself.
    losses = 2.3 - 2 / (1 + np.exp(-4 * (np.log10(rates) + 2))) + np.where(rates > 0.3, rates, 0)
    least = rates[losses.argmin()]
    for optimizer, share in (("adam", 0.4), ("sgd", 0.8)):
        advice = advised_rates(rates, losses, optimizer)
        assert advice.valley == pytest.approx(share * least, rel=0.25)
        assert advice.cautious == pytest.approx(least / 10, rel=0.25)


@pytest.mark.parametrize("losses", [np.ones(200), np.linspace(1, 2, 200), np.empty(0), np.ones(3)])
def test_a_loss_that_never_falls_gives_no_advice(losses: np.ndarray) -> None:
    assert advised_rates(np.geomspace(1e-5, 10, 200)[: len(losses)], losses) is None


def test_it_begins_where_a_run_has_ended(published: SourceDataset, small_splits: Splits) -> None:
    config = TrainConfig(hidden_size=32, epochs=6, learning_rate=0.003)
    trained = [event for event in fit(config, small_splits) if hasattr(event, "checkpoint")][-1].checkpoint.weights
    fresh, begun = (find_learning_rate(config, published, start) for start in (None, trained))
    assert begun.losses[0] < 0.5 * fresh.losses[0]
    with pytest.raises(TrainingError, match="same layers"):
        find_learning_rate(config.replace(hidden_size=33), published, trained)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{"batch_size": 32}, {"hidden_size": 64, "optimizer": "momentum"}], ids=str)
def test_what_it_advises_is_about_as_good_as_the_best_of_nine_rates(
    mnist_train: ImageDataset, mnist_test: ImageDataset, changes: dict[str, object]
) -> None:
    """Small, two of the configurations that ``make bench`` trains: one point is ten of the validation images."""
    pool, test = mnist_train.subset(np.arange(7_000)), mnist_test.subset(np.arange(50))
    config = TrainConfig(hidden_size=32, training_size=2_000, validation_size=1_000, epochs=4).replace(**changes)
    splits = make_splits(pool, test, config)

    def accuracy(rate: float) -> float:
        events = fit(config.replace(learning_rate=rate), splits)
        return [event.metrics.val_accuracy for event in events if hasattr(event, "metrics")][-1]

    advice = find_learning_rate(config, SourceDataset(pool, test)).advice
    assert accuracy(advice.valley) >= max(map(accuracy, RATES)) - 0.01
