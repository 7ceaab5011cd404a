"""Early snapshots: where they are taken, that they tell the truth, and that they change nothing."""

from collections.abc import Iterable

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss

import core.training.early
from core.config import TrainConfig
from core.data.dataset import Splits
from core.models.numpy_model import NumpyModel
from core.training.early import MOST_WEIGHTS, sample_positions, snapshot_steps
from core.training.events import EpochCompleted, SnapshotTaken, TrainingEvent
from core.training.fit import fit
from core.training.probes import probe_positions
from tests.core.training.test_fit import CONFIG, CPU, STEPS, assert_same_training, epochs_of, stop_after

pytestmark = pytest.mark.numerics

KINDS = {
    "torch": CONFIG.replace(epochs=2, dropout=0.3, batch_norm=True, rotation=10.0, mixup=0.2, patience=1),
    "numpy": CONFIG.replace(epochs=2, dropout=0.3, backend="numpy"),
    "cnn": CONFIG.replace(epochs=1, architecture="cnn"),
}


def snapshots_of(events: Iterable[TrainingEvent]) -> list[SnapshotTaken]:
    return [event for event in events if isinstance(event, SnapshotTaken)]


def test_places_are_spaced_like_a_logarithm() -> None:
    assert snapshot_steps(860) == [0, 1, 3, 10, 30, 100, 300]
    assert snapshot_steps(10) == [0, 1, 3]
    assert snapshot_steps(1) == [0]


def test_the_sample_is_the_same_every_time_and_spread_evenly() -> None:
    positions = sample_positions(5_000)
    assert (len(positions), positions[0], positions[-1]) == (500, 0, 4_999)
    assert set(np.diff(positions)) <= {10, 11}
    assert sample_positions(7).tolist() == list(range(7))


@pytest.mark.parametrize("kind", KINDS)
def test_they_change_no_number(kind: str, small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = list(fit(KINDS[kind], small_splits, device=CPU))
    assert [taken.snapshot.step for taken in snapshots_of(looked_at)] == [0, 1, 3, 10]
    monkeypatch.setattr(core.training.early, "snapshot_steps", lambda _: [])
    unseen = list(fit(KINDS[kind], small_splits, device=CPU))
    assert snapshots_of(unseen) == []
    assert_same_training(epochs_of(looked_at), epochs_of(unseen))


@pytest.mark.parametrize("kind", KINDS)
def test_each_says_what_its_weights_say(kind: str, small_splits: Splits) -> None:
    config, validation = KINDS[kind], small_splits.validation
    sample = sample_positions(len(validation))
    probes = validation.images[probe_positions(validation.labels, 10)]
    for taken in snapshots_of(fit(config, small_splits, device=CPU)):
        weights = {name: array.astype(np.float32) for name, array in taken.weights.items()}
        model = NumpyModel("", config, weights, small_splits.normalisation, validation.class_names)
        probabilities = model.probabilities(validation.images[sample])
        labels = validation.labels[sample]
        # The weights are kept in half precision.
        assert taken.snapshot.val_loss == pytest.approx(log_loss(labels, probabilities, labels=range(10)), abs=0.01)
        assert taken.snapshot.val_accuracy == pytest.approx(
            accuracy_score(labels, probabilities.argmax(1)), abs=2 / len(labels)
        )
        assert taken.snapshot.val_images == len(labels)
        assert taken.snapshot.probe_confidence == pytest.approx(model.probabilities(probes).max(1), abs=0.01)
        assert taken.snapshot.position == taken.snapshot.step / STEPS


def test_the_first_shows_the_untrained_network(small_splits: Splits) -> None:
    first, *_ = snapshots_of(fit(CONFIG, small_splits, device=CPU))
    torch.manual_seed(0)
    untrained = core.training.fit.make_learner(CONFIG, small_splits, CPU).weights()
    for name, array in first.weights.items():
        np.testing.assert_array_equal(array, untrained[name].astype(np.float16))


@pytest.mark.parametrize("batches", [1, STEPS])
def test_a_training_that_goes_on_takes_no_more(batches: int, small_splits: Splits) -> None:
    (cut,) = epochs_of(fit(CONFIG, small_splits, device=CPU, should_stop=stop_after(batches)))
    assert snapshots_of(fit(CONFIG, small_splits, device=CPU, resume=cut.checkpoint)) == []


def test_a_loss_that_is_none_is_left_to_the_training(small_splits: Splits) -> None:
    events = fit(CONFIG.replace(optimizer="sgd", learning_rate=10.0, loss="squared_error"), small_splits, device=CPU)
    taken = []
    with pytest.raises(core.errors.DivergedError):
        taken.extend(events)
    assert all(np.isfinite(look.snapshot.val_loss) for look in snapshots_of(taken))


def test_very_wide_networks_keep_no_weights(small_splits: Splits, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.training.early, "MOST_WEIGHTS", 100)
    assert [taken.weights for taken in snapshots_of(fit(CONFIG.replace(epochs=1), small_splits, device=CPU))] == (
        [None] * 4
    )
    assert 784 * 1024 + 1024 * 1024 < MOST_WEIGHTS < 784 * 4096


def test_an_epoch_says_what_it_makes_of_the_probe_digits(small_splits: Splits) -> None:
    config, validation = TrainConfig(hidden_size=12, batch_size=50, epochs=1), small_splits.validation
    (done,) = [event for event in fit(config, small_splits, device=CPU) if isinstance(event, EpochCompleted)]
    model = NumpyModel("", config, done.checkpoint.weights, small_splits.normalisation, validation.class_names)
    expected = model.probabilities(validation.images[probe_positions(validation.labels, 10)])
    assert list(done.metrics.probe_predicted) == expected.argmax(1).tolist()
    assert done.metrics.probe_confidence == pytest.approx(expected.max(1), abs=1e-3)


def test_a_pause_counts_as_nobodys_time_and_changes_no_number(small_splits: Splits) -> None:
    asked: list[float] = []

    def pause() -> float:
        """Nobody waits for an hour, but this says that somebody did."""
        asked.append(3_600.0)
        return asked[-1]

    plain = epochs_of(fit(CONFIG, small_splits, device=CPU))
    held_up = epochs_of(fit(CONFIG, small_splits, device=CPU, pause=pause))
    assert len(asked) == CONFIG.epochs * STEPS
    assert_same_training(plain, held_up)
    assert sum(done.metrics.seconds for done in held_up) < 0
