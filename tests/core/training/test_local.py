import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

import core.training.local
from core.config import TrainConfig
from core.data.dataset import Splits
from core.errors import DataError, DivergedError, RunTakenError, TrainingError
from core.runs.lease import Lease
from core.runs.records import Run
from core.runs.schema import SERVERS
from core.runs.status import DISK_FULL, RunStatus
from core.runs.store import RunStore
from core.training.events import EpochCompleted, TrainingStarted
from core.training.local import KeptLease, train_here
from tests.core.builders import assert_same_checkpoint
from tests.core.conftest import OpenStore
from tests.core.training.builders import stop_after

CONFIG = TrainConfig(hidden_size=8, epochs=2, batch_size=50, training_size=600)
DEADLINE_SECONDS = 30


@pytest.fixture(autouse=True)
def small_data(monkeypatch: pytest.MonkeyPatch, small_splits: Splits) -> None:
    monkeypatch.setattr(core.training.local, "load_splits", lambda config, home: small_splits)


def train(store: RunStore, config: TrainConfig = CONFIG, should_stop: Callable[[], bool] = lambda: False) -> Run:
    run_id = store.create(config).run_id
    for _ in train_here(store, config, run_id, should_stop):
        pass
    return store.get(run_id)


def test_what_is_trained_is_kept(store: RunStore, small_splits: Splits) -> None:
    run_id = store.create(CONFIG).run_id
    events = list(train_here(store, CONFIG, run_id))
    assert isinstance(events[0], TrainingStarted)
    last = [event for event in events if isinstance(event, EpochCompleted)][-1]
    run = store.get(run_id)
    assert (run.status, run.error, run.epochs_done) == (RunStatus.COMPLETED, None, 2.0)
    assert run.environment == events[0].environment
    assert run.val_accuracy == last.metrics.val_accuracy
    assert_same_checkpoint(store.files.load_checkpoint(run_id), last.checkpoint)
    predicted = store.model(run_id).probabilities(small_splits.test.images).argmax(1)
    assert run.test_accuracy == pytest.approx(np.mean(predicted == small_splits.test.labels))


def test_an_epoch_is_in_the_store_before_anybody_hears_of_it(store: RunStore) -> None:
    run_id = store.create(CONFIG).run_id
    for event in train_here(store, CONFIG, run_id):
        if isinstance(event, EpochCompleted):
            assert store.get(run_id).epochs_done == event.metrics.epoch
            assert store.files.load_checkpoint(run_id).epoch == event.metrics.epoch


def test_a_stop_keeps_what_was_learned(store: RunStore) -> None:
    run = train(store, should_stop=stop_after(17))
    assert (run.status, run.epochs_done) == (RunStatus.STOPPED, pytest.approx(17 / 12))
    assert run.can_continue
    assert run.test_accuracy is not None


def test_a_stop_in_the_very_last_batch_comes_too_late(store: RunStore) -> None:
    assert train(store, should_stop=stop_after(24)).status is RunStatus.COMPLETED


def test_a_divergence_is_a_failure_with_its_reason(store: RunStore) -> None:
    wild = CONFIG.replace(learning_rate=10, optimizer="sgd", hidden_layers=4, hidden_size=64, schedule="constant")
    run_id = store.create(wild).run_id
    with pytest.raises(DivergedError) as caught:
        list(train_here(store, wild, run_id))
    run = store.get(run_id)
    assert (run.status, run.error) == (RunStatus.FAILED, str(caught.value))
    assert run.test_accuracy is None


def test_data_that_cannot_be_read_is_a_failure_with_its_reason(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(config: TrainConfig, home: Path) -> Splits:
        raise DataError("The file is damaged.")

    monkeypatch.setattr(core.training.local, "load_splits", refuse)
    run_id = store.create(CONFIG).run_id
    with pytest.raises(DataError):
        list(train_here(store, CONFIG, run_id))
    run = store.get(run_id)
    assert (run.status, run.error) == (RunStatus.FAILED, "The file is damaged.")


def test_who_stops_listening_interrupts(store: RunStore) -> None:
    run_id = store.create(CONFIG).run_id
    training = train_here(store, CONFIG, run_id)
    for event in training:
        if isinstance(event, EpochCompleted):
            break
    training.close()
    run = store.get(run_id)
    assert (run.status, run.error, run.epochs_done) == (RunStatus.INTERRUPTED, "The training run was interrupted.", 1.0)
    assert store.requeue(run_id).status is RunStatus.QUEUED


@pytest.mark.parametrize(
    ("failure", "raised", "sentence"),
    [
        (OSError(28, "no space left"), TrainingError, DISK_FULL),
        (PermissionError(13, "denied"), PermissionError, "The training run was interrupted."),
    ],
)
def test_a_run_whose_predictions_cannot_be_kept_is_not_complete(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, failure: OSError, raised: type[Exception], sentence: str
) -> None:
    def refuse(*_: object) -> None:
        raise failure

    monkeypatch.setattr(store, "record_predictions", refuse)
    run_id = store.create(CONFIG).run_id
    with pytest.raises(raised):
        list(train_here(store, CONFIG, run_id))
    run = store.get(run_id)
    assert (run.status, run.error) == (RunStatus.INTERRUPTED, sentence)


def test_a_run_that_another_process_has_taken_is_left_to_it(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RunTakenError("Another server goes on with this run.")

    written: list[object] = []
    monkeypatch.setattr(store, "record_checkpoint", refuse)
    monkeypatch.setattr(store, "record_status", lambda *arguments: written.append(arguments))
    run_id = store.create(CONFIG).run_id
    with pytest.raises(RunTakenError):
        list(train_here(store, CONFIG, run_id))
    assert written == []


# --- the lease ---


def test_the_lease_is_renewed_until_the_end(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.training.local, "LEASE_RENEWAL_SECONDS", 0.001)
    renewed = threading.Semaphore(0)
    monkeypatch.setattr(Lease, "renew", lambda self, database: renewed.release())
    kept = KeptLease(store)
    with kept:
        for _ in range(3):
            assert renewed.acquire(timeout=DEADLINE_SECONDS)
    assert not kept._thread.is_alive()


def test_a_database_that_is_away_for_a_moment_does_not_end_the_renewals(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core.training.local, "LEASE_RENEWAL_SECONDS", 0.001)
    failures, renewed = iter([True, True]), threading.Event()
    warned: list[threading.Thread] = []
    monkeypatch.setattr(core.training.local.logger, "warning", lambda *_: warned.append(threading.current_thread()))
    kept = KeptLease(store)

    def renew(self: Lease, database: object) -> None:
        # Engines of other tests in this process renew leases as well.
        if threading.current_thread() is not kept._thread:
            return
        if next(failures, False):
            raise OperationalError("UPDATE servers", {}, Exception("database is locked"))
        renewed.set()

    monkeypatch.setattr(Lease, "renew", renew)
    with kept:
        assert renewed.wait(DEADLINE_SECONDS)
    assert warned == [kept._thread] * 2


def test_a_run_that_was_taken_over_ends_here_and_stays_as_it_is(store: RunStore, open_store: OpenStore) -> None:
    theirs = open_store()
    run_id = store.create(CONFIG).run_id
    events = train_here(store, CONFIG, run_id)
    assert any(isinstance(event, EpochCompleted) for event in events)
    with store.database.begin() as connection:
        # As seen from another machine, this one has been silent for too long.
        connection.execute(update(SERVERS).values(lease_until=1.0, boot_id="another-machine"))
    assert theirs.mark_interrupted() == [run_id]
    theirs.requeue(run_id)
    with pytest.raises(RunTakenError, match="is no longer trained by this server"):
        list(events)
    run = theirs.get(run_id)
    assert (run.status, run.error, run.epochs_done) == (RunStatus.QUEUED, None, 1.0)
