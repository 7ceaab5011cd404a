"""The recorder: the only writer of a run's results, from what its worker says and hands over.

What the store does not take is written again, in its order; a checkpoint is acknowledged, and thereby dropped by the
worker, only when the store has it; so is an early snapshot. A checkpoint that comes before the metrics of its epoch
waits in the worker for them: a run continued from it would never train that epoch again. A run has ended when the store
has everything that its worker left.
"""

import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from core.atomic import is_disk_full
from core.engine.assignment import Ask, Assignment
from core.engine.messages import EndedEvent, EpochEvent, Fetched, StartedEvent
from core.engine.outbox import FinalPredictions, Mark, Parcel, fetch, forget
from core.engine.store_rest import StoreRest
from core.errors import RunError, RunTakenError
from core.runs.records import Checkpoint
from core.runs.schema import DATABASE_AWAY, STORE_FAILURES
from core.runs.status import DISK_FULL, RunStatus
from core.runs.store import RunStore
from core.training.events import SnapshotTaken

KEEP_SECONDS = 30.0
NOT_KEPT = (
    "The last part of its training could not be stored; the server’s log says why. Continue the run to repeat it."
)
Write = Callable[[], None]
logger = logging.getLogger("digitlab.engine")


class Recorder:
    """Writes for all runs of a server; used by the dispatcher's thread alone.

    Parameters
    ----------
    ask
        Calls a function on an assignment's worker.
    tell
        Is told, as of a message, when the worker has handed over its outbox.
    clock
        Seconds, as ``time.monotonic`` gives them.
    rest
        While the store has it, what is to be written waits.
    """

    def __init__(
        self, store: RunStore, ask: Ask, tell: Callable[[Fetched], None], clock: Callable[[], float], rest: StoreRest
    ) -> None:
        self._store, self._ask, self._tell, self._clock, self._rest = store, ask, tell, clock, rest
        self._left: dict[str, deque[Write]] = {}

    def started(self, assignment: Assignment, event: StartedEvent) -> None:
        """A worker has begun."""
        self._write(assignment, partial(self._store.record_start, event.run_id, event.environment))

    def snapshot(self, assignment: Assignment) -> None:
        """Fetch an early snapshot."""
        self._fetch(assignment)

    def epoch(self, assignment: Assignment, event: EpochEvent) -> None:
        """Keep the metrics of an epoch and fetch its checkpoint."""
        assignment.record.epoch = event.metrics.epoch
        self._write(assignment, partial(self._store.record_epoch, event.run_id, event.metrics))
        self._fetch(assignment)

    def ended(self, assignment: Assignment, event: EndedEvent) -> None:
        """Fetch what is still in the outbox, then end the run."""
        assignment.record.ending = event
        self.expect_end(assignment)
        if not assignment.record.is_whole:
            self._fetch(assignment)
        self._settle(assignment)

    def expect_end(self, assignment: Assignment) -> None:
        """The worker has done its part: what is not kept within ``KEEP_SECONDS``, or on its way by then, is lost."""
        if assignment.record.deadline is None:
            assignment.record.deadline = self._clock() + KEEP_SECONDS

    def fetched(self, assignment: Assignment, answer: "Future[Parcel | None]") -> None:
        """A worker has answered, or has not."""
        record = assignment.record
        is_more, record.must_fetch, record.is_fetching = record.must_fetch, False, False
        error = _failure(answer)
        if error is not None:
            logger.warning("Worker %s did not hand over run %s: %r", assignment.worker, assignment.job.run_id, error)
            # Asked again by :meth:`maintain`, not at once.
            record.must_fetch, is_more = True, False
        elif (parcel := answer.result()) is None:
            logger.warning("Worker %s holds nothing for run %s.", assignment.worker, assignment.job.run_id)
            if record.ending is not None:
                record.deadline = self._clock()
        else:
            self._keep(assignment, parcel)
        if is_more:
            self._fetch(assignment)
        self._settle(assignment)

    def end(self, assignment: Assignment, status: RunStatus, error: str | None = None) -> None:
        """End a run with what is in the store."""
        if assignment.has_ended:
            return
        run_id = assignment.job.run_id
        self._write(assignment, partial(self._store.record_status, run_id, status, error))
        if not assignment.has_ended:
            if assignment.record.unwritten:
                # Whatever the store does, the slot is free for the next.
                self._left[run_id] = assignment.record.unwritten
            self._close(assignment, status, error)

    def maintain(self, assignments: list[Assignment]) -> None:
        """Try again what has failed so far."""
        for assignment in assignments:
            self._write(assignment)
            if assignment.record.must_fetch:
                self._fetch(assignment)
            self._settle(assignment)
        if not self._rest.is_on():
            self._write_left()

    def write_left(self) -> None:
        """Write what the store did not take of runs that have ended, without waiting for a better moment."""
        self._rest.end()
        self._write_left()

    def _write_left(self) -> None:
        for run_id, writes in list(self._left.items()):
            if self._rest.is_on():
                return
            if not self._rest.is_on(run_id) and self._is_end_written(run_id, writes):
                del self._left[run_id]

    def _write(self, assignment: Assignment, *writes: Write) -> bool:
        """Make these writes after those that wait; whether the store has taken all of them."""
        if assignment.has_ended:
            return False
        assignment.record.unwritten.extend(writes)
        record = assignment.record
        if self._rest.is_on(assignment.job.run_id):
            return not record.unwritten
        try:
            failure = self._write_all(assignment.job.run_id, record.unwritten)
            record.is_disk_full = failure is not None and is_disk_full(failure)
            return failure is None
        except RunTakenError as error:
            record.unwritten.clear()
            self._taken(assignment, error)
        except RunError as error:
            logger.warning("The store did not take something of run %s: %s", assignment.job.run_id, error)
        return False

    def _write_all(self, run_id: str, writes: deque[Write]) -> Exception | None:
        """Make writes in their order, up to the first that fails, and why it did; None if none is left.

        Raises
        ------
        RunError
            If the run is gone, or another server's: then none of them can ever be made.
        """
        while writes:
            try:
                with self._rest.watched(run_id, STORE_FAILURES):
                    writes[0]()
            except RunError:
                raise
            except Exception as error:
                logger.exception("The store did not take something of run %s; it is tried again.", run_id)
                return error
            writes.popleft()
        return None

    def _is_end_written(self, run_id: str, writes: deque[Write]) -> bool:
        """Make what is left to write of a run that has ended, the news of that last; whether all of it is done with."""
        try:
            failure = self._write_all(run_id, writes)
            if failure is None or isinstance(failure, DATABASE_AWAY):
                return failure is None
            # The store is not away: what it refuses must not stand before the news.
            return self._write_all(run_id, deque([writes[-1]])) is None
        except RunError as error:
            logger.warning("The end of run %s is not written: %s", run_id, error)
            return True

    def _keep(self, assignment: Assignment, parcel: Parcel) -> None:
        run_id, record = assignment.job.run_id, assignment.record
        for number, handed in parcel.in_order():
            if number > record.acknowledged:
                if isinstance(handed, Checkpoint) and handed.epoch > record.epoch:
                    # Its metrics are on the way, and have it fetched again.
                    break
                if not self._try(assignment, self._keeping(run_id, handed)):
                    record.must_fetch = True
                    return
                _note(assignment, number, handed)
        if parcel.test_result is not None and record.ending is not None and record.kept == record.ending.last:
            record.has_predictions = self._try(assignment, self._predictions(run_id, parcel.test_result))
        record.must_fetch = record.ending is not None and not record.is_whole

    def _keeping(self, run_id: str, handed: Checkpoint | SnapshotTaken) -> Write:
        if isinstance(handed, Checkpoint):
            return partial(self._store.record_checkpoint, run_id, handed)
        return partial(self._store.record_early, run_id, handed.snapshot, handed.weights)

    def _predictions(self, run_id: str, result: FinalPredictions) -> Write:
        return partial(self._store.record_predictions, run_id, result.probabilities, result.accuracy, result.digest)

    def _try(self, assignment: Assignment, write: Write) -> bool:
        """Write something large, after what waits; if it fails the worker still has it."""
        if not self._write(assignment, write):
            unwritten = assignment.record.unwritten
            if unwritten and unwritten[-1] is write:
                unwritten.pop()
            return False
        return True

    def _fetch(self, assignment: Assignment) -> None:
        """Ask for what is in the outbox, once at a time."""
        record = assignment.record
        record.must_fetch = record.is_fetching
        if record.is_fetching or assignment.has_ended or assignment.attempt is None:
            return
        record.is_fetching = True
        run_id, attempt = assignment.job.run_id, assignment.attempt
        answer = self._ask(assignment, fetch, record.acknowledged)
        answer.add_done_callback(lambda done: self._tell(Fetched(run_id, attempt, done)))

    def _settle(self, assignment: Assignment) -> None:
        """End a run whose worker has ended, if everything is kept, or if it is too late."""
        record, ending = assignment.record, assignment.record.ending
        if ending is not None and record.is_whole:
            self.end(assignment, ending.status, ending.error)
        elif record.deadline is not None and self._clock() >= record.deadline and not record.is_fetching:
            self._give_up(assignment)

    def _give_up(self, assignment: Assignment) -> None:
        """End a run of which something is not kept: unless it failed, it can continue from its last checkpoint.

        The metrics of its epochs that wait for the store are still written, and before the news of its end.
        """
        logger.error("The end of run %s could not be kept.", assignment.job.run_id)
        record = assignment.record
        if record.ending is not None and record.ending.error:
            self.end(assignment, RunStatus.FAILED, record.ending.error)
        else:
            self.end(assignment, RunStatus.INTERRUPTED, DISK_FULL if record.is_disk_full else NOT_KEPT)

    def _taken(self, assignment: Assignment, error: RunTakenError) -> None:
        """Another server continues with this run."""
        logger.warning("Run %s: %s", assignment.job.run_id, error)
        assignment.cancel()
        self._close(assignment, RunStatus.INTERRUPTED, str(error))

    def _close(self, assignment: Assignment, status: RunStatus, error: str | None) -> None:
        assignment.has_ended = True
        assignment.job.change(status=status, error=error, progress=None, live_points=())
        self._ask(assignment, forget)


def _failure(answer: "Future[Parcel | None]") -> BaseException | None:
    return TimeoutError("The connection was closed.") if answer.cancelled() else answer.exception()


def _note(assignment: Assignment, number: int, handed: Checkpoint | SnapshotTaken) -> None:
    assignment.record.acknowledged = number
    if isinstance(handed, Checkpoint):
        assignment.record.kept = Mark.of(handed)
