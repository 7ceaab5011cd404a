"""The state of an attempt at a run: begun, continuing, ended, stopped, lost."""

import logging
from functools import partial

from core.engine import messages as said
from core.engine.assignment import Ask, Assignment
from core.engine.delivery import Deliveries
from core.engine.job import SCHEDULER_LOST, WORKER_LOST
from core.engine.outbox import deliver
from core.engine.pace import go_slowly
from core.engine.recorder import Recorder
from core.engine.scheduler import UNEXPECTED, Scheduler
from core.engine.speed import KeptSpeed
from core.runs.status import RunStatus

GAVE_UP = "Its workers were lost again and again before it could start."
SHUT_DOWN = "The server was shut down."
logger = logging.getLogger("digitlab.engine")


class Attempts:
    """Moves the jobs under way from state to state; used by the dispatcher's thread alone.

    Parameters
    ----------
    ask
        Calls a function on an assignment's worker.
    """

    def __init__(
        self, scheduler: Scheduler, recorder: Recorder, deliveries: Deliveries, speed: KeptSpeed, ask: Ask
    ) -> None:
        self._scheduler, self._recorder, self._deliveries = scheduler, recorder, deliveries
        self._speed, self._ask = speed, ask

    def submit(self, message: said.Submit) -> None:
        """Let a job wait, unless somebody has stopped it meanwhile."""
        assignment = self._scheduler.add(message.job, message.sequence)
        if assignment.job.status is RunStatus.STOPPING:
            self._recorder.end(assignment, RunStatus.STOPPED)

    def stop(self, message: said.Stop) -> None:
        """Tell the worker; a job that no worker has begun ends here."""
        assignment = self._scheduler.find(message.job.run_id)
        if assignment is None:
            return
        assignment.cancel()
        if not assignment.has_begun:
            # Should a worker begin in this very moment, nobody listens to that attempt any more.
            self._recorder.end(assignment, RunStatus.STOPPED)

    def slow_down(self, message: said.SlowDown) -> None:
        """Tell the worker; nobody waits for its answer."""
        assignment = self._scheduler.find(message.job.run_id)
        if assignment is not None and assignment.has_begun:
            self._ask(assignment, go_slowly, message.seconds)

    def handle(self, message: said.Event | said.Fetched | said.TaskEnded) -> None:
        """What is said of an attempt; of one that no longer counts, nothing is listened to."""
        assignment = self._scheduler.attempt(message.run_id, message.attempt)
        if assignment is None:
            return
        match message:
            case said.DataNeededEvent(dataset=dataset):
                self._deliveries.send(dataset, partial(self._ask, assignment, deliver))
            case said.StartedEvent():
                self._started(assignment, message)
            case said.ProgressEvent(progress=progress):
                assignment.job.take_progress(progress)
            case said.SnapshotEvent() | said.EpochEvent():
                self._learned(assignment, message)
            case said.EndedEvent():
                self._recorder.ended(assignment, message)
            case said.Fetched(answer=answer):
                self._recorder.fetched(assignment, answer)
            case said.TaskEnded():
                self._task_ended(assignment, message)

    def worker_lost(self, address: str) -> None:
        """A worker is gone, and with it what it was given."""
        for assignment in self._scheduler.on(address):
            self._lost(assignment, WORKER_LOST)

    def scheduler_lost(self) -> None:
        """Nobody hears of the workers any more."""
        for assignment in self._scheduler.all():
            if assignment.attempt is not None:
                self._lost(assignment, SCHEDULER_LOST)

    def close(self) -> None:
        """Interrupt whatever is under way."""
        for assignment in self._scheduler.all():
            self._recorder.end(assignment, RunStatus.INTERRUPTED, SHUT_DOWN)
            assignment.cancel()
        self._recorder.write_left()

    def _started(self, assignment: Assignment, event: said.StartedEvent) -> None:
        environment = event.environment
        assignment.has_begun, assignment.train_images = True, environment.train_images
        assignment.threads = environment.threads
        assignment.job.start()
        self._recorder.started(assignment, event)

    def _learned(self, assignment: Assignment, event: said.SnapshotEvent | said.EpochEvent) -> None:
        if isinstance(event, said.SnapshotEvent):
            assignment.job.take_early(event.snapshot)
            self._recorder.snapshot(assignment)
            return
        assignment.job.take_epoch(event.metrics)
        self._recorder.epoch(assignment, event)
        if assignment.threads == 1:
            self._speed.correct(assignment.job.snapshot().config, assignment.train_images, event.metrics)

    def _task_ended(self, assignment: Assignment, message: said.TaskEnded) -> None:
        if message.status == "lost":
            self._lost(assignment, WORKER_LOST)
        elif message.status == "finished":
            # Its last event is on the way, or the worker that would send it is lost and said to be so.
            self._recorder.expect_end(assignment)
        elif message.status != "cancelled":
            logger.error("Run %s failed.", message.run_id, exc_info=message.error)
            self._recorder.end(assignment, RunStatus.FAILED, UNEXPECTED)

    def _lost(self, assignment: Assignment, reason: str) -> None:
        ending, assignment.worker = assignment.record.ending, None
        if ending is not None and ending.error:
            self._recorder.end(assignment, RunStatus.FAILED, ending.error)
        elif assignment.job.status is RunStatus.STOPPING:
            self._recorder.end(assignment, RunStatus.STOPPED)
        elif assignment.has_begun:
            self._recorder.end(assignment, RunStatus.INTERRUPTED, reason)
        elif not self._scheduler.retry(assignment):
            self._recorder.end(assignment, RunStatus.FAILED, GAVE_UP)
