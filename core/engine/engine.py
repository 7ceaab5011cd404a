"""Engine: has training runs and analyses done by worker processes, never in this one.

Pages call ``submit`` and read snapshots; a thread of the engine's own, the dispatcher, does the rest.
Why Dask: ``docs/adr/0001-engine.md``.
"""

import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import DatasetEntry
from core.engine.connection import Connection, connect
from core.engine.dispatcher import Dispatcher
from core.engine.job import TrainingJob
from core.engine.messages import Analyse, AnalysisStopped, Close, Message, SlowDown, Stop, Submit
from core.engine.pace import FULL_SPEED, Pace
from core.engine.scheduler import Waiting, starting_order
from core.engine.waiting import seconds_to_start
from core.errors import DataError, EngineError
from core.runs.records import Run
from core.runs.status import RunOrigin, RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from core.training.local import KeptLease
from core.training.teaching import require_teacher

CLOSE_SECONDS = 15.0
ENDED_JOBS_KEPT = 100
MOST_JOBS = 200
"""Runs under way in all, besides one for each worker."""


class Engine:
    """Starts in the background as soon as it is made; what is submitted meanwhile waits.

    Safe to use from several threads.

    Parameters
    ----------
    connect
        Starts or finds the workers.

    Attributes
    ----------
    most_of_one
        Runs that one session may have under way; a process of its own, which has none, may have any number.
    """

    def __init__(
        self, settings: Settings, store: RunStore, connect: Callable[[Settings], Connection] = connect
    ) -> None:
        self.store = store
        self.most_of_one = settings.runs_per_owner
        self._catalogue = Catalogue(settings.home)
        self._inbox: queue.Queue[Message] = queue.Queue()
        self._jobs: dict[str, TrainingJob] = {}
        self._sequences: dict[str, int] = {}
        self._count = itertools.count()
        self._lock = threading.Lock()
        self._lease = KeptLease(store)
        self._lease.__enter__()
        self._dispatcher = Dispatcher(settings, store, self._inbox, connect)
        self._thread = threading.Thread(target=self._dispatcher.run, name="dispatcher", daemon=True)
        self._thread.start()

    def submit(
        self,
        config: TrainConfig,
        *,
        session: str = "",
        origin: RunOrigin = RunOrigin.TRAINED,
        pace: Pace = FULL_SPEED,
        study: str | None = None,
        exercise: str | None = None,
    ) -> TrainingJob:
        """Queue a new run.

        Parameters
        ----------
        session
            Whose it is, which the run keeps as its owner: a session with many runs under way waits behind one with few.
        origin
            What it is trained for. Trials of a search begin when nobody else’s run waits, and leave the test set alone.
        study, exercise
            The search that it is a trial of, and the exercise that it belongs to.
        pace
            Whether to stop after one step, and whether to begin slowly.

        Raises
        ------
        EngineError
            If the session, or the server as a whole, has too many runs under way.
        RunError, TrainingError
            If the run that the config names as its teacher cannot teach.
        """
        self._check_room(session)
        require_teacher(self.store, config)
        run = self.store.create(config, owner=session or None, origin=origin, study=study, exercise=exercise)
        return self._enqueue(run, session, pace)

    def resume(self, run_id: str, *, session: str = "", pace: Pace = FULL_SPEED) -> TrainingJob:
        """Queue a stopped or interrupted run again, to continue from its last checkpoint.

        ``pace`` is as for :meth:`submit`.

        Raises
        ------
        RunError
            If there is no such run, or it cannot be continued, or its teacher is gone.
        EngineError
            As for :meth:`submit`.
        """
        self._check_room(session)
        # Whoever asks is told now; the run could only fail, and would be lost.
        require_teacher(self.store, self.store.summary(run_id).config)
        return self._enqueue(self.store.requeue(run_id), session, pace)

    def slow_down(self, run_id: str, seconds: float) -> None:
        """Let a run go slowly for so long from now, a few seconds at most; 0 ends it. It learns the same."""
        job = self.job(run_id)
        if job is not None and job.status is RunStatus.RUNNING:
            self._inbox.put(SlowDown(job, seconds))

    def job(self, run_id: str) -> TrainingJob | None:
        """A job of this server: active, or among the last to have ended."""
        return self._jobs.get(run_id)

    def active_jobs(self) -> list[TrainingJob]:
        """Running and stopping jobs, then the queued ones in the order in which they will start."""
        with self._lock:
            active = sorted(
                (job for job in self._jobs.values() if job.status.is_active),
                key=lambda job: self._sequences[job.run_id],
            )
            queued = [job for job in active if job.status is RunStatus.QUEUED]
            begun = [job for job in active if job not in queued]
            waiting = [Waiting(job.session, self._sequences[job.run_id], job, is_trial=job.is_trial) for job in queued]
            return begun + starting_order(waiting, [job.session for job in begun])

    def analyse(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Run an importable function of ``core`` in a worker, where PyTorch and scikit-learn may be imported.

        A function with the parameter ``should_stop`` is given what tells it that the future has been cancelled. The
        future's exception is what the function raised, or an EngineError.
        """
        result: Future[Any] = Future()
        self._inbox.put(Analyse(result, function, arguments))
        result.add_done_callback(self._look_if_stopped)
        return result

    @property
    def workers(self) -> int | None:
        """How many workers can train; None until a run has waited for one."""
        return self._dispatcher.workers

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with a cluster that others run, a sentence each: it is away, or has workers of no use."""
        return self._dispatcher.troubles

    @property
    def is_ready(self) -> bool:
        """Whether workers are there."""
        return self._dispatcher.is_connected

    def estimate_seconds(self, config: TrainConfig, entry: DatasetEntry | None = None) -> float | None:
        """How long a training run will take once it starts; None until this machine's speed has been measured.

        Parameters
        ----------
        entry
            The dataset that the config names.
        """
        speed = self._dispatcher.speed.latest
        return None if speed is None else speed.estimate(config, entry)

    def seconds_to_start(self, run_id: str) -> float | None:
        """How long a queued run still waits, by what is before it; None where nobody can tell."""
        active = self.active_jobs()
        workers = self.workers
        queued = [job for job in active if job.status is RunStatus.QUEUED]
        place = next((place for place, job in enumerate(queued) if job.run_id == run_id), None)
        if place is None or not workers:
            return None
        running = [job.snapshot().seconds_left for job in active if job.status is not RunStatus.QUEUED]
        ahead = [self._seconds_to_train(job) for job in queued[:place]]
        return seconds_to_start(running, ahead, workers)

    def close(self) -> None:
        """Interrupt what runs, end the workers, give back the lease."""
        reply = threading.Event()
        self._dispatcher.give_up()
        self._inbox.put(Close(reply))
        reply.wait(CLOSE_SECONDS)
        self._lease.__exit__()
        self.store.close()

    def _look_if_stopped(self, result: Future[Any]) -> None:
        if result.cancelled():
            self._inbox.put(AnalysisStopped(result))

    def room(self, session: str) -> int:
        """How many runs more this session may queue now."""
        active = self.active_jobs()
        room = self._most - len(active)
        if session:
            room = min(room, self.most_of_one - sum(job.session == session for job in active))
        return max(0, room)

    @property
    def _most(self) -> int:
        return MOST_JOBS + (self.workers or 0)

    def _check_room(self, session: str) -> None:
        active = self.active_jobs()
        if session and sum(job.session == session for job in active) >= self.most_of_one:
            runs = "1 run" if self.most_of_one == 1 else f"{self.most_of_one} runs"
            raise EngineError(
                f"You have {runs} under way, the most that you may have: stop one, or wait until one ends."
            )
        if len(active) >= self._most:
            raise EngineError(f"This server has {len(active)} runs under way: try again when some have ended.")

    def _seconds_to_train(self, job: TrainingJob) -> float | None:
        """How long a queued run will take, without the epochs that it has behind it."""
        snapshot = job.snapshot()
        seconds = self.estimate_seconds(snapshot.config, job.entry)
        return None if seconds is None else seconds * max(0.0, 1 - snapshot.position / snapshot.config.epochs)

    def _entry(self, dataset: str) -> DatasetEntry | None:
        try:
            return self._catalogue.entry(dataset)
        except DataError:
            # The run says so when its turn comes.
            return None

    def _enqueue(self, run: Run, session: str, pace: Pace) -> TrainingJob:
        entry = self._entry(run.config.dataset)
        job = TrainingJob(run, session, self._request_stop, self._queue_place, lambda: self.workers, pace, entry)
        with self._lock:
            self._jobs[run.run_id] = job
            sequence = self._sequences[run.run_id] = next(self._count)
            self._forget_old_jobs()
        self._inbox.put(Submit(job, sequence))
        return job

    def _request_stop(self, job: TrainingJob) -> None:
        self._inbox.put(Stop(job))

    def _queue_place(self, job: TrainingJob) -> int | None:
        queued = [other for other in self.active_jobs() if other.status is RunStatus.QUEUED]
        return queued.index(job) + 1 if job in queued else None

    def _forget_old_jobs(self) -> None:
        ended = [run_id for run_id, job in self._jobs.items() if not job.status.is_active]
        for run_id in ended[:-ENDED_JOBS_KEPT]:
            del self._jobs[run_id], self._sequences[run_id]
