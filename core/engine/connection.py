"""The connection to Dask: no call of it waits for an answer without a bound."""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future as ResultFuture
from contextlib import suppress
from functools import partial
from typing import Any

import psutil
from distributed import Client, Future, SpecCluster

from core.engine.assignment import Assignment
from core.engine.cluster import Cluster, ask_scheduler, open_cluster
from core.engine.messages import Message, TaskEnded, WorkerJoined, WorkerLost, decode
from core.engine.worker import TRAINING, Assigned, run_training
from core.errors import EngineError
from core.settings import Settings

# Weights of the largest networks on a slow line to a cluster; nobody waits for it.
HAND_OVER_SECONDS = 120.0
CLOSE_SECONDS = 0.6
TRAINING_KEY = "train-"
"""What the key of every training's task begins with, whichever server it is of."""
NOT_STARTED = "The workers could not be started; the server’s log says more."
logger = logging.getLogger("digitlab.engine")
Tell = Callable[[Message], None]


class Connection:
    """A cluster that answers, and what is asked of it."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.client: Client = cluster.client
        self._comm = self.client.scheduler_comm

    @property
    def is_alive(self) -> bool:
        """Whether this is still the connection that was made: a client that connects again hears no events."""
        return self.client.status == "running" and self.client.scheduler_comm is self._comm

    def listen(self, topic: str, tell: Tell) -> None:
        """Hear what this server's workers say, and which workers come and go."""
        self.client.subscribe_topic(topic, lambda event: tell(decode(event[1])))
        self.client.subscribe_topic("all", partial(_tell_of_workers, tell))

    def workers(self) -> dict[str, Any]:
        """What the scheduler says of each worker that trains, by address.

        Raises
        ------
        TimeoutError
            If the scheduler does not answer.
        """
        workers = ask_scheduler(self.client, "identity", n_workers=-1)["workers"]
        trains = self.cluster.training.keys()
        return {
            address: worker
            for address, worker in workers.items()
            if worker.get("status", "running") == "running" and trains <= worker["resources"].keys()
        }

    def free_slots(self, workers: dict[str, Any], held: Sequence[str], own: str) -> list[str]:
        """Addresses of workers that could begin a training now, the least busy first.

        Parameters
        ----------
        workers
            As :meth:`workers` tells.
        held
            Workers that this server's trainings were given to, once for each.
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
            room = worker["resources"].get(TRAINING, 0) if self.cluster.training else worker["nthreads"]
            slots += [(len(keys), address)] * (int(room) - others - held.count(address))
        return [address for _, address in sorted(slots)]

    def train(self, assigned: Assigned, worker: str, tell: Tell) -> Future[Any]:
        """Give a run to a worker."""
        task = self.client.submit(
            run_training,
            assigned,
            key=assigned.key,
            workers=[worker],
            resources=self.cluster.training,
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
            return _unanswered(error)

    async def _ask(self, worker: str, function: Callable[..., Any], *arguments: Any) -> Any:
        # On the client's own loop ``run`` gives something to wait for.
        asked = self.client.run(function, *arguments, workers=[worker], on_error="raise")
        replies = await asyncio.wait_for(asked, HAND_OVER_SECONDS)
        return replies[worker]

    def close(self) -> None:
        """End the client and, with it, an embedded cluster, within about a second."""
        with suppress(ValueError):
            self.client.unsubscribe_topic("all")
        if self.cluster.embedded is None:
            with suppress(TimeoutError):
                self.client.close(timeout=1)
            return
        workers = [nanny.pid for nanny in self.cluster.embedded.workers.values()]
        with suppress(TimeoutError):
            self.client.close(timeout=CLOSE_SECONDS)
        _close(self.cluster.embedded, workers)


class Connector:
    """Has the connection, and makes it again if it broke.

    Parameters
    ----------
    topic
        Under which this server's workers speak.
    tell
        Is told what they say, and which come and go.
    connect
        Starts or finds the workers.
    """

    def __init__(self, settings: Settings, topic: str, tell: Tell, connect: Callable[[Settings], Connection]) -> None:
        self._settings, self._topic, self._tell, self._connect = settings, topic, tell, connect
        self.current: Connection | None = None

    def make(self) -> Connection:
        """Connect.

        Raises
        ------
        EngineError
            If there is no cluster to connect to.
        """
        try:
            connection = self.current = self._connect(self._settings)
            connection.listen(self._topic, self._tell)
        except EngineError:
            raise
        except Exception as error:
            logger.exception("The workers could not be started.")
            self.close()
            raise EngineError(NOT_STARTED) from error
        return connection

    def ask(self, assignment: Assignment, function: Callable[..., Any], *arguments: Any) -> ResultFuture[Any]:
        """Call a function of :mod:`core.engine.outbox` on the worker that has a job; see :meth:`Connection.ask`."""
        connection, worker = self.current, assignment.worker
        if connection is None or worker is None:
            return _unanswered(EngineError("Its worker is gone."))
        return connection.ask(worker, function, assignment.key, *arguments)

    def drop_broken(self) -> bool:
        """Let go of a scheduler that went away, or that came back and no longer tells us anything; whether it did."""
        is_broken = self.current is not None and not self.current.is_alive
        if is_broken:
            self.close()
        return is_broken

    def close(self) -> None:
        """Let go of the cluster, if there is one."""
        connection, self.current = self.current, None
        if connection is not None:
            connection.close()


def connect(settings: Settings) -> Connection:
    """Start or find the workers; they are still cold.

    Raises
    ------
    EngineError
        If the scheduler that the settings name does not answer.
    """
    return Connection(open_cluster(settings))


def _unanswered(error: BaseException) -> ResultFuture[Any]:
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
    # Nor is it closed a second time when the process ends.
    cluster.shutdown_on_close = False


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
