"""Analyses: functions that run in a worker beside the training runs, each with a future for its result."""

import logging
from collections.abc import Callable
from concurrent.futures import Future as ResultFuture
from concurrent.futures import InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from inspect import signature
from typing import Any

from distributed import Future

from core.data.dataset import SourceDataset
from core.engine.connection import Connection
from core.engine.messages import Analyse, SpeedMeasured
from core.engine.worker import ANALYSIS, TRAINING, measure_worker_speed, run_stoppable, warm_up
from core.errors import EngineError
from core.training.estimate import Measurement

URGENT, WHEN_IDLE = 1_000, -1_000
DATA_KEY, MOST_SENT = "digitlab-data-", 2
"""What the keys of datasets in the cluster begin with, and how many of them are kept there for analyses."""
WORKER_GONE = "The worker that computed this was lost. Try again."
NO_WORKER = "No worker of the cluster can compute this at the moment. Try again when one has joined."
logger = logging.getLogger("digitlab.engine")


@dataclass(frozen=True, eq=False)
class _Given:
    """What Dask has been given, and the workers that may take it: None if any may."""

    result: ResultFuture[Any]
    workers: set[str] | None


class Analyses:
    """What was given to Dask and has not ended yet, and what waits until a worker is known to be of use.

    Parameters
    ----------
    tell
        Is told, as of a message, how fast the workers are.
    """

    def __init__(self, tell: Callable[[SpeedMeasured], None]) -> None:
        self._tell = tell
        self._known: Measurement | None = None
        self._given: dict[Future[Any], _Given] = {}
        self._held: list[Analyse] = []
        self._sent: dict[str, Future[Any]] = {}
        self._measured_on: Connection | None = None

    def run(self, message: Analyse, connect: Callable[[], Connection]) -> None:
        """Run what a page asks for; its future is given a result or an error in any case."""
        if message.result.cancelled():
            return
        try:
            connection = connect()
            workers = connection.analysts()
            if workers == []:
                self._hold(message, connection)
                return
            self.submit(
                connection,
                message.function,
                *message.arguments,
                result=message.result,
                workers=workers,
                resources=connection.slot(ANALYSIS),
            )
        except EngineError as error:
            message.result.set_exception(error)
        except Exception as error:
            # A page waits for this future, whatever went wrong.
            logger.exception("An analysis could not be given to a worker.")
            message.result.set_exception(error)

    def run_held(self, connect: Callable[[], Connection]) -> None:
        """Run what has waited for a worker."""
        held, self._held = self._held, []
        for message in held:
            self.run(message, connect)

    def prepare(self, connection: Connection, known: Measurement | None = None) -> None:
        """Have new workers warm up, and one of them measure its speed when it has nothing else to do.

        Parameters
        ----------
        known
            What was measured before; a worker that it holds for does not measure again.

        Raises
        ------
        TimeoutError
            If the scheduler does not answer.
        """
        for address in connection.workers():
            self.warm_up(connection, address)
        self._known = known
        if connection.fitness is None:
            self._measure(connection)

    def checked(self, connection: Connection | None, address: str) -> None:
        """A worker of a cluster of others has said what it is made of; as :meth:`prepare`, if it is of use."""
        if connection is None or connection.fitness is None or not connection.fitness.is_fit(address):
            return
        self.warm_up(connection, address)
        if self._measured_on is not connection:
            self._measure(connection, address)

    def joined(self, connection: Connection | None, address: str) -> None:
        """A worker has come: it warms up, or is asked what it is made of first."""
        if connection is not None and connection.fitness is not None:
            connection.workers()
        else:
            self.warm_up(connection, address)

    def warm_up(self, connection: Connection | None, address: str) -> None:
        """Let a worker load PyTorch and MNIST before a training run needs them."""
        if connection is not None:
            self.submit(connection, warm_up, workers=[address])

    def submit(
        self,
        connection: Connection,
        function: Callable[..., Any],
        *arguments: Any,
        result: ResultFuture[Any] | None = None,
        priority: int = URGENT,
        workers: list[str] | None = None,
        resources: dict[str, float] | None = None,
    ) -> ResultFuture[Any]:
        """Run a function in a worker.

        Parameters
        ----------
        result
            Is given what the function returns or raises; a new one by default.
        workers
            Which may; any that has the resources by default.
        resources
            As Dask takes them.
        """
        result = result or ResultFuture()
        where: dict[str, Any] = {"workers": workers, "resources": resources, "priority": priority}
        given = [self._sent_once(connection, argument, where) for argument in arguments]
        if _can_be_stopped(function):
            function, given = run_stoppable, [function, *given]
        task = connection.client.submit(function, *given, pure=False, **where)
        self._given[task] = _Given(result, None if workers is None else set(workers))
        task.add_done_callback(self._done)
        return result

    def worker_lost(self, address: str) -> None:
        """A worker is gone: what it alone could do is over. Dask would wait until it is there again."""
        self._sent.clear()
        for task, given in list(self._given.items()):
            if given.workers is None or address not in given.workers:
                continue
            given.workers.discard(address)
            if not given.workers:
                _set_exception(given.result, EngineError(WORKER_GONE))
                task.cancel()

    def stop(self, result: ResultFuture[Any]) -> None:
        """Nobody waits for this one any more: its worker is told so, if it has begun."""
        self._held = [message for message in self._held if message.result is not result]
        for task, given in list(self._given.items()):
            if given.result is result:
                task.cancel()

    def cancel(self) -> None:
        """Nobody will hear of those that have not ended."""
        for result in [given.result for given in self._given.values()] + [message.result for message in self._held]:
            result.cancel()

    def _sent_once(self, connection: Connection, argument: Any, where: dict[str, Any]) -> Any:
        """A dataset as the result of a task, which stays in the cluster for the next; anything else as it is."""
        if not isinstance(argument, SourceDataset):
            return argument
        key = f"{DATA_KEY}{argument.digest}"
        sent = self._sent.pop(key, None)
        if sent is None or sent.status not in ("pending", "finished"):
            sent = connection.client.submit(keep, argument, key=key, **where)
        self._sent[key] = sent
        for oldest in list(self._sent)[:-MOST_SENT]:
            del self._sent[oldest]
        return sent

    def _hold(self, message: Analyse, connection: Connection) -> None:
        """Wait while a worker may still turn out to be of use.

        Raises
        ------
        EngineError
            If none is there, or none of them is.
        """
        fitness = connection.fitness
        if fitness is None or not fitness.is_asking:
            raise EngineError(" ".join([NO_WORKER, *(() if fitness is None else fitness.complaints)]))
        self._held.append(message)

    def _measure(self, connection: Connection, address: str | None = None) -> None:
        self._measured_on = connection
        measured = self.submit(
            connection,
            measure_worker_speed,
            connection.cluster.alone,
            self._known,
            resources=connection.slot(TRAINING),
            workers=None if address is None else [address],
            priority=WHEN_IDLE,
        )
        measured.add_done_callback(self._measured)

    def _measured(self, result: ResultFuture[Measurement | None]) -> None:
        if not result.cancelled() and result.exception() is None and (measured := result.result()) is not None:
            self._tell(SpeedMeasured(measured))

    def _done(self, task: Future[Any]) -> None:
        result = self._given.pop(task).result
        if result.cancelled():
            return
        try:
            if task.status == "finished":
                result.set_result(task.result())
            else:
                _set_exception(result, _why_not(task))
        except InvalidStateError:
            # Cancelled in this very moment.
            return
        except Exception as error:
            logger.exception("The result of an analysis did not arrive.")
            result.set_exception(error)


def _can_be_stopped(function: Callable[..., Any]) -> bool:
    """Whether it asks now and then if it should."""
    try:
        return "should_stop" in signature(function).parameters
    except (TypeError, ValueError):
        # Some functions that are written in C do not say what they take.
        return False


def keep(dataset: SourceDataset) -> SourceDataset:
    """Runs in a worker: what it returns stays there."""
    return dataset


def _why_not(task: Future[Any]) -> BaseException:
    """Why a task has no result."""
    from distributed.scheduler import KilledWorker

    error = task.exception() if task.status == "error" else None
    return EngineError(WORKER_GONE) if error is None or isinstance(error, KilledWorker) else error


def _set_exception(result: ResultFuture[Any], error: BaseException) -> None:
    # It may have been cancelled, or have its answer, in this very moment.
    with suppress(InvalidStateError):
        result.set_exception(error)
