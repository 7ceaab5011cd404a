"""The connection to Dask: no call of it waits for an answer without a bound."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future as ResultFuture
from contextlib import suppress
from functools import partial
from typing import Any

import psutil
from distributed import Client, Future, SpecCluster
from distributed.client import ClosedClientError

from core.engine.cluster import ANSWER_SECONDS, Cluster, ask_scheduler, open_cluster
from core.engine.fitness import Fitness
from core.engine.messages import Message, TaskEnded, Waits, WorkerJoined, WorkerLost, decode
from core.engine.worker import ANALYSIS, TRAINING, Assigned, run_training
from core.errors import EngineError
from core.settings import Settings

# Weights of the largest networks on a slow line to a cluster; nobody waits for it.
HAND_OVER_SECONDS = 120.0
CLOSE_SECONDS = 0.6
TRAINING_KEY = "train-"
"""What the key of every training run's task begins with, whichever server it is of."""
_LOOK_SECONDS = 0.05
QUEUE_TOPIC = "digitlab-queue"
Tell = Callable[[Message], None]


class Connection:
    """A cluster that answers, and what is asked of it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.client: Client = cluster.client
        self._comm = self.client.scheduler_comm
        self.fitness = Fitness(self.ask) if cluster.embedded is None else None
        """Of workers that others have started; the embedded cluster’s are of this server’s own kind."""
        # Dask resources that workers have: where one is declared, its sort of task goes to those that have it.
        self._declared = {TRAINING, ANALYSIS} if self.fitness is None else set()

    @property
    def is_alive(self) -> bool:
        """Whether this is still the connection that was made: a client that connects again hears no events."""
        return self.client.status == "running" and self.client.scheduler_comm is self._comm

    def listen(self, topic: str, tell: Tell) -> None:
        """Hear what this server's workers say, and which workers come and go."""
        self.client.subscribe_topic(topic, lambda event: tell(decode(event[1])))
        self.client.subscribe_topic("all", partial(_tell_of_workers, tell))
        if self.fitness is not None:
            self.fitness.listen(tell)
            self.client.subscribe_topic(QUEUE_TOPIC, lambda event: tell(Waits(*event[1])))

    def say(self, waits: Waits) -> None:
        """Let the other servers of this scheduler know.

        Raises
        ------
        TimeoutError
            If the scheduler does not answer.
        """
        said = [waits.server, waits.waiting, waits.running, waits.seconds]
        ask_scheduler(self.client, "log_event", topic=QUEUE_TOPIC, msg=said)

    def workers(self) -> dict[str, Any]:
        """What the scheduler says of each worker that trains, by address.

        Raises
        ------
        TimeoutError
            If the scheduler does not answer.
        """
        return self._with(TRAINING)

    def analysts(self) -> list[str] | None:
        """Workers that may be given analyses, by address; None if Dask may choose any that has a slot for them.

        Raises
        ------
        TimeoutError
            If the scheduler does not answer.
        """
        return None if self.fitness is None else list(self._with(ANALYSIS))

    def has_worker(self) -> bool:
        """Whether there is a worker to train on, once all have answered.

        Raises
        ------
        EngineError
            If there are workers, and all of them are of no use.
        TimeoutError
            If the scheduler does not answer.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        while not (trainers := self.workers()) and self.fitness is not None and self.fitness.is_asking:
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOK_SECONDS)
        if not trainers and self.fitness is not None and self.fitness.complaints:
            raise EngineError(f"No worker of the cluster can train. {' '.join(self.fitness.complaints)}")
        return bool(trainers)

    def slot(self, kind: str) -> dict[str, float]:
        """The Dask resource that a task of this kind takes; none where no worker declares it."""
        return {kind: 1.0} if kind in self._declared else {}

    def _with(self, kind: str) -> dict[str, Any]:
        """What the scheduler says of each worker that is of use and has slots of this kind."""
        workers = ask_scheduler(self.client, "identity", n_workers=-1)["workers"]
        running = {address: one for address, one in workers.items() if one.get("status", "running") == "running"}
        if self.fitness is not None:
            self._declared = {kind for one in running.values() for kind in one["resources"]}
            running = self.fitness.fit(running)
        wanted = self.slot(kind).keys()
        return {address: one for address, one in running.items() if wanted <= one["resources"].keys()}

    def free_slots(self, workers: dict[str, Any], held: Sequence[str], own: str) -> list[str]:
        """Addresses of workers that could begin a training run now, the least busy first.

        Parameters
        ----------
        workers
            As :meth:`workers` tells.
        held
            Workers that this server's training runs were given to, once for each.
        own
            What this server's keys begin with, after ``TRAINING_KEY``: those are counted by ``held``.

        Raises
        ------
        TimeoutError
            If the scheduler does not answer.
        """
        busy = ask_scheduler(self.client, "processing", workers=None)
        slots: list[tuple[int, str]] = []
        for address, worker in workers.items():
            keys = [str(key) for key in busy.get(address, ())]
            others = sum(key.startswith(TRAINING_KEY) and not key.startswith(TRAINING_KEY + own) for key in keys)
            room = worker["resources"].get(TRAINING, 0) if TRAINING in self._declared else worker["nthreads"]
            slots += [(len(keys), address)] * (int(room) - others - held.count(address))
        return [address for _, address in sorted(slots)]

    def train(self, assigned: Assigned, worker: str, tell: Tell) -> Future[Any]:
        """Give a run to a worker."""
        task = self.client.submit(
            run_training,
            assigned,
            key=assigned.key,
            workers=[worker],
            resources=self.slot(TRAINING),
            pure=False,
        )
        task.add_done_callback(lambda done: tell(_task_ended(assigned, done)))
        return task

    def ask(self, worker: str, function: Callable[..., Any], *arguments: Any) -> ResultFuture[Any]:
        """What a function says on a worker, outside of its tasks; nobody waits for it here.

        The future's exception is what the function raised, or TimeoutError after ``HAND_OVER_SECONDS``.
        """
        loop: Any = self.client.loop
        asked = self._ask(worker, function, *arguments)
        try:
            return asyncio.run_coroutine_threadsafe(asked, loop.asyncio_loop)
        except RuntimeError as error:
            # The loop ended with its connection.
            asked.close()
            return unanswered(error)

    async def _ask(self, worker: str, function: Callable[..., Any], *arguments: Any) -> Any:
        # On the client's own loop ``run`` gives something to wait for.
        asked = self.client.run(function, *arguments, workers=[worker], on_error="raise")
        replies = await asyncio.wait_for(asked, HAND_OVER_SECONDS)
        return replies[worker]

    def close(self) -> None:
        """End the client and, with it, an embedded cluster, within about a second."""
        # A client whose scheduler has vanished gives up by itself, and is closed then.
        with suppress(ValueError, ClosedClientError):
            self.client.unsubscribe_topic("all")
        if self.cluster.embedded is None:
            with suppress(TimeoutError):
                self.client.close(timeout=1)
            return
        workers = [nanny.pid for nanny in self.cluster.embedded.workers.values()]
        with suppress(TimeoutError):
            self.client.close(timeout=CLOSE_SECONDS)
        _close(self.cluster.embedded, workers)


def connect(settings: Settings) -> Connection:
    """Start or find the workers; they are still cold.

    Raises
    ------
    EngineError
        If the scheduler that the settings name does not answer.
    """
    return Connection(open_cluster(settings))


def unanswered(error: BaseException) -> ResultFuture[Any]:
    """What is given for an answer where nobody can be asked."""
    nobody: ResultFuture[Any] = ResultFuture()
    nobody.set_exception(error)
    return nobody


def _close(cluster: SpecCluster, workers: Sequence[int | None]) -> None:
    # Not with a timeout of Dask's own: the closing it then gives up is waited for again when the process ends.
    closing = threading.Thread(target=cluster.close, name="closing", daemon=True)
    closing.start()
    closing.join(CLOSE_SECONDS)
    # Whoever has not left by now holds nothing that is worth waiting for.
    for pid in filter(None, workers):
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).kill()
    closing.join(CLOSE_SECONDS)


def _tell_of_workers(tell: Tell, event: tuple[float, Any]) -> None:
    message = event[1] if isinstance(event[1], dict) else {}
    if message.get("action") == "remove-worker":
        tell(WorkerLost(str(message["worker"])))
    elif message.get("action") == "add-worker":
        tell(WorkerJoined(str(message["worker"])))


def _task_ended(assigned: Assigned, task: Future[Any]) -> TaskEnded:
    from distributed.scheduler import KilledWorker

    error = task.exception() if task.status == "error" else None
    status = "lost" if isinstance(error, KilledWorker) else str(task.status)
    return TaskEnded(assigned.run_id, assigned.attempt, status, error)
