"""What every run store does, whatever its database: the same tests for SQLite and PostgreSQL."""

import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event, select, update

from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.errors import NewerVersionError, RunError, RunNotFoundError, RunTakenError
from core.models.numpy_model import NumpyModel
from core.runs.archive import bring_in_demo
from core.runs.files import RunFiles, half_precision
from core.runs.ownership import INTERRUPTED_SERVER
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.schema import EARLY, EPOCHS, RUNS, SERVERS
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from tests.core.builders import (
    ENVIRONMENT,
    SMALL,
    assert_same_checkpoint,
    assert_same_metrics,
    assert_same_run,
    make_checkpoint,
    make_early,
    make_metrics,
    make_run,
    make_weights,
)
from tests.core.conftest import OpenStore

ROOT = Path(__file__).parents[3]
ABSURD_IDS = [
    "",
    "../x",
    "..",
    "/etc/passwd",
    "a/b",
    "a" * 64,
    "a" * 100_000,
    "A",
    "a b",
    "a\0b",
    "\ud800",
    "'; DROP--",
    "no-such-run",
]
NOBODY_SAID = "There is no run “{}”: it may have been deleted."


def record_epochs(store: RunStore, run_id: str, *epochs: int) -> None:
    for epoch in epochs:
        store.record_epoch(run_id, make_metrics(epoch))
        store.record_checkpoint(run_id, make_checkpoint(epoch))


def started_run(store: RunStore, *epochs: int, config: TrainConfig = SMALL) -> str:
    run_id = store.create(config).run_id
    store.record_start(run_id, ENVIRONMENT)
    record_epochs(store, run_id, *epochs)
    return run_id


def ended_run(store: RunStore, status: RunStatus = RunStatus.STOPPED) -> str:
    run_id = started_run(store, 1)
    store.record_status(run_id, status)
    return run_id


def in_threads(functions: list[Callable[[], None]]) -> list[Exception]:
    """Start all at one moment; what they raised."""
    gate, errors = threading.Barrier(len(functions)), []

    def run(function: Callable[[], None]) -> None:
        gate.wait(30)
        try:
            function()
        except Exception as error:  # noqa: BLE001
            errors.append(error)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return errors


def some_images(count: int = 50) -> ImageDataset:
    generator = np.random.default_rng(1)
    images = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return ImageDataset("random", images, generator.integers(0, 10, count))


def probabilities_by_hand(weights: dict[str, np.ndarray], images: np.ndarray) -> np.ndarray:
    """Softmax of a 784-4-10 ReLU network in double precision."""
    x = (images.reshape(-1, 784) / 255 - ENVIRONMENT.mean) / ENVIRONMENT.std
    hidden = np.maximum(0, x @ weights["layers.0.weight"].T.astype(float) + weights["layers.0.bias"])
    logits = hidden @ weights["layers.1.weight"].T.astype(float) + weights["layers.1.bias"]
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def fall_asleep(store: RunStore) -> None:
    """Let its lease run out, as seen from another machine."""
    with store.database.begin() as connection:
        entry = update(SERVERS).where(SERVERS.c.server_id == store.lease().server_id)
        connection.execute(entry.values(lease_until=1.0, boot_id="another-machine"))


def change_row(store: RunStore, run_id: str, **values: object) -> None:
    with store.database.begin() as connection:
        connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(values))


def assert_fenced(store: RunStore, run_id: str) -> None:
    """Nothing that this server records of the run counts, in the database or on disk."""
    files = {path: path.read_bytes() for path in store.files.folder(run_id).iterdir()}
    before = store.get(run_id)
    for write in (
        lambda: store.record_start(run_id, replace(ENVIRONMENT, device="elsewhere")),
        lambda: store.record_epoch(run_id, make_metrics(7)),
        lambda: store.record_checkpoint(run_id, make_checkpoint(7)),
        lambda: store.record_predictions(run_id, np.eye(10, dtype=np.float32), 0.5, "digest"),
        lambda: store.record_status(run_id, RunStatus.FAILED, "Late."),
    ):
        with pytest.raises(RunTakenError) as caught:
            write()
        assert str(caught.value).startswith(f"Run “{run_id}” is no longer trained by this server: ")
    assert_same_run(store.get(run_id), before)
    assert {path: path.read_bytes() for path in store.files.folder(run_id).iterdir()} == files


class StoreContract:
    """Needs the fixtures ``settings``, ``open_store`` and ``store``."""

    @pytest.fixture
    def writer(self, settings: Settings, environment_for_subprocesses: dict[str, str]) -> Callable[..., object]:
        """``with writer("run-id", "3") as process:`` another server that writes epochs; its output is read by line."""

        @contextmanager
        def start(*arguments: str) -> Iterator[subprocess.Popen[str]]:
            environment = environment_for_subprocesses | {"DIGITLAB_HOME": str(settings.home)}
            if settings.database_url:
                environment["DIGITLAB_DATABASE_URL"] = settings.database_url
            command = [sys.executable, "-m", "tests.core.runs.write_run", *arguments]
            pipe = subprocess.PIPE
            with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
                try:
                    yield process
                finally:
                    process.kill()

        return start

    # --- one run from its beginning to its end ---

    def test_a_new_run_is_queued(self, store: RunStore) -> None:
        before = datetime.now(UTC)
        run = store.create(SMALL)
        assert (run.status, run.config, run.epochs, run.epochs_done) == (RunStatus.QUEUED, SMALL, (), 0.0)
        assert before <= run.created <= datetime.now(UTC)
        assert (run.started, run.ended, run.error, run.test_accuracy, run.test_looks) == (None, None, None, None, 0)
        assert run.run_id.startswith(f"{run.name}-")
        assert (run.owner, run.origin) == (None, RunOrigin.TRAINED)
        assert_same_run(store.get(run.run_id), run)

    def test_whose_a_run_is_and_where_it_comes_from_stay(self, store: RunStore) -> None:
        run_id = store.create(SMALL, owner="a" * 32, origin=RunOrigin.EXPERIMENT).run_id
        store.record_start(run_id, ENVIRONMENT)
        record_epochs(store, run_id, 1)
        store.record_status(run_id, RunStatus.STOPPED)
        store.requeue(run_id)
        for run in (store.get(run_id), store.summary(run_id), *store.runs()):
            assert (run.owner, run.origin) == ("a" * 32, RunOrigin.EXPERIMENT)

    def test_a_run_that_continues_elsewhere_keeps_where_it_was(self, store: RunStore) -> None:
        there = replace(ENVIRONMENT, device="cuda", versions={"torch": "3"})
        run_id = ended_run(store)
        for environment, earlier in (
            (ENVIRONMENT, ()),
            (there, (("cpu", "2"),)),
            (replace(there, threads=1), (("cpu", "2"),)),
            (ENVIRONMENT, (("cuda", "3"),)),
        ):
            store.requeue(run_id)
            store.record_start(run_id, environment)
            assert store.get(run_id).environment == replace(environment, earlier=earlier)
            store.record_status(run_id, RunStatus.STOPPED)

    def test_a_run_that_begins_again_was_nowhere_before(self, store: RunStore) -> None:
        """Without a checkpoint, nothing is left of what another device has trained."""
        run_id = started_run(store)
        store.record_status(run_id, RunStatus.INTERRUPTED)
        store.requeue(run_id)
        there = replace(ENVIRONMENT, device="cuda")
        store.record_start(run_id, there)
        assert store.get(run_id).environment == there

    def test_the_whole_life_of_a_run(self, store: RunStore) -> None:
        run_id = store.create(SMALL).run_id
        store.record_start(run_id, ENVIRONMENT)
        running = store.get(run_id)
        assert (running.status, running.environment) == (RunStatus.RUNNING, ENVIRONMENT)
        assert running.started is not None
        record_epochs(store, run_id, 1, 2)
        run = store.get(run_id)
        assert (run.epochs_done, run.seconds, run.val_accuracy) == (2.0, 3.0, 0.75)
        for epoch, metrics in enumerate(run.epochs, start=1):
            assert_same_metrics(metrics, make_metrics(epoch))
        test = some_images()
        store.record_predictions(run_id, np.eye(10, dtype=np.float32)[test.labels], 0.5, test.digest)
        store.record_status(run_id, RunStatus.COMPLETED)
        run = store.get(run_id)
        assert (run.status, run.test_accuracy, run.error) == (RunStatus.COMPLETED, 0.5, None)
        assert run.started <= run.ended <= datetime.now(UTC)
        assert store.predictions(run_id, test).accuracy == 1.0
        assert_same_checkpoint(store.files.load_checkpoint(run_id), make_checkpoint(2))
        assert [epoch for epoch, _ in store.epoch_models(run_id)] == [1, 2]

    def test_the_listing_is_newest_first_and_the_demo_last(self, store: RunStore) -> None:
        runs = [make_run(f"run-{day}") for day in (2, 1, 3)]
        for day, run in zip((2, 1, 3), runs, strict=True):
            store.insert(replace(run, created=datetime(2026, 1, day, tzinfo=UTC)))
        store.insert(replace(make_run(DEMO_RUN_ID), created=datetime(2027, 1, 1, tzinfo=UTC)))
        assert [run.run_id for run in store.runs()] == ["run-3", "run-2", "run-1", DEMO_RUN_ID]
        assert all(run.epochs == () for run in store.runs())

    def test_a_run_made_elsewhere_comes_in_whole_and_replaces(self, store: RunStore) -> None:
        store.insert(make_run(epochs=4))
        run = make_run(epochs=2)
        store.insert(run)
        assert_same_run(store.get(run.run_id), run)

    def test_a_failed_run_says_why(self, store: RunStore) -> None:
        run_id = started_run(store, 1)
        store.record_status(run_id, RunStatus.FAILED, "The loss was no longer a finite number.")
        run = store.get(run_id)
        assert (run.status, run.error) == (RunStatus.FAILED, "The loss was no longer a finite number.")
        assert len(run.epochs) == 1

    def test_an_end_is_dated_and_nothing_else(self, store: RunStore) -> None:
        run_id = started_run(store)
        for status in RunStatus:
            store.record_status(run_id, status)
            assert (store.get(run_id).ended is None) == status.is_active

    # --- epochs, continued ---

    def test_an_epoch_that_was_cut_off_is_replaced_and_what_came_after_goes(self, store: RunStore) -> None:
        run_id = started_run(store)
        for metrics in (make_metrics(1), make_metrics(2), make_metrics(3, step=4, seconds=0.5)):
            store.record_epoch(run_id, metrics)
        assert (store.get(run_id).epochs_done, store.get(run_id).seconds) == (2.4, 3.5)
        store.record_epoch(run_id, make_metrics(2, seconds=9.0))
        run = store.get(run_id)
        assert [metrics.epoch for metrics in run.epochs] == [1, 2]
        assert (run.epochs_done, run.seconds) == (2.0, 10.5)

    def test_a_run_that_was_cut_short_can_be_continued(self, store: RunStore) -> None:
        run_id = started_run(store, 1)
        for status in (RunStatus.STOPPED, RunStatus.INTERRUPTED):
            store.record_status(run_id, status, "Something happened.")
            run = store.requeue(run_id)
            assert (run.status, run.ended, run.error) == (RunStatus.QUEUED, None, None)
            assert len(run.epochs) == 1
            assert store.mark_interrupted() == []

    def test_no_other_run_can(self, store: RunStore) -> None:
        run_id = started_run(store, 1)
        for status in set(RunStatus) - {RunStatus.STOPPED, RunStatus.INTERRUPTED}:
            store.record_status(run_id, status)
            with pytest.raises(RunError) as caught:
                store.requeue(run_id)
            sentence = f"Run “{run_id}” is {status}: only a stopped or interrupted run can be continued."
            assert str(caught.value) == sentence
            assert store.get(run_id).status is status

    def test_a_run_with_a_damaged_checkpoint_says_so_and_stays_as_it_is(self, store: RunStore) -> None:
        run_id = ended_run(store)
        path = store.files.folder(run_id) / "checkpoint.safetensors"
        path.write_bytes(path.read_bytes()[:1_000])
        with pytest.raises(RunError, match="cannot be read: it is damaged"):
            store.requeue(run_id)
        assert store.get(run_id).status is RunStatus.STOPPED
        store.delete(run_id)

    def test_of_many_that_continue_a_run_at_once_one_gets_it(self, open_store: OpenStore) -> None:
        stores = [open_store(), open_store()]
        run_id = ended_run(stores[0])
        errors = in_threads([lambda store=store: store.requeue(run_id) for store in stores * 4])
        assert [type(error) for error in errors] == [RunError] * 7

    def test_new_weights_make_the_old_test_results_stale(self, store: RunStore) -> None:
        run_id = ended_run(store)
        test = some_images()
        before = store.predictions(run_id, test)
        assert store.get(run_id).test_accuracy == before.accuracy
        store.requeue(run_id)
        store.record_start(run_id, ENVIRONMENT)
        record_epochs(store, run_id, 2)
        assert store.get(run_id).test_accuracy is None
        after = store.predictions(run_id, test)
        assert not np.array_equal(before.probabilities, after.probabilities)

    # --- models and predictions ---

    def test_predictions_are_computed_once_and_kept(self, store: RunStore) -> None:
        run_id, test = ended_run(store), some_images()
        expected = probabilities_by_hand(make_checkpoint(1).weights, test.images)
        predictions = store.predictions(run_id, test)
        np.testing.assert_allclose(predictions.probabilities, expected, atol=1e-5)
        assert predictions.run_id == run_id
        assert store.get(run_id).test_accuracy == pytest.approx((expected.argmax(1) == test.labels).mean())
        (store.files.folder(run_id) / "checkpoint.safetensors").unlink()
        np.testing.assert_array_equal(store.predictions(run_id, test).probabilities, predictions.probabilities)
        with pytest.raises(RunError, match="has no weights yet"):
            store.predictions(run_id, test.subset(np.arange(10)))

    def test_damaged_predictions_are_computed_again(self, store: RunStore) -> None:
        run_id, test = ended_run(store), some_images()
        expected = store.predictions(run_id, test).probabilities
        path = store.files.folder(run_id) / "predictions.safetensors"
        path.write_bytes(path.read_bytes()[:100])
        np.testing.assert_array_equal(store.predictions(run_id, test).probabilities, expected)
        store.files.save_predictions(run_id, expected[:7], test.digest)
        np.testing.assert_array_equal(store.predictions(run_id, test).probabilities, expected)

    def test_predictions_of_a_run_that_goes_on_are_not_kept(self, store: RunStore) -> None:
        run_id, test = started_run(store, 1), some_images()
        assert len(store.predictions(run_id, test).labels) == len(test)
        assert store.files.load_predictions(run_id, test.digest) is None
        assert store.get(run_id).test_accuracy is None

    def test_no_epoch_yet_no_model(self, store: RunStore) -> None:
        run_id = store.create(SMALL).run_id
        with pytest.raises(RunError, match="has no weights yet"):
            store.model(run_id)
        assert store.epoch_models(run_id) == []

    # --- ids, names, looks, deletion ---

    def test_absurd_ids_are_not_found(self, store: RunStore) -> None:
        questions = (
            store.get,
            store.model,
            store.epoch_models,
            store.delete,
            store.requeue,
            lambda run_id: store.predictions(run_id, some_images(1)),
            lambda run_id: store.rename(run_id, "x"),
            lambda run_id: store.record_epoch(run_id, make_metrics(1)),
            lambda run_id: store.record_checkpoint(run_id, make_checkpoint(1)),
        )
        for run_id, ask in itertools.product(ABSURD_IDS, questions):
            with pytest.raises(RunNotFoundError) as caught:
                ask(run_id)
            assert str(caught.value) == NOBODY_SAID.format(run_id[:64])
            assert not store.exists(run_id)
        assert not store.files.root.exists()

    def test_absurd_ids_cannot_be_created(self, store: RunStore) -> None:
        for run_id in set(ABSURD_IDS) - {"", "no-such-run"}:
            with pytest.raises(RunError, match="A run’s ID consists of lower-case letters, digits and hyphens"):
                store.create(SMALL, run_id)
        assert store.runs() == []

    def test_an_id_can_be_chosen_once(self, store: RunStore) -> None:
        assert store.create(SMALL, "my-run").name == "my"
        with pytest.raises(RunError, match="There is already a run “my-run”"):
            store.create(SMALL, "my-run")

    def test_names(self, store: RunStore) -> None:
        run_id = store.create(SMALL).run_id
        for given, kept in (
            ("  two \n words\t", "two words"),
            ("x" * 100, "x" * 40),
            ("Ünïcødé ✎ <b>", "Ünïcødé ✎ <b>"),
            ("a\0b\x1b[31m", "ab[31m"),
            ("Robert'); DROP TABLE runs;--", "Robert'); DROP TABLE runs;--"),
        ):
            store.rename(run_id, given)
            assert store.get(run_id).name == kept
        for empty in ("", " \n", "\0", "\x1b"):
            with pytest.raises(RunError, match="A run needs a name of at least one letter"):
                store.rename(run_id, empty)

    def test_no_look_is_lost(self, open_store: OpenStore) -> None:
        stores = [open_store(), open_store()]
        run_id = ended_run(stores[0])

        def look(store: RunStore) -> None:
            for _ in range(10):
                store.count_test_look(run_id)

        assert in_threads([lambda store=store: look(store) for store in stores * 3]) == []
        assert stores[0].get(run_id).test_looks == 60

    def test_an_ended_run_can_be_deleted(self, store: RunStore) -> None:
        other = ended_run(store)
        for status in (status for status in RunStatus if not status.is_active):
            run_id = ended_run(store, status)
            store.delete(run_id)
            assert [run.run_id for run in store.runs()] == [other]
            assert not store.files.folder(run_id).exists()
            with pytest.raises(RunNotFoundError):
                store.delete(run_id)
            # Nothing of it is left: a run of the same name starts empty.
            assert store.create(SMALL, run_id).epochs == ()
            store.record_status(run_id, RunStatus.FAILED)
            store.delete(run_id)
        assert store.model(other).run_id == other

    def test_an_active_run_cannot_be_deleted(self, store: RunStore) -> None:
        run_id = started_run(store, 1)
        for status in (status for status in RunStatus if status.is_active):
            store.record_status(run_id, status)
            with pytest.raises(RunError, match=f"is {status}: stop it before you delete it"):
                store.delete(run_id)
        assert store.model(run_id).run_id == run_id

    def test_the_demo_run_cannot_be_deleted(self, store: RunStore) -> None:
        store.insert(make_run(DEMO_RUN_ID))
        with pytest.raises(RunError, match="The demo run comes with Digit Lab and cannot be deleted"):
            store.delete(DEMO_RUN_ID)

    # --- several stores, threads and processes ---

    def test_two_stores_see_each_others_runs(self, open_store: OpenStore) -> None:
        ours, theirs = open_store(), open_store()
        run_id = started_run(ours, 1)
        assert theirs.get(run_id).epochs_done == 1.0
        np.testing.assert_array_equal(
            theirs.model(run_id).weights["layers.0.weight"], make_checkpoint(1).weights["layers.0.weight"]
        )
        ours.record_status(run_id, RunStatus.STOPPED)
        theirs.rename(run_id, "mine now")
        assert ours.get(run_id).name == "mine now"
        theirs.delete(run_id)
        with pytest.raises(RunNotFoundError):
            ours.get(run_id)

    def test_many_open_an_empty_home_at_once(self, open_store: OpenStore) -> None:
        def open_and_use() -> None:
            started_run(open_store(), 1)

        assert in_threads([open_and_use] * 6) == []
        assert len(open_store().runs()) == 6

    def test_threads_and_another_process_write_at_once(
        self, open_store: OpenStore, writer: Callable[..., object]
    ) -> None:
        store = open_store()
        with writer("other-process", "12") as process:
            errors = in_threads([lambda: started_run(store, *range(1, 13))] * 4)
            said = [process.stdout.readline() for _ in range(12)]
        assert errors == []
        assert said == [f"{epoch}\n" for epoch in range(1, 13)]
        assert len(store.runs()) == 5
        for run in store.runs():
            whole = store.get(run.run_id)
            assert [metrics.epoch for metrics in whole.epochs] == list(range(1, 13))
            assert_same_checkpoint(store.files.load_checkpoint(run.run_id), make_checkpoint(12))

    def test_a_kill_loses_nothing_that_was_acknowledged(self, store: RunStore, writer: Callable[..., object]) -> None:
        with writer("killed") as process:
            said = [int(process.stdout.readline()) for _ in range(15)]
            process.kill()
            said += [int(line) for line in process.stdout]
            process.wait()
        run = store.get("killed")
        # Killed between the row and its acknowledgement, it may have one more than it said.
        assert [metrics.epoch for metrics in run.epochs][: len(said)] == said
        assert len(run.epochs) - len(said) in (0, 1)
        for metrics in run.epochs:
            assert_same_metrics(metrics, make_metrics(metrics.epoch))
        assert run.epochs_done == float(len(run.epochs))
        checkpoint = store.files.load_checkpoint("killed")
        assert checkpoint.epoch in (said[-1], said[-1] + 1)
        assert_same_checkpoint(checkpoint, make_checkpoint(checkpoint.epoch))
        assert store.mark_interrupted() == ["killed"]
        run = store.get("killed")
        assert (run.status, run.error) == (RunStatus.INTERRUPTED, INTERRUPTED_SERVER)
        assert run.ended is not None
        assert store.requeue("killed").status is RunStatus.QUEUED

    def test_a_run_of_a_living_process_is_left_alone(self, store: RunStore, writer: Callable[..., object]) -> None:
        ours = started_run(store, 1)
        with writer("theirs", "2") as process:
            assert [process.stdout.readline() for _ in range(2)] == ["1\n", "2\n"]
            assert store.mark_interrupted() == []
            assert store.get("theirs").status is RunStatus.RUNNING
            process.kill()
            process.wait()
            assert store.mark_interrupted() == ["theirs"]
        assert store.get("theirs").status is RunStatus.INTERRUPTED
        assert store.get(ours).status is RunStatus.RUNNING

    def test_an_orderly_end_leaves_its_runs_to_be_continued(self, open_store: OpenStore) -> None:
        ours, theirs = open_store(), open_store()
        active = [started_run(ours, 1) for _ in range(3)]
        for run_id, status in zip(active, (RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.STOPPING), strict=True):
            ours.record_status(run_id, status)
        ended = ended_run(ours)
        ours.close()
        assert sorted(theirs.mark_interrupted()) == sorted(active)
        assert theirs.mark_interrupted() == []
        assert theirs.get(ended).status is RunStatus.STOPPED

    def test_a_run_that_nobody_owns_is_interrupted(self, store: RunStore) -> None:
        store.insert(replace(make_run(), status=RunStatus.RUNNING))
        assert store.mark_interrupted() == [make_run().run_id]

    def test_threads_share_one_lease(self, store: RunStore) -> None:
        leases = []
        assert in_threads([lambda: leases.append(store.lease())] * 8) == []
        assert len({lease.server_id for lease in leases}) == 1

    # --- a run that another server has taken over ---

    def test_whoever_lost_a_run_writes_no_more(self, open_store: OpenStore) -> None:
        ours, theirs = open_store(), open_store()
        run_id = started_run(ours, 1)
        fall_asleep(ours)
        assert theirs.mark_interrupted() == [run_id]
        # Awake again, it has a lease, but no longer the run.
        ours.lease().renew(ours.database)
        assert_fenced(ours, run_id)
        assert theirs.get(run_id).status is RunStatus.INTERRUPTED
        theirs.requeue(run_id)
        assert_fenced(ours, run_id)
        theirs.record_start(run_id, ENVIRONMENT)
        record_epochs(theirs, run_id, 2)
        theirs.record_status(run_id, RunStatus.STOPPED)
        assert_fenced(ours, run_id)
        assert ours.mark_interrupted() == []
        # It may be taken back like any other.
        ours.requeue(run_id)
        record_epochs(ours, run_id, 3)
        with pytest.raises(RunTakenError):
            theirs.record_status(run_id, RunStatus.FAILED)

    def test_a_run_that_ended_is_written_by_its_last_server_only(self, open_store: OpenStore) -> None:
        ours, theirs = open_store(), open_store()
        run_id = ended_run(ours)
        assert_fenced(theirs, run_id)
        ours.record_status(run_id, RunStatus.INTERRUPTED, "Its weights could not be kept.")
        theirs.rename(run_id, "anybody may")
        theirs.count_test_look(run_id)
        theirs.predictions(run_id, some_images())
        run = ours.get(run_id)
        assert (run.name, run.test_looks, run.test_accuracy is None) == ("anybody may", 1, False)

    def test_a_lease_that_ran_out_unnoticed_changes_nothing(self, open_store: OpenStore) -> None:
        ours, theirs = open_store(), open_store()
        run_id = started_run(ours, 1)
        fall_asleep(ours)
        ours.lease().renew(ours.database)
        assert theirs.mark_interrupted() == []
        record_epochs(ours, run_id, 2)
        ours.record_status(run_id, RunStatus.STOPPED)
        assert theirs.get(run_id).epochs_done == 2.0

    def test_a_run_entered_right_after_a_sleep_is_nobody_elses(self, open_store: OpenStore) -> None:
        ours, theirs = open_store(), open_store()
        ours.lease()
        fall_asleep(ours)
        theirs.mark_interrupted()
        run_id = ours.create(SMALL).run_id
        assert theirs.mark_interrupted() == []
        fall_asleep(ours)
        # Nobody takes itself for dead.
        assert ours.mark_interrupted() == []
        assert ours.get(run_id).status is RunStatus.QUEUED

    def test_to_look_for_lost_runs_writes_nothing(self, open_store: OpenStore) -> None:
        ours, theirs = open_store(), open_store()
        started_run(ours, 1)
        statements: list[str] = []
        event.listen(theirs.database, "before_cursor_execute", lambda *arguments: statements.append(arguments[2]))
        assert theirs.mark_interrupted() == []
        assert statements
        assert all(statement.startswith(("SELECT", "PRAGMA")) for statement in statements)

    # --- the bin ---

    def test_what_cannot_be_read_can_be_thrown_away_once_it_has_ended(self, store: RunStore) -> None:
        run_id = store.create(SMALL).run_id
        with store.database.begin() as connection:
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(config="{nonsense}"))
        with pytest.raises(RunError, match="is queued: stop it before you delete it"):
            store.bin.put(run_id)
        store.record_status(run_id, RunStatus.FAILED)
        store.bin.put(run_id)
        assert (store.listing.unreadable(), store.listing.whose([run_id]), store.exists(run_id)) == ([], [], False)
        store.bin.take_back(run_id)
        assert store.listing.unreadable() == [run_id]
        (whose,) = store.listing.whose([run_id, "no-such-run", "no\0id"])
        assert (whose.run_id, whose.status, whose.owner) == (run_id, "failed", None)
        store.delete(run_id)
        assert not store.exists(run_id)
        assert not store.files.folder(run_id).exists()

    def test_what_is_thrown_away_is_gone_for_everybody_and_comes_back_whole(
        self, store: RunStore, open_store: OpenStore
    ) -> None:
        run_id, kept = ended_run(store), ended_run(store)
        before, files = store.get(run_id), store.files.usage(run_id)
        store.bin.put(run_id)
        for one in (store, open_store()):
            assert [run.run_id for run in one.runs()] == [kept]
            assert not one.exists(run_id)
            for ask in (one.get, one.summary, one.requeue, one.model, one.bin.put, one.delete):
                with pytest.raises(RunNotFoundError):
                    ask(run_id)
        assert store.files.usage(run_id) == files > 0
        store.bin.take_back(run_id)
        assert_same_run(store.get(run_id), before)
        assert store.files.usage(run_id) == files

    def test_the_end_of_a_session_empties_what_it_threw_away(self, store: RunStore) -> None:
        gone, other, kept = (ended_run(store) for _ in range(3))
        store.bin.put(gone)
        store.bin.put(other)
        store.bin.empty([gone, kept, "no-such-run", "../runs"])
        assert not store.files.folder(gone).exists()
        with pytest.raises(RunError, match="deleted for good"):
            store.bin.take_back(gone)
        store.bin.take_back(other)
        assert {run.run_id for run in store.runs()} == {other, kept}

    def test_nobody_empties_or_takes_back_what_another_living_server_has_in_the_bin(
        self, open_store: OpenStore
    ) -> None:
        ours, theirs = open_store(), open_store()
        run_id = ended_run(ours)
        ours.bin.put(run_id)
        theirs.bin.empty([run_id])
        assert theirs.bin.empty_after_others() == []
        with pytest.raises(RunError):
            theirs.bin.take_back(run_id)
        ours.bin.take_back(run_id)
        assert theirs.exists(run_id)
        assert theirs.files.usage(run_id) > 0

    def test_the_next_server_empties_the_bin_of_one_that_is_gone(self, open_store: OpenStore) -> None:
        ours, theirs = open_store(), open_store()
        run_id, kept = ended_run(ours), ended_run(ours)
        ours.bin.put(run_id)
        ours.close()
        assert theirs.bin.empty_after_others() == [run_id]
        assert not theirs.files.folder(run_id).exists()
        with theirs.database.connect() as connection:
            assert list(connection.execute(select(RUNS.c.run_id)).scalars()) == [kept]
            assert set(connection.execute(select(EPOCHS.c.run_id)).scalars()) == {kept}

    def test_a_kill_between_files_and_row_is_made_good_by_the_next_server(
        self, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ours, theirs = open_store(), open_store()
        run_id = ended_run(ours)
        ours.bin.put(run_id)

        def die(files: RunFiles, dead: str) -> None:
            next(files.folder(dead).glob("*")).unlink()
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(RunFiles, "delete", die)
            with pytest.raises(KeyboardInterrupt):
                ours.bin.empty([run_id])
        assert not theirs.exists(run_id), "half of a run is never shown"
        ours.close()
        assert theirs.bin.empty_after_others() == [run_id]
        assert not theirs.files.folder(run_id).exists()

    def test_a_run_that_comes_in_again_is_not_in_the_bin(self, store: RunStore) -> None:
        store.insert(make_run())
        store.bin.put(make_run().run_id)
        store.insert(make_run())
        store.bin.empty([make_run().run_id])
        assert_same_run(store.get(make_run().run_id), make_run())

    # --- what people say of a run ---

    def test_what_people_say_of_a_run_stays_and_is_no_new_version(self, store: RunStore) -> None:
        run_id = ended_run(store)
        before = store.summary(run_id)
        store.remark(run_id, tags=("Paper", " paper ", "wide,  two words", ""), starred=True)
        store.remark(run_id, notes=" One\x00\r\nline\t“more” \n\n")
        store.remark(run_id, reflection="It was wider than I thought.")
        store.remark(run_id)
        run = store.get(run_id)
        assert run.tags == ("paper", "wide", "two words")
        assert (run.notes, run.starred) == ("One\nline\t“more”", True)
        assert run.reflection == "It was wider than I thought."
        assert run.version == before.version
        store.remark(run_id, tags=(), notes="", reflection="", starred=False)
        assert store.summary(run_id) == before

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"tags": ("x" * 31,)}, "A tag can have at most 30 characters"),
            ({"tags": tuple(f"tag {n}" for n in range(21))}, "at most 20 tags, not 21"),
            ({"notes": "x" * 10_001}, "at most 10,000 characters, not 10,001"),
            ({"reflection": "x" * 10_001}, "at most 10,000 characters"),
        ],
    )
    def test_too_much_is_refused(self, store: RunStore, said: dict[str, object], sentence: str) -> None:
        run_id = ended_run(store)
        with pytest.raises(RunError, match=sentence):
            store.remark(run_id, starred=True, **said)
        assert not store.summary(run_id).starred
        with pytest.raises(RunNotFoundError):
            store.remark("no-such-run", starred=True)

    def test_a_trial_knows_its_search(self, store: RunStore) -> None:
        run_id = store.create(SMALL, origin=RunOrigin.SEARCH, study="wide-or-deep").run_id
        assert (store.summary(run_id).origin, store.summary(run_id).study) == (RunOrigin.SEARCH, "wide-or-deep")

    # --- what cannot be read ---

    @pytest.mark.parametrize(
        "damage",
        [
            {"config": '{"hidden_size": 4, "unheard_of": 1}'},
            {"config": '{"loss": "glorious"}'},
            {"config": "{"},
            {"status": "glorious"},
            {"environment": "[]"},
            {"environment": "{"},
        ],
    )
    def test_a_run_that_cannot_be_read_is_one_run(self, store: RunStore, damage: dict[str, str]) -> None:
        good, bad = ended_run(store), ended_run(store)
        change_row(store, bad, **damage)
        assert [run.run_id for run in store.runs()] == [good]
        assert store.listing.unreadable() == [bad]
        sentence = f"Run “{bad}” cannot be read: a newer version of Digit Lab wrote it, or it is damaged."
        questions = (store.get, store.summary, store.requeue, lambda run_id: store.predictions(run_id, some_images(1)))
        for ask in questions:
            with pytest.raises(NewerVersionError) as caught:
                ask(bad)
            assert str(caught.value) == sentence
        with store.database.connect() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.run_id == bad)).one()._asdict()
        assert row | damage | {"status": damage.get("status", "stopped")} == row
        # Its end goes on to be kept within the budget, as does that of every other.
        store.record_status(good, RunStatus.STOPPED)
        assert store.mark_interrupted() == []
        assert store.files.usage(bad) > 0

    def test_epochs_that_cannot_be_read_belong_to_one_run(self, store: RunStore) -> None:
        good, bad = ended_run(store), ended_run(store)
        with store.database.begin() as connection:
            connection.execute(update(EPOCHS).where(EPOCHS.c.run_id == bad).values(metrics='{"epoch": 1}'))
        assert {run.run_id for run in store.runs()} == {good, bad}
        assert store.summary(bad).run_id == bad
        with pytest.raises(NewerVersionError, match="cannot be read"):
            store.get(bad)

    # --- versions, for caches ---

    def test_the_version_changes_with_the_weights(self, store: RunStore) -> None:
        run_id = store.create(SMALL).run_id
        seen = [store.summary(run_id).version]
        steps = (
            lambda: store.record_start(run_id, ENVIRONMENT),
            lambda: store.record_epoch(run_id, make_metrics(1)),
            lambda: store.record_checkpoint(run_id, make_checkpoint(1)),
            lambda: store.record_epoch(run_id, make_metrics(2)),
            lambda: store.record_checkpoint(run_id, make_checkpoint(2)),
            lambda: store.record_status(run_id, RunStatus.COMPLETED),
        )
        for step in steps:
            step()
            seen.append(store.summary(run_id).version)
        assert len(set(seen)) == len(seen)
        # Neither a look nor a name changes what is cached.
        store.count_test_look(run_id)
        store.rename(run_id, "another")
        assert store.get(run_id).version == store.summary(run_id).version == seen[-1]

    def test_predictions_of_weights_that_were_replaced_meanwhile_are_not_kept(
        self, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, test = open_store(), some_images()
        run_id = ended_run(store)
        load = RunFiles.load_model

        def load_and_train_on(files: RunFiles, run_id: str) -> NumpyModel:
            model = load(files, run_id)
            store.requeue(run_id)
            record_epochs(store, run_id, 2)
            store.record_status(run_id, RunStatus.STOPPED)
            return model

        monkeypatch.setattr(RunFiles, "load_model", load_and_train_on)
        store.predictions(run_id, test)
        assert store.files.load_predictions(run_id, test.digest) is None
        assert store.get(run_id).test_accuracy is None

    def test_a_summary_is_the_run_without_its_epochs(self, store: RunStore) -> None:
        run_id = started_run(store, 1, 2)
        assert_same_run(store.summary(run_id), replace(store.get(run_id), epochs=()))

    # --- early snapshots ---

    def test_early_snapshots_are_no_epochs(self, store: RunStore) -> None:
        run_id = store.create(SMALL).run_id
        store.record_start(run_id, ENVIRONMENT)
        for step in (0, 1, 3):
            store.record_early(run_id, make_early(step), half_precision(make_weights(SMALL, seed=step)))
        run = store.get(run_id)
        assert (run.early, run.epochs, run.epochs_done) == (tuple(map(make_early, (0, 1, 3))), (), 0.0)
        models = store.early_models(run_id)
        assert [step for step, _ in models] == [0, 1, 3]
        weights = make_weights(SMALL, seed=3)["layers.0.weight"]
        np.testing.assert_array_equal(models[2][1].weights["layers.0.weight"], weights.astype(np.float16))
        assert store.summary(run_id).early == ()

    def test_a_run_that_starts_over_begins_anew(self, store: RunStore) -> None:
        run_id = store.create(SMALL).run_id
        for step in (0, 1, 3):
            store.record_early(run_id, make_early(step), half_precision(make_weights(SMALL)))
        store.record_early(run_id, make_early(0), None)
        assert store.get(run_id).early == (make_early(0),)
        assert store.early_models(run_id) == []

    def test_early_snapshots_go_with_their_run(self, store: RunStore) -> None:
        run_id = store.create(SMALL).run_id
        store.record_early(run_id, make_early(0), half_precision(make_weights(SMALL)))
        store.record_status(run_id, RunStatus.FAILED)
        store.delete(run_id)
        with store.database.connect() as connection:
            assert connection.execute(select(EARLY)).all() == []
        assert not store.files.folder(run_id).exists()

    def test_only_who_holds_a_run_records_how_it_began(self, store: RunStore, open_store: OpenStore) -> None:
        run_id = open_store().create(SMALL).run_id
        with pytest.raises(RunTakenError):
            store.record_early(run_id, make_early(0), None)
        assert store.get(run_id).early == ()

    # --- budgets and the demo ---

    def test_an_end_keeps_the_store_within_its_budget(self, open_store: OpenStore) -> None:
        store = open_store(store_budget=36_000)
        runs = [started_run(store, 1, 2) for _ in range(3)]
        for run_id in runs:
            store.record_status(run_id, RunStatus.STOPPED)
        # An epoch of this network takes 8 kB in half precision, so that four of six fit.
        assert [len(store.epoch_models(run_id)) for run_id in runs] == [0, 2, 2]
        assert [store.model(run_id).run_id for run_id in runs] == runs

    def test_the_demo_comes_in_once_and_its_looks_stay(self, store: RunStore) -> None:
        bring_in_demo(store)
        demo = store.get(DEMO_RUN_ID)
        assert demo.status is RunStatus.COMPLETED
        assert len(demo.epochs) == demo.config.epochs
        store.count_test_look(DEMO_RUN_ID)
        files = {path: path.stat().st_mtime_ns for path in store.files.folder(DEMO_RUN_ID).iterdir()}
        bring_in_demo(store)
        assert {path: path.stat().st_mtime_ns for path in store.files.folder(DEMO_RUN_ID).iterdir()} == files
        assert store.get(DEMO_RUN_ID).test_looks == 1
        (store.files.folder(DEMO_RUN_ID) / "version").write_text("an older one")
        bring_in_demo(store)
        assert store.get(DEMO_RUN_ID).test_looks == 1
        assert [run.run_id for run in store.runs()] == [DEMO_RUN_ID]

    def test_many_servers_bring_the_demo_in_at_once(self, open_store: OpenStore) -> None:
        stores = [open_store() for _ in range(4)]
        assert in_threads([lambda store=store: bring_in_demo(store) for store in stores]) == []
        demo: Run = stores[0].get(DEMO_RUN_ID)
        assert [metrics.epoch for metrics in demo.epochs] == list(range(1, demo.config.epochs + 1))
        assert stores[0].model(DEMO_RUN_ID).config == demo.config
        leftovers = [name for name in os.listdir(stores[0].files.folder(DEMO_RUN_ID)) if name.startswith(".")]  # noqa: PTH208
        assert leftovers == []
