"""Real engines on real processes, each test on a home of its own."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psutil
import pytest
from distributed import Client

from core.config import TrainConfig
from core.data.dataset import ImageDataset, SourceDataset
from core.engine.connection import Connection, connect
from core.engine.engine import Engine
from core.engine.job import TrainingJob
from core.engine.pace import LONGEST_GRANT_SECONDS, Pace
from core.runs.status import RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from scripts import serve
from tests.machine import on_a_known_machine

DEADLINE_SECONDS = 150
SLOWLY = Pace(slowly=True)
"""For runs that are only to be under way: for their first seconds they leave the cores to the tests."""


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Poll until the condition holds, with the patience of tests of processes."""
    serve.wait_until(condition, what, DEADLINE_SECONDS)


def wait_while_slow(engine: Engine, run_id: str, condition: Callable[[], object], what: str) -> None:
    """Wait while a run that is only to be under way leaves the cores to the tests."""
    asked = 0.0

    def holds() -> object:
        nonlocal asked
        if time.monotonic() > asked + LONGEST_GRANT_SECONDS / 2:
            asked = time.monotonic()
            engine.slow_down(run_id, LONGEST_GRANT_SECONDS)
        return condition()

    wait_until(holds, what)


def finish(*jobs: TrainingJob) -> list[RunStatus]:
    """Wait for the jobs to end; what became of each."""
    wait_until(lambda: not any(job.status.is_active for job in jobs), "jobs to end")
    return [job.status for job in jobs]


@dataclass
class Lab:
    """An engine, its store, and the connection that it made."""

    engine: Engine
    store: RunStore
    connections: list[Connection]

    @property
    def client(self) -> Client:
        """The engine's client."""
        return self.connections[-1].client

    def worker_of(self, job: TrainingJob) -> str | None:
        """Address of the worker that Dask has given a job to, if any."""
        busy = self.client.processing()
        return next((address for address, keys in busy.items() if any(job.run_id in key for key in keys)), None)

    def occupy_both_workers(self, config: TrainConfig, session: str = "", pace: Pace = SLOWLY) -> list[TrainingJob]:
        """Two jobs, each on a worker of its own; a worker that was killed before is waited for first."""
        wait_until(lambda: len(self.client.scheduler_info(n_workers=-1)["workers"]) == 3, "workers to be replaced")
        jobs = [self.engine.submit(config, session=session, pace=pace) for _ in range(2)]
        wait_until(lambda: all(job.status is RunStatus.RUNNING for job in jobs), "both workers busy")
        return jobs

    def worker_process(self, job: TrainingJob) -> psutil.Process:
        """The process that trains a job."""
        address, cluster = self.worker_of(job), self.connections[-1].cluster.embedded
        assert cluster is not None
        return psutil.Process(next(n.pid for n in cluster.workers.values() if n.worker_address == address))


def letters(count: int = 600) -> SourceDataset:
    """Three classes that any network tells apart: ink at the left, in the middle, at the right."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, count)
    images = random.integers(0, 60, (count, 28, 28), dtype=np.uint8)
    for label in range(3):
        images[labels == label, 4:24, 3 + 9 * label : 7 + 9 * label] = 255
    return SourceDataset(ImageDataset("letters", images, labels, ("a", "b", "c")))


def settings_for(home: Path, **extra: str) -> Settings:
    on_a_known_machine(home)
    return Settings.from_environment(
        {"DIGITLAB_HOME": str(home), "DIGITLAB_WORKERS": "2", "DIGITLAB_THREADS": "1"} | extra
    )


def open_lab(settings: Settings, store: RunStore | None = None) -> Lab:
    """An engine that begins to start."""
    connections: list[Connection] = []

    def remembered(settings: Settings) -> Connection:
        connections.append(connect(settings))
        return connections[-1]

    store = store or RunStore(settings)
    return Lab(Engine(settings, store, remembered), store, connections)


@contextmanager
def running_lab(settings: Settings, store: RunStore | None = None) -> Iterator[Lab]:
    """An engine with workers, and its store."""
    lab = open_lab(settings, store)
    wait_until(lambda: lab.engine.is_ready, "warm workers")
    yield lab
    lab.engine.close()


@pytest.fixture(scope="session")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Two workers, as on two cores; an engine takes long to start."""
    with running_lab(settings_for(tmp_path_factory.mktemp("lab"))) as running:
        yield running


@pytest.fixture
def lab(shared_lab: Lab) -> Iterator[Lab]:
    """The lab, in which the test before has left nothing that runs."""
    yield shared_lab
    for job in shared_lab.engine.active_jobs():
        job.stop()
    wait_until(lambda: not shared_lab.engine.active_jobs(), "what the test left to end")
