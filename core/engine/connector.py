"""Connector: has the connection to a cluster, and makes it again if it broke."""

import logging
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from core.engine.assignment import Assignment
from core.engine.connection import Connection, Tell, unanswered
from core.engine.starting import Starting
from core.errors import AwayError, EndingError, EngineError
from core.settings import Settings

AWAY_SECONDS = 5.0
"""Between two looks for a scheduler that was lost."""
NOT_STARTED = "The workers could not be started; the server’s log says more."
logger = logging.getLogger("digitlab.engine")


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
    clock
        Seconds, as ``time.monotonic`` gives them.

    Attributes
    ----------
    why_away
        Why a scheduler that has answered before does not, a sentence; empty otherwise.
    """

    def __init__(
        self,
        settings: Settings,
        topic: str,
        tell: Tell,
        connect: Callable[[Settings], Connection],
        clock: Callable[[], float],
    ) -> None:
        self._settings, self._topic, self._tell, self._clock = settings, topic, tell, clock
        self._starting = Starting(connect)
        self.current: Connection | None = None
        self.why_away = ""
        self._has_been_there = False
        self._try_again_at = 0.0

    def make(self) -> Connection:
        """Connect.

        Raises
        ------
        AwayError
            If a scheduler of others that was there is not there now; it may come back.
        EndingError
            If :meth:`give_up` has been called.
        EngineError
            If there is no cluster to connect to.
        """
        if self.why_away and self._clock() < self._try_again_at:
            raise AwayError(self.why_away)
        try:
            connection = self.current = self._starting.connection(self._settings)
            connection.listen(self._topic, self._tell)
        except EndingError:
            raise
        except EngineError as error:
            if not self._has_been_there or self._settings.scheduler is None:
                raise
            # While it is tried nobody else is served.
            self._try_again_at = self._clock() + AWAY_SECONDS
            if not self.why_away:
                logger.warning("%s Trying again every %g seconds.", error, AWAY_SECONDS)
            self.why_away = str(error)
            raise AwayError(self.why_away) from error
        except Exception as error:
            logger.exception("The workers could not be started.")
            self.close()
            raise EngineError(NOT_STARTED) from error
        self._has_been_there, self.why_away = True, ""
        return connection

    def ask(self, assignment: Assignment, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Call a function of :mod:`core.engine.outbox` on the worker that has a job; see :meth:`Connection.ask`."""
        connection, worker = self.current, assignment.worker
        if connection is None or worker is None:
            return unanswered(EngineError("Its worker is gone."))
        return connection.ask(worker, function, assignment.key, *arguments)

    @property
    def is_broken(self) -> bool:
        """Whether the scheduler was lost, or came back and no longer tells us anything."""
        return self.current is not None and not self.current.is_alive

    def give_up(self) -> None:
        """Have nobody wait for workers that are starting; those that are there stay."""
        self._starting.give_up()

    def close(self) -> None:
        """Let go of the cluster, if there is one."""
        connection, self.current = self.current, None
        if connection is not None:
            connection.close()
