"""A cluster that does what a test says, and an engine's dispatcher driven by hand, message after message."""

import queue
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from core.config import TrainConfig
from core.engine.dispatcher import Dispatcher
from core.engine.job import TrainingJob
from core.engine.messages import EndedEvent, EpochEvent, Message, SnapshotEvent, StartedEvent, Stop, Submit
from core.engine.outbox import FinalPredictions, Mark, Outbox, WorkerRooms
from core.engine.worker import Assigned
from core.runs.files import half_precision
from core.runs.records import Run
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.training.events import SnapshotTaken
from core.training.threads import ThreadBudget
from tests.core.builders import ENVIRONMENT, SMALL, make_checkpoint, make_early, make_metrics, make_weights

ALONE = ThreadBudget(2, Path("home"))
"""What the fake cluster grants a training that is alone."""


class Task:
    """What Dask gives for a training."""

    def __init__(self) -> None:
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True

    def add_done_callback(self, callback: Callable[..., None]) -> None:
        """Warm-ups never end here."""


@dataclass
class FakeConnection:
    """Workers ``a`` and ``b``; what is asked of them runs here, on their rooms, unless they do not answer."""

    names: list[str] = field(default_factory=lambda: ["a", "b"])
    frozen: set[str] = field(default_factory=set)
    unanswered: "list[Future[Any]]" = field(default_factory=list)
    failure: Exception | None = None
    trained: list[tuple[Assigned, str, Task]] = field(default_factory=list)
    rooms: dict[str, SimpleNamespace] = field(default_factory=dict)
    is_alive: bool = True
    is_closed: bool = False
    closing_fails: Exception | None = None
    client: Any = field(default_factory=lambda: SimpleNamespace(submit=lambda *_, **__: Task()))
    cluster: Any = field(default_factory=lambda: SimpleNamespace(alone=ALONE))
    fitness: Any = None

    def listen(self, topic: str, tell: Callable[[Message], None]) -> None:
        """Nobody speaks but the test."""

    def workers(self) -> dict[str, Any]:
        return dict.fromkeys(self.names)

    def analysts(self) -> None:
        """Any may."""

    def slot(self, kind: str) -> dict[str, float]:
        return {}

    def free_slots(self, workers: dict[str, Any], held: list[str], own: str) -> list[str]:
        return [name for name in workers if name not in held]

    def train(self, assigned: Assigned, worker: str, tell: Callable[[Message], None]) -> Task:
        self.trained.append((assigned, worker, Task()))
        self.worker(worker).open_outbox(assigned.key)
        return self.trained[-1][2]

    def worker(self, name: str) -> WorkerRooms:
        return WorkerRooms.of(self.rooms.setdefault(name, SimpleNamespace(extensions={})))

    def ask(self, worker: str, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        answer: Future[Any] = Future()
        if worker in self.frozen:
            self.unanswered.append(answer)
            return answer
        if self.failure is not None:
            answer.set_exception(self.failure)
        else:
            answer.set_result(function(*arguments, dask_worker=self.rooms[worker]))
        return answer

    def close(self) -> None:
        self.is_closed = True
        if self.closing_fails is not None:
            raise self.closing_fails


@dataclass
class Bench:
    """A dispatcher on a fake cluster, with a clock that the test sets."""

    store: RunStore
    connection: FakeConnection = field(default_factory=FakeConnection)
    now: float = 0.0

    def __post_init__(self) -> None:
        self.inbox: queue.Queue[Message] = queue.Queue()
        self.dispatcher = Dispatcher(
            self.store.settings, self.store, self.inbox, lambda _: self.connection, lambda: self.now
        )
        self._count = 0

    def tell(self, *messages: Message) -> None:
        """Hand over messages, and whatever they lead to."""
        for message in messages:
            self.inbox.put(message)
        while not self.inbox.empty():
            self.dispatcher.handle(self.inbox.get())

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.dispatcher.maintain()
        self.tell()

    def submit(self, config: TrainConfig = SMALL) -> "Trained":
        return self._enqueue(self.store.create(config))

    def resume(self, run_id: str) -> "Trained":
        return self._enqueue(self.store.requeue(run_id))

    def _enqueue(self, run: Run) -> "Trained":
        job = TrainingJob(run, "", lambda job: self.inbox.put(Stop(job)), lambda _: 1, lambda: self.dispatcher.workers)
        self._count += 1
        self.tell(Submit(job, self._count))
        return Trained(self, job)


@dataclass
class Trained:
    """A run on the bench, and what its worker says of it."""

    bench: Bench
    job: TrainingJob

    @property
    def _given(self) -> tuple[Assigned, str, Task]:
        return next(given for given in reversed(self.bench.connection.trained) if given[0].run_id == self.job.run_id)

    @property
    def name(self) -> tuple[str, int]:
        return self.job.run_id, self._given[0].attempt

    @property
    def budget(self) -> ThreadBudget:
        return self._given[0].budget

    @property
    def key(self) -> str:
        return self._given[0].key

    @property
    def worker(self) -> str:
        return self._given[1]

    @property
    def task(self) -> Task:
        return self._given[2]

    @property
    def outbox(self) -> Outbox:
        return self.bench.connection.worker(self.worker).outboxes[self.key]

    def begin(self) -> None:
        self.bench.tell(StartedEvent(*self.name, ENVIRONMENT))

    def early(self, step: int) -> None:
        weights = half_precision(make_weights(SMALL, seed=step))
        self.outbox.put_snapshot(SnapshotTaken(make_early(step), weights))
        self.bench.tell(SnapshotEvent(*self.name, make_early(step)))

    def epoch(self, epoch: int) -> None:
        self.outbox.put(make_checkpoint(epoch))
        self.bench.tell(EpochEvent(*self.name, make_metrics(epoch)))

    def end(self, epoch: int, status: RunStatus = RunStatus.COMPLETED) -> None:
        """As a worker ends after this epoch."""
        self.outbox.put_result(FinalPredictions(np.full((100, 10), 0.1, np.float32), 0.5, "abc"))
        self.bench.tell(EndedEvent(*self.name, status, None, Mark.of(make_checkpoint(epoch)), has_result=True))

    def assert_whole(self, epoch: int) -> None:
        """Completed, with everything in the store."""
        store, run = self.bench.store, self.bench.store.get(self.job.run_id)
        checkpoint = store.files.load_checkpoint(run.run_id)
        assert (self.job.status, run.status, run.error) == (RunStatus.COMPLETED, RunStatus.COMPLETED, None)
        assert (run.epochs[-1].epoch, checkpoint.epoch) == (epoch, epoch)
        assert run.test_accuracy == 0.5
        assert store.files.load_predictions(run.run_id, "abc").shape == (100, 10)
