"""A cluster from the command blocks of docs/SCALING.md: read from the document, run as they are."""

import os
import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from distributed import Client

from core.engine.certificates import security_of
from core.settings import Settings
from tests.faults.conftest import DEADLINE_SECONDS, settings_for, wait_until

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "SCALING.md"
NAMES, CERTIFICATES, SCHEDULER, CHECK, TRAINER, ANALYST, SERVER, SEARCH = range(8)
BLOCKS = 8
Process = subprocess.Popen[str]


def blocks() -> list[str]:
    """Every block of commands, in the order of the document."""
    return re.findall(r"^```sh\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@dataclass
class DocumentedCluster:
    """Processes that blocks have started, on ports and in folders that the document lets one choose."""

    folder: Path
    port: int = field(default_factory=free_port)
    page: int = field(default_factory=free_port)
    ran: set[int] = field(default_factory=set)
    processes: list[Process] = field(default_factory=list)
    trainers: list[Process] = field(default_factory=list)
    analysts: list[Process] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tls://127.0.0.1:{self.port}"

    @property
    def certificates(self) -> Path:
        return self.folder / "tls"

    def settings(self, home: str, **extra: str) -> Settings:
        """Of a server in this process."""
        tls = {"DIGITLAB_SCHEDULER": self.address, "DIGITLAB_TLS": str(self.certificates / "server")}
        return settings_for(self.folder / home, **(tls | extra))

    def run(self, block: int) -> str:
        """Run a block to its end; what it has printed."""
        process = self.start(block)
        said, errors = process.communicate(timeout=DEADLINE_SECONDS)
        assert process.returncode == 0, errors
        return said

    def start(self, block: int, *edits: tuple[str, str]) -> Process:
        """Run a block as a shell does, after the names of the document; each edit puts one text for another."""
        text = blocks()[block]
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        names = {"LAB_PORT": str(self.port), "LAB_PAGE": str(self.page), "LAB_HOST": "127.0.0.1"}
        names |= {"LAB_TLS": str(self.certificates), "LAB_HOME": str(self.folder / "home"), "TMPDIR": str(self.folder)}
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("DIGITLAB_", "PYTHONPATH"))}
        # What a server prints is read by nobody, and would fill a pipe.
        is_read = block in (CERTIFICATES, CHECK, SEARCH)
        process = subprocess.Popen(
            ["bash", "-euc", blocks()[NAMES] + text],
            cwd=ROOT,
            env=clean | names,
            stdout=subprocess.PIPE if is_read else subprocess.DEVNULL,
            stderr=subprocess.PIPE if is_read else subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        if not edits:
            self.ran |= {NAMES, block}
        self.processes.append(process)
        return process

    def start_scheduler(self) -> None:
        self.start(SCHEDULER)
        wait_until(self._listens, "the scheduler to listen")

    def have(self, trainers: int, analysts: int | None = None) -> None:
        """See to it that so many workers of either sort are there, and no more; None leaves analysts as they are."""
        for block, there, wanted in ((TRAINER, self.trainers, trainers), (ANALYST, self.analysts, analysts)):
            there[:] = [process for process in there if process.poll() is None]
            if wanted is not None:
                there += [self.start(block) for _ in range(wanted - len(there))]
                for process in there[wanted:]:
                    process.kill()
                del there[wanted:]
        expected = len(self.trainers) + len(self.analysts)
        # One client for all looks: to connect takes more than to ask.
        with self._client() as client:
            wait_until(
                lambda: sum("-" in name for name in names_of(client).values()) == expected, "the workers to join"
            )

    def start_stranger(self) -> Process:
        """A worker that is told of the scheduler and of nothing else: it runs in another folder."""
        elsewhere = f"cd {self.folder}; exec {ROOT}/.venv/bin/python"
        name = ('"training-$$"', "stranger")
        return self.start(TRAINER, ('PYTHONPATH="$PWD" ', ""), ("exec .venv/bin/python", elsewhere), name)

    def kill_trainer(self, run_id: str) -> None:
        """The process that trains this run, without a word to anybody."""
        with self._client() as client:
            names = names_of(client)
            busy = {names[address]: keys for address, keys in client.processing().items() if address in names}
        pid = next(int(name.rpartition("-")[2]) for name, keys in busy.items() if any(run_id in key for key in keys))
        assert pid in [process.pid for process in self.trainers]
        os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """All of it at once."""
        self.close()
        for processes in (self.processes, self.trainers, self.analysts):
            processes.clear()

    def close(self) -> None:
        for process in reversed(self.processes):
            end(process)

    def wait_for_another_client(self, start: Callable[[], Process], what: str) -> Process:
        """Start a server and wait until it speaks to the scheduler."""
        with self._client() as client:

            def clients() -> int:
                return int(client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.clients)))

            before, server = clients(), start()
            wait_until(lambda: clients() == before + 1, what)
        return server

    def tasks_of(self, name: str) -> int:
        """How many tasks a worker has been given lately."""
        with self._client() as client:
            (address,) = [address for address, known in names_of(client).items() if known.startswith(name)][:1]
            log = client.run(lambda dask_worker: [str(entry) for entry in dask_worker.state.log], workers=[address])
        return sum("compute-task" in entry for entry in log[address])

    def serves(self) -> bool:
        """Whether the dashboard answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.page}/_stcore/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def _listens(self) -> bool:
        with socket.socket() as tried:
            return tried.connect_ex(("127.0.0.1", self.port)) == 0

    def _client(self) -> Client:
        security = security_of(self.address, self.certificates / "server")
        return Client(self.address, security=security, set_as_default=False)


def names_of(client: Client) -> dict[str, str]:
    """The workers that the scheduler has now, by address."""
    found = client.scheduler_info(n_workers=-1)["workers"]
    return {address: str(one["name"]) for address, one in found.items()}


def end(process: Process) -> None:
    """At once, with whatever it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # What it has printed may have been read to its end already.
    with suppress(ValueError):
        process.communicate(timeout=20)
