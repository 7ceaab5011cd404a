"""The dispatcher: the one thread that talks to Dask and writes what the workers say into the run store."""

import logging
import queue
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from distributed import Future

from core.data.catalogue import Catalogue
from core.errors import DigitLabError, EngineError
from core.runs.codec import environment_from_plain, metrics_from_plain
from core.runs.records import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from core.training.analyses import WHEN_IDLE, Analyses
from core.training.cluster import TRAINING_KEY, Connection, connect
from core.training.events import BatchProgress
from core.training.job import TrainingJob
from core.training.kept_speed import KeptSpeed
from core.training.local import start_weights
from core.training.messages import Analyse, Close, Ended, Message, Said, Stop, Submit, WorkerJoined, WorkerLost
from core.training.worker import Assigned, Outbox, deliver, fetch, forget, measure_worker_speed, run_training, warm_up

MOST_ATTEMPTS = 4
HOUSEKEEPING_SECONDS = 2.0
WORKER_LOST = "The worker process that trained it went away."
SHUT_DOWN = "The server was shut down."
logger = logging.getLogger("digitlab.engine")


@dataclass
class Assignment:
    """A job under way.

    Parameters
    ----------
    order
        The smallest goes first to a worker that is free.
    attempt
        The one that counts; what an earlier one still says is not listened to.
    task, worker
        What was given to Dask, and the worker it was given to; None while the job waits.
    has_begun
        Whether that worker has said so.
    """

    job: TrainingJob
    order: tuple[int, int]
    attempt: int = 0
    task: Future[Any] | None = None
    worker: str | None = None
    has_begun: bool = False


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
        self._house_kept = time.monotonic()
        self._may_start = False

    def run(self) -> None:
        """Connect, then work through the inbox."""
        try:
            self._connect()
        except EngineError as error:
            logger.error("%s", error)
        while True:
            message = self._next_message()
            if isinstance(message, Close):
                self._close()
                message.reply.set()
                return
            try:
                self._keep_house()
                if message is not None:
                    self._handle(message)
                if self._may_start:
                    self._may_start = False
                    self._start_waiting()
            except Exception:
                # The edge of the thread: one bad message must not end all trainings.
                logger.exception("The engine could not handle %s.", type(message).__name__)

    def _next_message(self) -> Message | None:
        try:
            return self.inbox.get(timeout=HOUSEKEEPING_SECONDS)
        except queue.Empty:
            return None

    def _keep_house(self) -> None:
        if time.monotonic() >= self._house_kept + HOUSEKEEPING_SECONDS:
            self._house_kept = time.monotonic()
            # On a cluster that others use as well nobody tells when one of their trainings ends.
            self._may_start = True
            self.store.mark_interrupted()

    def _handle(self, message: Message) -> None:
        match message:
            case Submit(job, order):
                self._submit(Assignment(job, order))
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
        self.connection = connection = connect(self.settings)
        client = connection.client
        client.subscribe_topic(self.topic, lambda event: self.inbox.put(Said(event[1])))
        client.subscribe_topic("all", self._hear_scheduler)
        for address, worker in client.scheduler_info(n_workers=-1)["workers"].items():
            if connection.training.keys() <= worker["resources"].keys():
                self._warm_up(address)
        self._measure_speed(connection)
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
        if self.connection is not None and self.connection.client.status == "running":
            return self.connection
        if self.connection is not None:
            self.connection.close()
            self.connection = None
        return self._connect()

    def _submit(self, assignment: Assignment) -> None:
        self.assignments[assignment.job.run_id] = assignment
        if assignment.job.status is RunStatus.STOPPING:
            self._end(assignment, RunStatus.STOPPED)
        self._may_start = True

    def _start_waiting(self) -> None:
        """Give every free worker one of the jobs that wait.

        Dask would hand out all of them at once, some behind a long training while another worker has nothing to do.
        """
        waiting = sorted((a for a in self.assignments.values() if a.task is None), key=lambda a: a.order)
        if not waiting:
            return
        try:
            connection = self._connected()
        except EngineError as error:
            for assignment in waiting:
                self._end(assignment, RunStatus.FAILED, str(error))
            return
        held = [a.worker for a in self.assignments.values() if a.worker is not None]
        for assignment, worker in zip(waiting, connection.free_slots(held, self.topic), strict=False):
            self._start(assignment, worker, connection)

    def _start(self, assignment: Assignment, worker: str, connection: Connection) -> None:
        job = assignment.job
        try:
            checkpoint = self.store.files.load_checkpoint(job.run_id)
            config = job.snapshot().config
            start = start_weights(self.store, config) if checkpoint is None else None
        except DigitLabError as error:
            self._end(assignment, RunStatus.FAILED, str(error))
            return
        assignment.attempt += 1
        assignment.worker = worker
        attempt = assignment.attempt
        assignment.task = connection.client.submit(
            run_training,
            Assigned(job.run_id, attempt, config, checkpoint, start),
            self.topic,
            key=f"{TRAINING_KEY}{self.topic}-{job.run_id}-{attempt}-{id(assignment)}",
            workers=[worker],
            resources=connection.training,
            pure=False,
        )
        assignment.task.add_done_callback(lambda task: self.inbox.put(_ended(job, attempt, task)))

    def _stop(self, job: TrainingJob) -> None:
        assignment = self.assignments.get(job.run_id)
        if assignment is None:
            return
        if assignment.task is not None:
            assignment.task.cancel()
        if not assignment.has_begun:
            # Should a worker begin in this very moment, its events belong to no attempt any more.
            assignment.attempt += 1
            self._end(assignment, RunStatus.STOPPED)

    def _analyse(self, message: Analyse) -> None:
        try:
            connection = self._connected()
        except EngineError as error:
            message.result.set_exception(error)
            return
        self.analyses.submit(
            connection.client,
            message.function,
            *message.arguments,
            result=message.result,
            resources=connection.analysis,
        )

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
                self.store.record_start(job.run_id, environment_from_plain(content["environment"]))
                job.start()
            case "progress":
                progress = content["progress"]
                lists = {k: tuple(progress[k]) for k in ("probe_predicted", "probe_confidence")}
                job.take_progress(BatchProgress(**(progress | lists)))
            case "epoch":
                metrics = metrics_from_plain(content["metrics"])
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
        outbox = self._fetch(assignment)
        if outbox is not None and (result := outbox.test_result) is not None:
            run_id = assignment.job.run_id
            self.store.record_predictions(run_id, result.probabilities, result.accuracy, result.digest)
        self._run_on_worker(assignment, forget)
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
            self._end(assignment, RunStatus.FAILED, "The training failed unexpectedly; the server's log says more.")

    def _worker_lost(self, address: str) -> None:
        for assignment in list(self.assignments.values()):
            if assignment.worker == address and assignment.job.status.is_active:
                self._lost(assignment)

    def _lost(self, assignment: Assignment) -> None:
        if assignment.job.status is RunStatus.STOPPING:
            self._end(assignment, RunStatus.STOPPED)
        elif assignment.has_begun:
            self._end(assignment, RunStatus.INTERRUPTED, WORKER_LOST)
        elif assignment.attempt < MOST_ATTEMPTS:
            # It never began, so nothing starts over.
            assignment.task = assignment.worker = None
            self._may_start = True
        else:
            self._end(assignment, RunStatus.FAILED, "The workers went away again and again before it could start.")

    def _end(self, assignment: Assignment, status: RunStatus, error: str | None = None) -> None:
        self.store.record_status(assignment.job.run_id, status, error)
        assignment.job.change(status=status, error=error, progress=None, live_points=())
        self.assignments.pop(assignment.job.run_id, None)
        self._may_start = True

    def _hear_scheduler(self, event: tuple[float, Any]) -> None:
        message = event[1] if isinstance(event[1], dict) else {}
        if message.get("action") == "remove-worker":
            self.inbox.put(WorkerLost(str(message["worker"])))
        elif message.get("action") == "add-worker":
            self.inbox.put(WorkerJoined(str(message["worker"])))

    def _close(self) -> None:
        for assignment in list(self.assignments.values()):
            if assignment.task is not None:
                assignment.task.cancel()
            self._end(assignment, RunStatus.INTERRUPTED, SHUT_DOWN)
        self.analyses.cancel()
        if self.connection is not None:
            with suppress(ValueError):
                self.connection.client.unsubscribe_topic("all")
            self.connection.close()


def _ended(job: TrainingJob, attempt: int, task: Future[Any]) -> Ended:
    error = task.exception() if task.status == "error" else None
    return Ended(job, attempt, str(task.status), error)


def _is_lost_worker(error: BaseException | None) -> bool:
    from distributed.scheduler import KilledWorker

    return isinstance(error, KilledWorker)
