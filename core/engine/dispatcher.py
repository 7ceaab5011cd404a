"""The dispatcher: the one thread that talks to Dask and writes what the workers say into the run store."""

import itertools
import logging
import queue
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from distributed import Future

from core.data.catalogue import Catalogue
from core.engine.analyses import WHEN_IDLE, Analyses
from core.engine.cluster import TRAINING_KEY, Connection, connect
from core.engine.job import TrainingJob
from core.engine.messages import Analyse, Close, Ended, Message, Said, Stop, Submit, WorkerJoined, WorkerLost
from core.engine.scheduler import Assignment, starting_order
from core.engine.speed import KeptSpeed
from core.engine.worker import Assigned, Outbox, deliver, fetch, forget, measure_worker_speed, run_training, warm_up
from core.errors import DigitLabError, EngineError, RunError
from core.runs.codec import environment_from_dict, metrics_from_dict
from core.runs.records import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from core.training.events import BatchProgress
from core.training.local import start_weights

MOST_ATTEMPTS = 4
HOUSEKEEPING_SECONDS = 2.0
WORKER_LOST = "The worker process that trained it went away."
SCHEDULER_LOST = "The connection to the scheduler broke while it was training."
SHUT_DOWN = "The server was shut down."
UNEXPECTED = "The training failed unexpectedly; the server’s log says more."
NOT_STARTED = "The workers could not be started; the server’s log says more."
NOT_KEPT = "What it learned could not be written to the run store; the server’s log says more."
logger = logging.getLogger("digitlab.engine")


class Dispatcher:
    """Takes messages one at a time until it is told to close.

    Parameters
    ----------
    inbox
        Shared with the engine, and with Dask's own threads.
    """

    def __init__(self, settings: Settings, store: RunStore, inbox: "queue.Queue[Message]") -> None:
        self.settings, self.store, self.inbox = settings, store, inbox
        self.topic = f"digitlab-{store.lease().server_id}"
        self.assignments: dict[str, Assignment] = {}
        self.analyses = Analyses()
        self.connection: Connection | None = None
        self.speed = KeptSpeed(settings.home)
        self._attempts = itertools.count(1)
        self._unwritten: dict[str, tuple[RunStatus, str | None]] = {}
        self._house_kept = time.monotonic()
        self._may_start = False

    def run(self) -> None:
        """Connect, then work through the inbox."""
        self._shielded(self._connected)
        while True:
            message = self._next_message()
            if isinstance(message, Close):
                self._shielded(self._close)
                message.reply.set()
                return
            if message is not None:
                self._shielded(self._handle, message)
            self._shielded(self._keep_house)
            if self._may_start:
                self._may_start = False
                self._shielded(self._start_waiting)

    def _shielded(self, step: Callable[..., Any], *arguments: Any) -> None:
        """The edge of the thread: whatever goes wrong in one step must not end all trainings."""
        try:
            step(*arguments)
        except EngineError as error:
            logger.error("%s", error)
        except Exception:
            logger.exception("The engine failed in %s.", step.__name__)

    def _next_message(self) -> Message | None:
        try:
            return self.inbox.get(timeout=HOUSEKEEPING_SECONDS)
        except queue.Empty:
            return None

    def _keep_house(self) -> None:
        if time.monotonic() < self._house_kept + HOUSEKEEPING_SECONDS:
            return
        self._house_kept = time.monotonic()
        # On a cluster that others use as well nobody tells when one of their trainings ends.
        self._may_start = True
        self._drop_broken_connection()
        for run_id, ending in list(self._unwritten.items()):
            with suppress(RunError):
                self.store.record_status(run_id, *ending)
            del self._unwritten[run_id]
        self.store.mark_interrupted()

    def _handle(self, message: Message) -> None:
        match message:
            case Submit(job, sequence):
                self._submit(Assignment(job, sequence))
            case Stop(job):
                self._stop(job)
            case Analyse():
                self._analyse(message)
            case Said(content):
                self._hear(content)
            case Ended():
                self._task_ended(message)
            case WorkerLost(address):
                self._worker_lost(address)
            case WorkerJoined(address):
                self._may_start = True
                self._warm_up(address)

    def _connect(self) -> Connection:
        connection = None
        try:
            connection = connect(self.settings)
            client = connection.client
            client.subscribe_topic(self.topic, lambda event: self.inbox.put(Said(event[1])))
            client.subscribe_topic("all", self._hear_scheduler)
            self.connection = connection
            for address, worker in client.scheduler_info(n_workers=-1)["workers"].items():
                if connection.training.keys() <= worker["resources"].keys():
                    self._warm_up(address)
            self._measure_speed(connection)
        except EngineError:
            raise
        except Exception as error:
            logger.exception("The workers could not be started.")
            self.connection = None
            if connection is not None:
                connection.close()
            raise EngineError(NOT_STARTED) from error
        return connection

    def _warm_up(self, address: str) -> None:
        """Let a worker load PyTorch and MNIST before a training needs them."""
        if self.connection is not None:
            self.analyses.submit(self.connection.client, warm_up, workers=[address])

    def _measure_speed(self, connection: Connection) -> None:
        result = self.analyses.submit(
            connection.client, measure_worker_speed, resources=connection.training, priority=WHEN_IDLE
        )
        result.add_done_callback(self.speed.keep)

    def _connected(self) -> Connection:
        """The connection, made again if it broke.

        Raises
        ------
        EngineError
            If there is no cluster to connect to.
        """
        self._drop_broken_connection()
        return self.connection or self._connect()

    def _drop_broken_connection(self) -> None:
        """Let go of a scheduler that went away, or that came back and no longer tells us anything."""
        if self.connection is None or self.connection.is_alive:
            return
        connection, self.connection = self.connection, None
        for assignment in list(self.assignments.values()):
            if assignment.task is not None:
                self._lost(assignment, SCHEDULER_LOST)
        connection.close()

    def _submit(self, assignment: Assignment) -> None:
        self.assignments[assignment.job.run_id] = assignment
        if assignment.job.status is RunStatus.STOPPING:
            self._end(assignment, RunStatus.STOPPED)
        self._may_start = True

    def _start_waiting(self) -> None:
        """Give every free worker one of the jobs that wait.

        Dask would hand out all of them at once, some behind a long training while another worker has nothing to do.
        """
        assignments = self.assignments.values()
        waiting = starting_order(
            [(a.job.session, a.sequence, a) for a in assignments if a.task is None],
            [a.job.session for a in assignments if a.task is not None],
        )
        if not waiting:
            return
        try:
            connection = self._connected()
        except EngineError as error:
            for assignment in waiting:
                self._end(assignment, RunStatus.FAILED, str(error))
            return
        held = [a.worker for a in assignments if a.worker is not None]
        for assignment, worker in zip(waiting, connection.free_slots(held, self.topic), strict=False):
            try:
                self._start(assignment, worker, connection)
            except DigitLabError as error:
                self._end(assignment, RunStatus.FAILED, str(error))
            except Exception:
                logger.exception("Run %s could not be started.", assignment.job.run_id)
                self._end(assignment, RunStatus.FAILED, UNEXPECTED)

    def _start(self, assignment: Assignment, worker: str, connection: Connection) -> None:
        job = assignment.job
        checkpoint = self.store.files.load_checkpoint(job.run_id)
        config = job.snapshot().config
        start = start_weights(self.store, config) if checkpoint is None else None
        assignment.tries += 1
        assignment.attempt = attempt = next(self._attempts)
        assignment.task = connection.client.submit(
            run_training,
            Assigned(job.run_id, attempt, config, checkpoint, start),
            self.topic,
            key=f"{TRAINING_KEY}{self.topic}-{job.run_id}-{attempt}",
            workers=[worker],
            resources=connection.training,
            pure=False,
        )
        assignment.worker = worker
        assignment.task.add_done_callback(lambda task: self.inbox.put(_ended(job, attempt, task)))

    def _stop(self, job: TrainingJob) -> None:
        assignment = self.assignments.get(job.run_id)
        if assignment is None:
            return
        if assignment.task is not None:
            assignment.task.cancel()
        if not assignment.has_begun:
            # Should a worker begin in this very moment, nobody listens to that attempt any more.
            self._end(assignment, RunStatus.STOPPED)

    def _analyse(self, message: Analyse) -> None:
        try:
            connection = self._connected()
            self.analyses.submit(
                connection.client,
                message.function,
                *message.arguments,
                result=message.result,
                resources=connection.analysis,
            )
        except EngineError as error:
            message.result.set_exception(error)
        except Exception as error:
            # A page waits for this future, whatever went wrong.
            logger.exception("An analysis could not be given to a worker.")
            message.result.set_exception(error)

    def _hear(self, content: dict[str, Any]) -> None:
        assignment = self.assignments.get(content["run_id"])
        if assignment is None or content["attempt"] != assignment.attempt:
            return
        job = assignment.job
        match content["kind"]:
            case "needs data":
                self._deliver(content["dataset"], content["worker"])
            case "started":
                assignment.has_begun = True
                self.store.record_start(job.run_id, environment_from_dict(content["environment"]))
                job.start()
            case "progress":
                progress = content["progress"]
                lists = {k: tuple(progress[k]) for k in ("probe_predicted", "probe_confidence")}
                job.take_progress(BatchProgress(**(progress | lists)))
            case "epoch":
                metrics = metrics_from_dict(content["metrics"])
                job.take_epoch(metrics)
                self.store.record_epoch(job.run_id, metrics)
                self.speed.correct(self.store.get(job.run_id), metrics)
                self._fetch(assignment)
            case "ended":
                self._finish(assignment, RunStatus(content["status"]), content["error"])

    def _deliver(self, dataset: str, worker: str) -> None:
        """Send a data set to a worker that has asked for it, or say why not."""
        published, error = None, ""
        try:
            published = Catalogue(self.settings.home).load(dataset)
        except DigitLabError as failure:
            error = str(failure)
        self._run_on(worker, deliver, dataset, published, error)

    def _finish(self, assignment: Assignment, status: RunStatus, error: str | None) -> None:
        run_id = assignment.job.run_id
        try:
            outbox = self._fetch(assignment)
            if outbox is not None and (result := outbox.test_result) is not None:
                self.store.record_predictions(run_id, result.probabilities, result.accuracy, result.digest)
        except Exception:
            logger.exception("What run %s learned could not be kept.", run_id)
            status, error = RunStatus.FAILED, NOT_KEPT
        self._end(assignment, status, error)

    def _fetch(self, assignment: Assignment) -> Outbox | None:
        """Fetch what waits in the worker's outbox and keep its checkpoints."""
        outbox: Outbox | None = self._run_on_worker(assignment, fetch)
        for checkpoint in outbox.checkpoints if outbox else ():
            self.store.record_checkpoint(assignment.job.run_id, checkpoint)
        return outbox

    def _run_on_worker(self, assignment: Assignment, function: Callable[..., Any]) -> Any:
        return assignment.worker and self._run_on(assignment.worker, function, assignment.job.run_id)

    def _run_on(self, worker: str, function: Callable[..., Any], *arguments: Any) -> Any:
        """What a function says on a worker; None if the worker does not answer."""
        if self.connection is None:
            return None
        try:
            replies = self.connection.client.run(function, *arguments, workers=[worker], on_error="return")
        except (OSError, ValueError, TimeoutError) as error:
            logger.warning("Worker %s did not answer: %s", worker, error)
            return None
        reply = replies.get(worker)
        return None if isinstance(reply, BaseException) else reply

    def _task_ended(self, message: Ended) -> None:
        assignment = self.assignments.get(message.job.run_id)
        if assignment is None or message.attempt != assignment.attempt or not message.job.status.is_active:
            return
        if message.status in ("finished", "cancelled"):
            # Its last event is on the way, or the worker that would send it is lost and said to be so.
            return
        if _is_lost_worker(message.error) or message.status == "lost":
            self._lost(assignment)
        else:
            logger.error("Run %s failed.", message.job.run_id, exc_info=message.error)
            self._end(assignment, RunStatus.FAILED, UNEXPECTED)

    def _worker_lost(self, address: str) -> None:
        for assignment in list(self.assignments.values()):
            if assignment.worker == address and assignment.job.status.is_active:
                self._lost(assignment)

    def _lost(self, assignment: Assignment, reason: str = WORKER_LOST) -> None:
        assignment.worker = None
        if assignment.job.status is RunStatus.STOPPING:
            self._end(assignment, RunStatus.STOPPED)
        elif assignment.has_begun:
            self._end(assignment, RunStatus.INTERRUPTED, reason)
        elif assignment.tries < MOST_ATTEMPTS:
            # It never began, so nothing starts over.
            assignment.task = None
            self._may_start = True
        else:
            self._end(assignment, RunStatus.FAILED, "The workers went away again and again before it could start.")

    def _end(self, assignment: Assignment, status: RunStatus, error: str | None = None) -> None:
        run_id = assignment.job.run_id
        self._run_on_worker(assignment, forget)
        try:
            self.store.record_status(run_id, status, error)
        except Exception:
            # Written down later: whatever the store does, its slot is free for the next.
            logger.exception("The end of run %s could not be written.", run_id)
            self._unwritten[run_id] = (status, error)
        assignment.job.change(status=status, error=error, progress=None, live_points=())
        self.assignments.pop(run_id, None)
        self._may_start = True

    def _hear_scheduler(self, event: tuple[float, Any]) -> None:
        message = event[1] if isinstance(event[1], dict) else {}
        if message.get("action") == "remove-worker":
            self.inbox.put(WorkerLost(str(message["worker"])))
        elif message.get("action") == "add-worker":
            self.inbox.put(WorkerJoined(str(message["worker"])))

    def _close(self) -> None:
        connection, self.connection = self.connection, None
        for assignment in list(self.assignments.values()):
            if assignment.task is not None:
                assignment.task.cancel()
            self._end(assignment, RunStatus.INTERRUPTED, SHUT_DOWN)
        self.analyses.cancel()
        if connection is not None:
            with suppress(ValueError):
                connection.client.unsubscribe_topic("all")
            connection.close()


def _ended(job: TrainingJob, attempt: int, task: Future[Any]) -> Ended:
    error = task.exception() if task.status == "error" else None
    return Ended(job, attempt, str(task.status), error)


def _is_lost_worker(error: BaseException | None) -> bool:
    from distributed.scheduler import KilledWorker

    return isinstance(error, KilledWorker)
