"""The dispatcher: the one thread that hears of everything and passes it on."""

import logging
import queue
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from core.engine import messages as said
from core.engine.analyses import Analyses
from core.engine.attempts import Attempts
from core.engine.connection import Connection, connect
from core.engine.connector import Connector
from core.engine.delivery import Deliveries
from core.engine.neighbours import Neighbours
from core.engine.recorder import Recorder
from core.engine.scheduler import Scheduler
from core.engine.speed import KeptSpeed
from core.engine.store_rest import StoreRest
from core.errors import EndingError, EngineError
from core.runs.store import RunStore
from core.settings import Settings

MAINTENANCE_SECONDS = 2.0
_MAY_START = (
    *(said.Submit, said.Stop, said.EndedEvent, said.TaskEnded),
    *(said.WorkerLost, said.WorkerJoined, said.WorkerChecked, said.Waits),
)
"""After these there may be a job that waits and a worker that is free."""
logger = logging.getLogger("digitlab.engine")


class Dispatcher:
    """Takes messages one at a time until it is told to close.

    Parameters
    ----------
    inbox
        Shared with the engine, and with Dask's own threads.
    connect
        Starts or finds the workers.
    clock
        Seconds, as ``time.monotonic`` gives them.
    """

    def __init__(
        self,
        settings: Settings,
        store: RunStore,
        inbox: "queue.Queue[said.Message]",
        connect: Callable[[Settings], Connection] = connect,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._inbox, self._clock = store, inbox, clock
        topic = f"digitlab-{store.lease().server_id}"
        self.speed = KeptSpeed(settings.home)
        self._connector = Connector(settings, topic, inbox.put, connect, clock)
        self._analyses = Analyses(inbox.put)
        self._deliveries = Deliveries(settings.home)
        rest = self._rest = StoreRest(clock)
        self._recorder = Recorder(store, self._connector.ask, inbox.put, clock, rest)
        self._scheduler = Scheduler(store, topic, inbox.put, self._recorder, Neighbours(topic, clock), rest)
        self._attempts = Attempts(self._scheduler, self._recorder, self._deliveries, self.speed, self._connector.ask)
        self._maintained = clock()

    @property
    def is_connected(self) -> bool:
        """Whether there is a cluster."""
        return self._connector.current is not None

    @property
    def workers(self) -> int | None:
        """How many workers can train; None until a job has waited for one."""
        return self._scheduler.workers

    @property
    def troubles(self) -> tuple[str, ...]:
        """What is wrong with a cluster of others, a sentence each: it is away, or has workers that are of no use."""
        if self._connector.why_away:
            return (self._connector.why_away,)
        fitness = None if self._connector.current is None else self._connector.current.fitness
        return () if fitness is None else fitness.complaints

    def run(self) -> None:
        """Connect, then work through the inbox."""
        self._shielded(self._connect)
        while True:
            with suppress(queue.Empty):
                message = self._inbox.get(timeout=MAINTENANCE_SECONDS)
                if isinstance(message, said.Close):
                    self.close()
                    message.reply.set()
                    return
                self.handle(message)
            if self._clock() >= self._maintained + MAINTENANCE_SECONDS:
                self.maintain()

    def handle(self, message: said.Message) -> None:
        """Do what a message asks for, then start what can be started."""
        self._shielded(self._route, message)
        if isinstance(message, _MAY_START):
            self._shielded(self._scheduler.start_waiting, self._connect)

    def maintain(self) -> None:
        """What has to be looked at from time to time, for nobody tells."""
        self._shielded(self._drop_broken_connection)
        self._shielded(self._recorder.maintain, self._scheduler.all())
        self._shielded(self.speed.save)
        for step in (self._store.mark_interrupted, self._store.bin.empty_after_others):
            if not self._rest.is_on():
                self._shielded(self._watched, step)
        self._shielded(self._analyses.run_held, self._connect)
        # On a cluster that others use as well nobody tells when one of their training runs ends.
        self._shielded(self._scheduler.start_waiting, self._connect)
        # At its end: where the store takes long to fail, messages have their turn before the next.
        self._maintained = self._clock()

    def _watched(self, step: Callable[[], Any]) -> None:
        with self._rest.watched():
            step()

    def give_up(self) -> None:
        """Wait for no workers that are starting; safe to call from any thread."""
        self._connector.give_up()

    def close(self) -> None:
        """Interrupt what is under way, write what can be written, end the workers."""
        for step in (self._attempts.close, self._analyses.cancel, self._deliveries.close, self.speed.save):
            self._shielded(step)
        self._shielded(self._connector.close)

    def _shielded(self, step: Callable[..., Any], *arguments: Any) -> None:
        """The edge of the thread: whatever goes wrong in one step must not end all training runs."""
        try:
            step(*arguments)
        except EndingError as error:
            logger.info("%s", error)
        except EngineError as error:
            logger.error("%s", error)
        except TimeoutError:
            logger.warning("The scheduler of the cluster does not answer; it will be asked again.")
        except Exception:
            logger.exception("The engine failed in %s.", step.__qualname__)

    def _route(self, message: said.Message) -> None:
        match message:
            case said.Submit():
                self._attempts.submit(message)
            case said.Stop():
                self._attempts.stop(message)
            case said.SlowDown():
                self._attempts.slow_down(message)
            case said.Analyse() | said.AnalysisStopped():
                self._route_analysis(message)
            case said.Event() | said.Fetched() | said.TaskEnded():
                self._attempts.handle(message)
            case said.WorkerLost() | said.WorkerJoined() | said.WorkerChecked():
                self._route_worker(message)
            case said.Waits():
                self._scheduler.neighbours.hear(message)
            case said.SpeedMeasured(measured):
                self.speed.keep(measured)

    def _route_analysis(self, message: said.Analyse | said.AnalysisStopped) -> None:
        match message:
            case said.Analyse():
                self._analyses.run(message, self._connect)
            case said.AnalysisStopped(result):
                self._analyses.stop(result)

    def _route_worker(self, message: said.WorkerLost | said.WorkerJoined | said.WorkerChecked) -> None:
        match message:
            case said.WorkerLost(address):
                self._attempts.worker_lost(address)
                self._analyses.worker_lost(address)
            case said.WorkerJoined(address):
                self._analyses.joined(self._connector.current, address)
            case said.WorkerChecked(address, complaint):
                if complaint:
                    logger.warning("%s It gets no work.", complaint)
                self._analyses.checked(self._connector.current, address)
                self._analyses.run_held(self._connect)

    def _connect(self) -> Connection:
        """The connection, made again if it broke.

        Raises
        ------
        EngineError
            If there is no cluster to connect to.
        """
        self._drop_broken_connection()
        connection = self._connector.current
        if connection is None:
            connection = self._connector.make()
            self._shielded(self._analyses.prepare, connection, self.speed.measured)
        return connection

    def _drop_broken_connection(self) -> None:
        if self._connector.is_broken:
            try:
                self._connector.close()
            finally:
                # Whatever closing leads to: nobody looks at that connection again.
                self._attempts.scheduler_lost()
