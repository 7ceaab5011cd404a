"""Processes that are started in order to be killed: a server without pages, a scheduler, workers, a database."""

import json
import multiprocessing
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

from core.engine.cluster import FORKS, PRELOADED
from scripts.serve import free_port, wait_until

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 120.0
_ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


@dataclass
class Started:
    """One process, in a group of its own, whose output goes to a file.

    Parameters
    ----------
    folder
        Where that file is.
    """

    command: tuple[str, ...]
    folder: Path
    name: str
    environment: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self.is_alive:
            return
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env=os.environ | _ENVIRONMENT | dict(self.environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                start_new_session=True,
            )

    def kill(self) -> None:
        """At once, without a word to anybody; its children notice by themselves."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(20)

    def close(self) -> None:
        """Let it end in order: it has nothing more to read."""
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(PATIENCE_SECONDS)

    def end(self) -> None:
        """It and all that it has started."""
        if self.process is None:
            return
        children = []
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.process.pid).children(recursive=True)
        self.kill()
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()

    def log(self) -> str:
        """What it and its predecessors have written."""
        return (self.folder / f"{self.name}.log").read_text(errors="replace")


class Server(Started):
    """A server without pages: :mod:`soak.lab_child`."""

    def __init__(self, folder: Path, environment: Mapping[str, str], name: str = "server") -> None:
        super().__init__(("-m", "soak.lab_child"), folder, name, environment)

    def start(self) -> None:
        """Start it, unless it runs, and wait until it has opened the home."""
        if self.is_alive:
            return
        super().start()
        self._read()

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        """What it answers.

        Raises
        ------
        TimeoutError
            If it does not.
        RuntimeError
            If it refuses, with its sentence.
        """
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write((json.dumps({"do": do} | order) + "\n").encode())
        answer = self._read()
        if "refused" in answer:
            raise RuntimeError(f"The server refused to {do}: {answer['refused']}")
        return answer

    def _read(self) -> dict[str, Any]:
        assert self.process is not None
        assert self.process.stdout is not None
        line = b""
        while not line.endswith(b"\n"):
            ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_SECONDS)
            piece = self.process.stdout.read(65_536) if ready else b""
            if not piece:
                raise TimeoutError(f"The server does not answer; its log ends: {self.log()[-1_500:]}")
            line += piece
        answer: dict[str, Any] = json.loads(line)
        return answer


class Scheduler(Started):
    """Dask’s, which keeps its address when it is started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        options = (f"--port={self.port}", "--host=127.0.0.1", "--no-dashboard", "--no-show")
        super().__init__(("-m", "dask", "scheduler", *options), folder, "scheduler")

    @property
    def address(self) -> str:
        """Where it is reached."""
        return f"tcp://127.0.0.1:{self.port}"


class Worker:
    """Dask’s, for one training run at a time; it comes back by itself where its scheduler has gone, if it lives.

    Forked, as a server’s own are, from one process that has imported PyTorch: to import it again after every kill takes
    longer than all that is looked at.
    """

    def __init__(self, folder: Path, address: str, number: int) -> None:
        where = ("--host=127.0.0.1", f"--local-directory={folder}", "--no-dashboard")
        self._arguments = (address, "--nthreads=1", "--no-nanny", *where)
        self._log = folder / f"worker-{number}.log"
        self._process: BaseProcess | None = None

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._process is not None and self._process.is_alive():
            return
        context = multiprocessing.get_context("forkserver" if FORKS else "spawn")
        if FORKS:
            context.set_forkserver_preload([PRELOADED])
        self._process = context.Process(target=_work, args=(self._arguments, str(self._log)), daemon=True)
        # What it is forked from reads this when it starts, with the first of them.
        with _added_to_environment(_ENVIRONMENT):
            self._process.start()

    def kill(self) -> None:
        """At once, without a word to anybody."""
        if self._process is not None:
            self._process.kill()
            self._process.join(20)

    def end(self) -> None:
        """The same: it has no children."""
        self.kill()


def _work(arguments: tuple[str, ...], log: str) -> None:
    """What ``dask worker`` does, in a session of its own."""
    from distributed.cli.dask_worker import main

    os.setsid()
    with Path(log).open("ab") as output:
        for number in (sys.stdout.fileno(), sys.stderr.fileno()):
            os.dup2(output.fileno(), number)
    main(list(arguments))


@contextmanager
def _added_to_environment(more: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class Database:
    """A real PostgreSQL, from the wheel of ``pgserver``; it listens to a socket in its own folder alone."""

    def __init__(self, folder: Path) -> None:
        import pgserver

        self._data = folder / "postgresql"
        # Makes the cluster, and, where this is root, the user who may run it.
        made = pgserver.get_server(self._data, cleanup_mode="stop")
        self._user = made.system_user
        self._program = Path(pgserver.__file__).parent / "pginstall" / "bin" / "postgres"
        made.cleanup()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For ``DIGITLAB_DATABASE_URL``."""
        return f"postgresql+psycopg://postgres@/postgres?host={self._data}"

    def start(self) -> None:
        """Start it, unless it runs; what a killed one has left is put in order by itself."""
        wait_until(self._answers, "PostgreSQL answered again", PATIENCE_SECONDS)

    def kill(self) -> None:
        """The process that all of its others belong to; they end when they see it."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(20)

    def end(self) -> None:
        """Stop it, in order if it can be had."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
            self.kill()

    def _answers(self) -> bool:
        import psycopg

        if self._process is None or self._process.poll() is not None:
            # As long as a process of the killed one lives, it refuses, and is asked again.
            with (self._data / "log").open("ab") as log:
                command = [str(self._program), "-D", str(self._data), "-k", str(self._data), "-h", ""]
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, user=self._user, start_new_session=True
                )
        with suppress(psycopg.OperationalError), psycopg.connect(f"host={self._data} user=postgres", connect_timeout=5):
            return True
        return False
