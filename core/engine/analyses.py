"""Analyses: functions that run in a worker beside the trainings, each with a future for its result."""

import logging
from collections.abc import Callable
from concurrent.futures import Future as ResultFuture
from concurrent.futures import InvalidStateError
from typing import Any

from distributed import Client, Future

from core.engine.connection import Connection
from core.engine.messages import Analyse, SpeedMeasured
from core.engine.worker import measure_worker_speed, warm_up
from core.errors import EngineError
from core.training.estimate import Measurement

URGENT, WHEN_IDLE = 1_000, -1_000
WORKER_GONE = "The worker that computed this went away. Try again."
logger = logging.getLogger("digitlab.engine")


class Analyses:
    """What was given to Dask and has not ended yet.

    Parameters
    ----------
    tell
        Is told, as of a message, how fast the workers are.
    """

    def __init__(self, tell: Callable[[SpeedMeasured], None]) -> None:
        self._tell = tell
        self._results: dict[Future[Any], ResultFuture[Any]] = {}

    def run(self, message: Analyse, connect: Callable[[], Connection]) -> None:
        """Run what a page asks for; its future is given a result or an error in any case."""
        try:
            connection = connect()
            self.submit(
                connection.client,
                message.function,
                *message.arguments,
                result=message.result,
                resources=connection.cluster.analysis,
            )
        except EngineError as error:
            message.result.set_exception(error)
        except Exception as error:
            # A page waits for this future, whatever went wrong.
            logger.exception("An analysis could not be given to a worker.")
            message.result.set_exception(error)

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
        measured = self.submit(
            connection.client,
            measure_worker_speed,
            connection.cluster.alone,
            known,
            resources=connection.cluster.training,
            priority=WHEN_IDLE,
        )
        measured.add_done_callback(self._measured)

    def warm_up(self, connection: Connection | None, address: str) -> None:
        """Let a worker load PyTorch and MNIST before a training needs them."""
        if connection is not None:
            self.submit(connection.client, warm_up, workers=[address])

    def submit(
        self,
        client: Client,
        function: Callable[..., Any],
        *arguments: Any,
        result: ResultFuture[Any] | None = None,
        priority: int = URGENT,
        **where: Any,
    ) -> ResultFuture[Any]:
        """Run a function in a worker.

        Parameters
        ----------
        result
            Is given what the function returns or raises; a new one by default.
        where
            ``resources`` or ``workers``, as Dask takes them.
        """
        result = result or ResultFuture()
        task = client.submit(function, *arguments, priority=priority, pure=False, **where)
        self._results[task] = result
        task.add_done_callback(self._done)
        return result

    def cancel(self) -> None:
        """Nobody will hear of those that have not ended."""
        for result in list(self._results.values()):
            result.cancel()

    def _measured(self, result: ResultFuture[Measurement | None]) -> None:
        if not result.cancelled() and result.exception() is None and (measured := result.result()) is not None:
            self._tell(SpeedMeasured(measured))

    def _done(self, task: Future[Any]) -> None:
        result = self._results.pop(task)
        if result.cancelled():
            return
        try:
            if task.status == "finished":
                result.set_result(task.result())
            else:
                error = task.exception() if task.status == "error" else None
                result.set_exception(error or EngineError(WORKER_GONE))
        except InvalidStateError:
            # Cancelled in this very moment.
            return
        except Exception as error:
            logger.exception("The result of an analysis did not arrive.")
            result.set_exception(error)
