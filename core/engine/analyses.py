"""Analyses: functions that run in a worker beside the trainings, each with a future for its result."""

import logging
from collections.abc import Callable
from concurrent.futures import Future as ResultFuture
from concurrent.futures import InvalidStateError
from typing import Any

from distributed import Client, Future

from core.errors import EngineError

URGENT, WHEN_IDLE = 1_000, -1_000
WORKER_GONE = "The worker that computed this went away. Try again."
logger = logging.getLogger("digitlab.engine")


class Analyses:
    """What was given to Dask and has not ended yet."""

    def __init__(self) -> None:
        self._results: dict[Future[Any], ResultFuture[Any]] = {}

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
