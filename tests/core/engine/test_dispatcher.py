"""What becomes of runs whose worker, store or cluster does not do its part."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from core.data.catalogue import Catalogue
from core.engine.attempts import SHUT_DOWN
from core.engine.job import SCHEDULER_LOST, WORKER_LOST
from core.engine.messages import (
    DataNeededEvent,
    EndedEvent,
    EpochEvent,
    StartedEvent,
    TaskEnded,
    WorkerJoined,
    WorkerLost,
)
from core.engine.recorder import KEEP_SECONDS, NOT_KEPT
from core.engine.store_rest import REST_SECONDS
from core.errors import DataError, EngineError, RunTakenError
from core.runs.status import DISK_FULL, RunStatus
from core.runs.store import RunStore
from core.training.threads import ThreadBudget
from tests.core.builders import ENVIRONMENT, make_checkpoint, make_early, make_metrics
from tests.core.engine.fakes import ALONE, Bench, FakeConnection

WRITES = ["record_start", "record_epoch", "record_checkpoint", "record_predictions", "record_status"]


@pytest.fixture
def bench(store: RunStore) -> Bench:
    return Bench(store)


def fail(store: RunStore, method: str, error: Exception, monkeypatch: pytest.MonkeyPatch, times: int = 10**9) -> None:
    """Let a method of the store raise so many times, or until ``monkeypatch`` is undone, then do what it should."""
    real: Callable[..., Any] = getattr(store, method)
    left = iter(range(times))

    def call(*arguments: Any) -> Any:
        if getattr(store, method) is call and next(left, None) is not None:
            raise error
        return real(*arguments)

    monkeypatch.setattr(store, method, call)


def no_database() -> OperationalError:
    return OperationalError("UPDATE", {}, Exception("database is locked"))


def test_a_run_is_completed_with_its_last_epoch_in_the_store(bench: Bench) -> None:
    run = bench.submit()
    run.begin()
    for epoch in (1, 2):
        run.epoch(epoch)
        assert bench.store.files.load_checkpoint(run.job.run_id).epoch == epoch
    run.end(2)
    run.assert_whole(2)
    assert not bench.connection.worker(run.worker).outboxes


def test_only_a_run_that_is_alone_may_use_more_than_one_thread(bench: Bench) -> None:
    first, second, third = bench.submit(), bench.submit(), bench.submit()
    assert (first.budget, second.budget) == (ALONE, ThreadBudget())
    for run in (first, second):
        run.begin()
        run.epoch(1)
        run.end(1)
        assert third.budget == ThreadBudget()


def test_a_continued_run_keeps_its_threads(bench: Bench) -> None:
    run = bench.submit()
    run.begin()
    run.epoch(1)
    run.end(1, RunStatus.STOPPED)
    assert bench.resume(run.job.run_id).budget == ThreadBudget(ENVIRONMENT.threads)


def test_early_snapshots_are_kept_before_the_first_epoch_and_stay_through_it(bench: Bench) -> None:
    run = bench.submit()
    run.begin()
    for step in (0, 1, 3):
        run.early(step)
    assert [early.step for early in run.job.snapshot().early] == [0, 1, 3]
    kept = bench.store.get(run.job.run_id)
    assert (kept.early, kept.epochs, kept.epochs_done) == (tuple(map(make_early, (0, 1, 3))), (), 0.0)
    run.epoch(1)
    run.end(1)
    run.assert_whole(1)
    assert run.job.snapshot().early == bench.store.get(run.job.run_id).early == kept.early
    assert [step for step, _ in bench.store.early_models(run.job.run_id)] == [0, 1, 3]


def test_a_run_that_fails_in_its_first_epoch_keeps_how_it_began(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(bench.store, "record_early", no_database(), monkeypatch, times=2)
    run = bench.submit()
    run.begin()
    run.early(0)
    bench.tell(EndedEvent(*run.name, RunStatus.FAILED, "It diverged.", handed=1))
    assert run.job.status is RunStatus.RUNNING
    bench.pass_time(3)
    assert (run.job.status, bench.store.get(run.job.run_id).early) == (RunStatus.FAILED, (make_early(0),))


@pytest.mark.parametrize("method", WRITES)
def test_what_the_store_does_not_take_is_written_later(
    bench: Bench, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(bench.store, method, no_database(), monkeypatch, times=1)
    run = bench.submit()
    run.begin()
    run.epoch(1)
    run.epoch(2)
    run.end(2)
    bench.pass_time(3)
    run.assert_whole(2)
    assert [metrics.epoch for metrics in bench.store.get(run.job.run_id).epochs] == [1, 2]


@pytest.mark.parametrize("method", ["record_epoch", "record_checkpoint", "record_predictions"])
@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (PermissionError(13, "denied"), NOT_KEPT),
        (OSError(28, "no space left"), DISK_FULL),
        (OperationalError("", {}, Exception("database or disk is full")), DISK_FULL),
        (OperationalError("", {}, Exception("database is locked")), NOT_KEPT),
    ],
)
def test_a_run_whose_end_cannot_be_kept_says_so(
    bench: Bench, method: str, failure: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail(bench.store, method, failure, monkeypatch)
    run = bench.submit()
    run.begin()
    run.epoch(1)
    run.end(1)
    bench.pass_time(KEEP_SECONDS - 1)
    assert run.job.status is RunStatus.RUNNING
    bench.pass_time(2)
    assert (run.job.status, run.job.snapshot().error) == (RunStatus.INTERRUPTED, sentence)
    monkeypatch.undo()
    bench.pass_time(3)
    assert bench.store.get(run.job.run_id).status is RunStatus.INTERRUPTED
    # There is room again: nothing forbids that it goes on.
    assert bench.store.requeue(run.job.run_id).status is RunStatus.QUEUED


def test_a_run_that_ends_while_the_database_is_away_keeps_its_epochs_and_can_continue(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bench.submit()
    run.begin()
    run.epoch(1)
    for method in WRITES:
        fail(bench.store, method, no_database(), monkeypatch)
    run.epoch(2)
    run.epoch(3)
    run.end(3)
    bench.pass_time(KEEP_SECONDS + 1)
    assert (run.job.status, run.job.snapshot().error) == (RunStatus.INTERRUPTED, NOT_KEPT)
    bench.pass_time(3)
    assert bench.store.get(run.job.run_id).status is RunStatus.RUNNING, "nobody could write that it ended"
    monkeypatch.undo()
    bench.pass_time(3)
    kept = bench.store.get(run.job.run_id)
    assert (kept.status, kept.error) == (RunStatus.INTERRUPTED, NOT_KEPT)
    assert [epoch.epoch for epoch in kept.epochs] == [1, 2, 3]
    again = bench.resume(run.job.run_id)
    again.begin()
    again.epoch(2)
    again.epoch(3)
    again.end(3)
    again.assert_whole(3)


def test_what_the_store_refuses_for_good_does_not_stand_before_the_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bench.submit()
    run.begin()
    fail(bench.store, "record_epoch", ValueError("It cannot be read."), monkeypatch)
    run.epoch(1)
    run.end(1)
    bench.pass_time(KEEP_SECONDS + 1)
    bench.pass_time(3)
    assert bench.store.get(run.job.run_id).error == NOT_KEPT


def test_an_exception_in_the_worker_is_not_an_empty_outbox(bench: Bench) -> None:
    run = bench.submit()
    run.begin()
    bench.connection.failure = RuntimeError("cannot pickle")
    run.epoch(1)
    run.end(1)
    assert run.job.status is RunStatus.RUNNING
    bench.connection.failure = None
    bench.pass_time(3)
    run.assert_whole(1)


def test_an_outbox_that_is_gone_ends_its_run_at_once(bench: Bench) -> None:
    run = bench.submit()
    run.begin()
    run.epoch(1)
    bench.connection.worker(run.worker).outboxes.clear()
    bench.tell(EndedEvent(*run.name, RunStatus.COMPLETED, None, (2, 10), has_result=True))
    assert (run.job.status, run.job.snapshot().error) == (RunStatus.INTERRUPTED, NOT_KEPT)


def test_a_worker_that_does_not_answer_holds_up_nobody_else(bench: Bench) -> None:
    stuck, other = bench.submit(), bench.submit()
    stuck.begin()
    bench.connection.frozen.add(stuck.worker)
    stuck.epoch(1)
    stuck.epoch(2)
    other.begin()
    other.epoch(1)
    waiting = bench.submit()
    waiting.job.stop()
    bench.tell()
    assert waiting.job.status is RunStatus.STOPPED
    other.end(1)
    other.assert_whole(1)
    assert stuck.job.status is RunStatus.RUNNING
    stuck.end(2)
    bench.pass_time(KEEP_SECONDS + 1)
    assert stuck.job.status is RunStatus.RUNNING, "its weights may be on their way"
    for answer in bench.connection.unanswered:
        answer.set_exception(TimeoutError())
    bench.tell()
    assert (stuck.job.status, stuck.job.snapshot().error) == (RunStatus.INTERRUPTED, NOT_KEPT)


def test_a_dataset_that_takes_long_to_read_holds_up_nobody_else(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    read = threading.Event()
    sent: queue.Queue[tuple[object, ...]] = queue.Queue()

    def load(catalogue: Catalogue, name: str) -> None:
        assert read.wait(60)
        raise DataError(f"{name} is damaged.")

    monkeypatch.setattr(Catalogue, "load", load)
    monkeypatch.setattr(bench.connection, "ask", lambda *asked: sent.put(asked) or Future())
    waiting, other = bench.submit(), bench.submit()
    bench.tell(DataNeededEvent(*waiting.name, "letters"))
    other.begin()
    assert (waiting.job.status, other.job.status) == (RunStatus.QUEUED, RunStatus.RUNNING)
    read.set()
    assert sent.get(timeout=60)[2:] == (waiting.key, None, "letters is damaged.")


def test_a_worker_that_ended_without_a_word_does_not_run_for_ever(bench: Bench) -> None:
    run = bench.submit()
    run.begin()
    bench.tell(TaskEnded(*run.name, "finished"))
    bench.pass_time(KEEP_SECONDS + 1)
    assert (run.job.status, run.job.snapshot().error) == (RunStatus.INTERRUPTED, NOT_KEPT)


def test_a_worker_lost_before_it_handed_over_interrupts_its_run(bench: Bench) -> None:
    run = bench.submit()
    run.begin()
    bench.connection.frozen.add(run.worker)
    run.epoch(1)
    run.end(1)
    bench.tell(WorkerLost(run.worker))
    assert (run.job.status, run.job.snapshot().error) == (RunStatus.INTERRUPTED, WORKER_LOST)


def test_no_checkpoint_is_kept_before_the_metrics_of_its_epoch(bench: Bench) -> None:
    """An early snapshot has it fetched, and the worker is lost before it is heard of the epoch."""
    run = bench.submit()
    run.begin()
    run.outbox.put(make_checkpoint(1))
    run.early(0)
    bench.tell(WorkerLost(run.worker))
    run_id, store = run.job.run_id, bench.store
    assert (run.job.status, store.get(run_id).epochs) == (RunStatus.INTERRUPTED, ())
    assert store.files.load_checkpoint(run_id) is None
    # Continued, it trains that epoch again.
    again = bench.resume(run_id)
    again.begin()
    again.outbox.put(make_checkpoint(1))
    again.early(0)
    bench.tell(EpochEvent(*again.name, make_metrics(1)))
    assert store.files.load_checkpoint(run_id).epoch == 1
    again.epoch(2)
    again.end(2)
    again.assert_whole(2)
    assert [metrics.epoch for metrics in store.get(run_id).epochs] == [1, 2]


def test_the_next_run_begins_while_the_last_is_still_written(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.connection.names = ["a"]
    fail(bench.store, "record_predictions", no_database(), monkeypatch, times=1)
    first, second = bench.submit(), bench.submit()
    first.begin()
    first.epoch(1)
    first.end(1)
    second.begin()
    assert (first.job.status, second.job.status) == (RunStatus.RUNNING, RunStatus.RUNNING)
    bench.pass_time(3)
    first.assert_whole(1)


def test_a_late_word_of_a_lost_attempt_does_not_make_the_next_one_interrupted(bench: Bench) -> None:
    bench.connection.names = ["a"]
    run = bench.submit()
    lost = run.name
    bench.connection.names = []
    bench.tell(WorkerLost("a"), StartedEvent(*lost, ENVIRONMENT))
    assert run.job.status is RunStatus.QUEUED
    bench.connection.names = ["b"]
    bench.tell(WorkerJoined("b"))
    assert run.worker == "b"
    bench.connection.names = ["c"]
    bench.tell(StartedEvent(*lost, ENVIRONMENT), WorkerLost("b"))
    assert (run.job.status, run.worker) == (RunStatus.QUEUED, "c")


def test_a_run_without_a_worker_knows_that_there_is_none(bench: Bench) -> None:
    bench.connection.names = []
    run = bench.submit()
    assert (run.job.snapshot().status, run.job.snapshot().workers) == (RunStatus.QUEUED, 0)
    bench.connection.names = ["a", "b"]
    bench.tell(WorkerJoined("a"))
    assert bench.dispatcher.workers == 2


def test_of_a_run_stopped_before_its_data_came_nothing_is_missing(bench: Bench) -> None:
    run = bench.submit()
    bench.tell(EndedEvent(*run.name, RunStatus.STOPPED))
    assert bench.store.get(run.job.run_id).status is RunStatus.STOPPED


@pytest.mark.parametrize("method", WRITES)
def test_a_run_that_another_server_has_taken_is_left_to_it(
    bench: Bench, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bench.submit()
    taken = RunTakenError("Another server goes on with this run.")
    written = []
    for name in WRITES:
        if WRITES.index(name) >= WRITES.index(method):
            fail(bench.store, name, taken, monkeypatch)
        else:
            real = getattr(bench.store, name)
            monkeypatch.setattr(bench.store, name, lambda *a, real=real, name=name: (written.append(name), real(*a)))
    run.begin()
    if run.job.status.is_active:
        run.epoch(1)
    if run.job.status.is_active:
        run.end(1)
    assert (run.job.status, run.job.snapshot().error) == (RunStatus.INTERRUPTED, str(taken))
    assert run.task.is_cancelled
    before = list(written)
    bench.pass_time(3)
    bench.dispatcher.close()
    assert written == before
    assert bench.store.get(run.job.run_id).status in (RunStatus.QUEUED, RunStatus.RUNNING)


def test_an_ending_that_could_not_be_written_is_written_at_the_close(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, going_on = bench.submit(), bench.submit()
    run.begin()
    run.epoch(1)
    fail(bench.store, "record_status", no_database(), monkeypatch, times=1)
    run.end(1)
    assert run.job.status is RunStatus.COMPLETED
    assert bench.store.get(run.job.run_id).status is RunStatus.RUNNING
    bench.dispatcher.close()
    run.assert_whole(1)
    assert bench.store.get(going_on.job.run_id).error == SHUT_DOWN
    assert bench.connection.is_closed


def test_maintenance_that_fails_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(bench.store, "mark_interrupted", no_database(), monkeypatch)
    run = bench.submit()
    bench.pass_time(3)
    run.begin()
    run.epoch(1)
    bench.pass_time(3)
    run.end(1)
    run.assert_whole(1)


def test_a_continued_run_hears_nothing_of_the_attempt_before(bench: Bench) -> None:
    run = bench.submit()
    run.begin()
    stale = EndedEvent(run.job.run_id, run.name[1] - 1, RunStatus.STOPPED)
    bench.tell(stale)
    assert run.job.status is RunStatus.RUNNING


@pytest.mark.parametrize("failure", [None, RuntimeError("The loop is closed.")])
def test_a_connection_that_breaks_interrupts_what_has_begun(store: RunStore, failure: Exception | None) -> None:
    first = FakeConnection(closing_fails=failure)
    bench = Bench(store, first)
    begun, given = bench.submit(), bench.submit()
    begun.begin()
    first.is_alive = False
    bench.connection = FakeConnection()
    bench.pass_time(3)
    assert first.is_closed
    assert begun.job.status is RunStatus.INTERRUPTED
    assert (given.job.status, len(bench.connection.trained)) == (RunStatus.QUEUED, 1)


def test_for_a_scheduler_that_went_away_runs_wait_and_say_so(store: RunStore) -> None:
    """It is looked for every few seconds; one that never was there fails them."""
    store.settings = store.settings.model_copy(update={"scheduler": "tcp://lab.example:8786"})
    bench, tries = Bench(store), []
    first, second = bench.connection, FakeConnection()
    assert bench.dispatcher.troubles == ()
    begun = bench.submit()
    begun.begin()
    first.is_alive = False

    def refuse(_: object) -> FakeConnection:
        tries.append(bench.now)
        raise EngineError("The scheduler does not answer.")

    bench.dispatcher._connector._starting._connect = refuse
    waiting = bench.submit()
    assert (begun.job.status, begun.job.snapshot().error) == (RunStatus.INTERRUPTED, SCHEDULER_LOST)
    assert (waiting.job.status, waiting.job.snapshot().workers) == (RunStatus.QUEUED, 0)
    assert bench.dispatcher.troubles == ("The scheduler does not answer.",)
    for _ in range(10):
        bench.pass_time(3)
    assert tries == [0, 6, 12, 18, 24, 30]
    bench.dispatcher._connector._starting._connect = lambda _: second
    bench.pass_time(6)
    assert [given[0].run_id for given in second.trained] == [waiting.job.run_id]
    assert bench.dispatcher.troubles == ()


def test_a_scheduler_that_never_answered_fails_what_waits(store: RunStore) -> None:
    store.settings = store.settings.model_copy(update={"scheduler": "tcp://lab.example:8786"})
    bench = Bench(store)

    def refuse(_: object) -> FakeConnection:
        raise EngineError("The scheduler does not answer.")

    bench.dispatcher._connector._starting._connect = refuse
    run = bench.submit()
    assert (run.job.status, run.job.snapshot().error) == (RunStatus.FAILED, "The scheduler does not answer.")


def test_a_run_whose_turn_comes_while_the_database_is_away_waits(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    is_away = {"now": True}

    def weights(store: RunStore, config: object) -> None:
        if is_away["now"]:
            raise no_database()

    monkeypatch.setattr("core.engine.scheduler.start_weights", weights)
    first, second = bench.submit(), bench.submit()
    bench.pass_time(60)
    assert (first.job.status, second.job.status) == (RunStatus.QUEUED, RunStatus.QUEUED)
    assert bench.store.get(first.job.run_id).status is RunStatus.QUEUED
    is_away["now"] = False
    bench.pass_time(5)
    for trained in (first, second):
        trained.begin()
        trained.epoch(1)
        trained.end(1)
        trained.assert_whole(1)


def test_a_run_that_waits_for_its_turn_asks_an_absent_database_now_and_then(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def dropped(*_: object) -> None:
        asked.append(bench.now)
        bench.now += 10
        raise no_database()

    monkeypatch.setattr("core.engine.scheduler.start_weights", dropped)
    for _ in range(4):
        bench.submit()
    assert len(asked) == 1
    bench.pass_time(REST_SECONDS)
    assert len(asked) == 2


def test_a_row_that_another_server_holds_costs_no_other_run_its_end(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, free = bench.submit(), bench.submit()
    real, asked = bench.store.record_epoch, []

    def waited(run_id: str, *arguments: Any) -> None:
        if run_id == held.job.run_id:
            asked.append(bench.now)
            bench.now += 10
            raise OperationalError("UPDATE", {}, SimpleNamespace(sqlstate="55P03"))
        real(run_id, *arguments)

    monkeypatch.setattr(bench.store, "record_epoch", waited)
    for one in (held, free):
        one.begin()
        one.epoch(1)
        one.end(1)
    bench.pass_time(2)
    free.assert_whole(1)
    for _ in range(3):
        bench.pass_time(2)
    assert len(asked) == 1, "whatever else is said or done meanwhile waits for it no more"


@pytest.mark.parametrize("failure", [no_database(), OSError(110, "Connection timed out")])
def test_runs_do_not_wait_in_turn_for_a_store_that_drops_packets(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    bench.connection.names = [f"worker-{number}" for number in range(8)]
    runs = [bench.submit() for _ in range(8)]
    for one in runs:
        one.begin()
    asked: list[float] = []
    is_back: list[str] = []

    def dropping(method: str) -> None:
        real = getattr(bench.store, method)

        def dropped(*arguments: Any) -> None:
            if is_back:
                return real(*arguments)
            asked.append(bench.now)
            bench.now += 10
            raise failure

        monkeypatch.setattr(bench.store, method, dropped)

    for method in ("record_epoch", "mark_interrupted"):
        dropping(method)
    for one in runs:
        one.epoch(1)
    assert len(asked) == 1
    bench.pass_time(REST_SECONDS + 1)
    assert len(asked) == 2
    is_back.append("now")
    bench.pass_time(REST_SECONDS + 1)
    for one in runs:
        one.end(1)
        one.assert_whole(1)
