"""Houses to be broken: a server without pages, and all that it needs, on a folder of its own."""

import random
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from core.runs.store import RunStore
from core.settings import Settings
from scripts.serve import wait_until, workers_of
from soak.processes import PATIENCE_SECONDS, Database, Scheduler, Server, Started, Worker

WORKERS = 2
"""Of a scheduler."""


class House:
    """A server, and all that it needs, on a folder of its own.

    Attributes
    ----------
    victims
        What can be killed, by name.
    """

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="digitlab-soak-"))
        self.server = Server(self.folder, self._environment())
        self.store = RunStore(Settings.from_environment(self._environment()))
        self.victims: Mapping[str, Callable[[random.Random], None]] = {}

    def start(self) -> None:
        """Start whatever does not run, and wait until training runs can begin."""
        self.server.start()
        self.wait_until(lambda: self.server.ask("state")["ready"], "the engine was ready")

    def tend(self) -> None:
        """What a supervisor does: start again what has ended by itself."""

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Poll until the condition holds, with the patience of a busy machine, and with a supervisor at work."""

        def holds() -> object:
            self.tend()
            return condition()

        wait_until(holds, what, PATIENCE_SECONDS)

    def end(self) -> None:
        """End everything."""
        self.store.close()
        self.server.end()

    def _environment(self) -> dict[str, str]:
        return {"DIGITLAB_HOME": str(self.folder / "home"), "DIGITLAB_WORKERS": "2", "DIGITLAB_THREADS": "1"}


class Small(House):
    """As on one machine: SQLite, and workers of the server’s own."""

    def __init__(self) -> None:
        super().__init__()
        self.victims = {"worker": self._kill_worker, "server": lambda _random: self.server.kill()}

    def _kill_worker(self, chance: random.Random) -> None:
        assert self.server.process is not None
        workers = sorted(workers_of(psutil.Process(self.server.process.pid)), key=lambda worker: worker.pid)
        chance.choice(workers).kill()


class Large(House):
    """As a team has it: PostgreSQL, and a scheduler with workers of their own."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="digitlab-soak-"))
        self.database = Database(self.folder)
        self.database.start()
        self.scheduler = Scheduler(self.folder)
        self.workers = [Worker(self.folder, self.scheduler.address, number) for number in range(WORKERS)]
        self.server = Server(self.folder, self._environment())
        self.store = RunStore(Settings.from_environment(self._environment()))
        self.victims = {
            "database": lambda _random: self.database.kill(),
            "scheduler": lambda chance: self.kill_scheduler(alone=chance.random() < 1 / 3),
            "server": lambda _random: self.server.kill(),
            "worker": lambda chance: chance.choice(self.workers).kill(),
        }

    def start(self) -> None:
        """The database first, then the scheduler: the others ask for them."""
        self.database.start()
        self.scheduler.start()
        super().start()

    def kill_scheduler(self, *, alone: bool) -> None:
        """Workers leave half a minute after their scheduler has gone, unless they are ended with it."""
        self.scheduler.kill()
        for worker in () if alone else self.workers:
            worker.kill()

    def tend(self) -> None:
        """Workers leave some time after their scheduler has gone."""
        for worker in self.workers:
            worker.start()

    def end(self) -> None:
        """The database last."""
        super().end()
        others: list[Started | Worker] = [self.scheduler, *self.workers]
        for process in others:
            process.end()
        self.database.end()

    def _environment(self) -> dict[str, str]:
        more = {"DIGITLAB_DATABASE_URL": self.database.url, "DIGITLAB_SCHEDULER": self.scheduler.address}
        return super()._environment() | more
