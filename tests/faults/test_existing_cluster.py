"""An existing cluster by address, with certificates, as a team would run one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from distributed import Security

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.engine.attempts import SCHEDULER_LOST, WORKER_LOST
from core.engine.engine import Engine
from core.runs.status import RunStatus
from core.runs.store import RunStore
from tests.faults.conftest import finish, letters, open_lab, settings_for, wait_until

ROOT = Path(__file__).resolve().parents[2]
CONFIG = TrainConfig(hidden_size=16, epochs=2, training_size=1_000)


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    return make_certificates(tmp_path / "tls")


def make_certificates(folder: Path) -> Path:
    """Of an authority of its own."""
    folder.mkdir()
    security = Security.temporary()
    for name, content in (
        ("ca", security.tls_ca_file),
        ("cert", security.tls_client_cert),
        ("key", security.tls_client_key),
    ):
        (folder / f"{name}.pem").write_text(content)
    return folder


@dataclass
class Cluster:
    """A scheduler and a worker, each a process; the scheduler keeps its address when it is started again."""

    certificates: Path
    folder: Path
    port: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """Where the scheduler says how it is reached."""
        return self.folder / "scheduler.json"

    def start(self, *, worker: bool = True) -> str:
        """Both processes; the address."""
        self.file.unlink(missing_ok=True)
        self._start("scheduler", f"--port={self.port}", "--no-show")
        wait_until(lambda: self.file.exists() and self.file.stat().st_size > 0, "the scheduler's file")
        address: str = json.loads(self.file.read_text())["address"]
        self.port = int(address.rpartition(":")[2])
        if worker:
            self.add_worker()
        return address

    def add_worker(self) -> None:
        """One that takes two trainings at a time."""
        self._start("worker", "--nthreads=2", f"--local-directory={self.folder}")

    def kill(self) -> None:
        """At once, without a word to anybody."""
        for process in reversed(self.processes):
            process.kill()
            process.wait(20)
        self.processes.clear()

    def _start(self, kind: str, *options: str) -> None:
        names = (("ca-file", "ca"), ("cert", "cert"), ("key", "key"))
        tls = [f"--tls-{option}={self.certificates / name}.pem" for option, name in names]
        common = ["--protocol=tls", "--host=127.0.0.1", "--no-dashboard", f"--scheduler-file={self.file}"]
        self.processes.append(
            subprocess.Popen(
                [sys.executable, "-m", "dask", kind, *common, *tls, *options],
                env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
                stderr=subprocess.DEVNULL,
            )
        )


@pytest.fixture
def cluster(certificates: Path, tmp_path: Path) -> Iterator[Cluster]:
    running = Cluster(certificates, tmp_path)
    yield running
    running.kill()


def test_run_trains_on_a_cluster_given_by_address(cluster: Cluster, certificates: Path, tmp_path: Path) -> None:
    address = cluster.start()
    assert address.startswith("tls://")
    settings = settings_for(tmp_path, DIGITLAB_SCHEDULER=address, DIGITLAB_TLS=str(certificates))
    store = RunStore(settings)
    engine = Engine(settings, store)
    job = engine.submit(CONFIG)
    wait_until(lambda: not job.status.is_active, "the run to end")
    run = store.get(job.run_id)
    assert (run.status, run.error) == (RunStatus.COMPLETED, None)
    assert len(store.epoch_models(job.run_id)) == 2
    assert run.test_accuracy is not None
    # Its workers know nothing of this server's folder: the images come to them.
    name = Catalogue(settings.home).add(letters(), "Letters", "Made up.").name
    imported = engine.submit(CONFIG.replace(dataset=name))
    wait_until(lambda: not imported.status.is_active, "the run on imported images to end")
    assert store.get(imported.run_id).class_names == ("a", "b", "c")
    assert store.get(imported.run_id).status is RunStatus.COMPLETED
    engine.close()


def test_scheduler_that_goes_away_interrupts_its_run_and_is_found_again(
    cluster: Cluster, certificates: Path, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path, DIGITLAB_SCHEDULER=cluster.start(), DIGITLAB_TLS=str(certificates))
    store = RunStore(settings)
    engine = Engine(settings, store)
    job = engine.submit(CONFIG.replace(epochs=200, training_size=20_000))
    wait_until(lambda: job.snapshot().position > 1.1, "an epoch")
    cluster.kill()
    wait_until(lambda: not job.status.is_active, "the loss to be seen")
    run = store.get(job.run_id)
    assert run.status is RunStatus.INTERRUPTED
    assert run.error in (WORKER_LOST, SCHEDULER_LOST)
    assert run.epochs_done >= 1
    # Also where Dask's client finds its scheduler again by itself: it would then hear of nothing.
    cluster.start()
    again = engine.submit(CONFIG)
    wait_until(lambda: not again.status.is_active, "the next run to end")
    assert again.status is RunStatus.COMPLETED, again.snapshot().error
    engine.close()


def test_a_second_server_on_the_cluster_does_not_disturb_a_training(
    cluster: Cluster, certificates: Path, tmp_path: Path
) -> None:
    """It comes and goes in the middle of it, on the very same worker, and neither loses an epoch."""
    tls = {"DIGITLAB_SCHEDULER": cluster.start(), "DIGITLAB_TLS": str(certificates)}
    first = open_lab(settings_for(tmp_path / "first", **tls))
    job = first.engine.submit(TrainConfig(epochs=200, batch_size=32))
    wait_until(lambda: job.snapshot().position > 1.1, "an epoch")
    second = open_lab(settings_for(tmp_path / "second", **tls))
    other = second.engine.submit(CONFIG)
    wait_until(lambda: not other.status.is_active, "the second server's run to end")
    assert job.status is RunStatus.RUNNING
    third = open_lab(settings_for(tmp_path / "third", **tls))
    wait_until(lambda: third.engine.is_ready, "a third server")
    third.engine.close()
    reached = job.snapshot().position
    wait_until(lambda: job.snapshot().position > reached + 1.1, "another epoch")
    job.stop()
    assert finish(job, other) == [RunStatus.STOPPED, RunStatus.COMPLETED]
    for lab, ended in ((first, job), (second, other)):
        run, checkpoint = lab.store.get(ended.run_id), lab.store.files.load_checkpoint(ended.run_id)
        last = run.epochs[-1]
        assert (run.error, checkpoint.epoch, checkpoint.step) == (None, last.epoch, last.step)
        assert run.test_accuracy is not None
        assert [metrics.epoch for metrics in run.epochs] == list(range(1, last.epoch + 1))
        lab.engine.close()


def test_a_cluster_without_workers_says_so_until_one_joins(
    cluster: Cluster, certificates: Path, tmp_path: Path
) -> None:
    address = cluster.start(worker=False)
    lab = open_lab(settings_for(tmp_path, DIGITLAB_SCHEDULER=address, DIGITLAB_TLS=str(certificates)))
    job = lab.engine.submit(CONFIG)
    wait_until(lambda: job.snapshot().workers == 0, "the engine to know that there is no worker")
    assert job.snapshot().queue_place == 1
    cluster.add_worker()
    assert finish(job) == [RunStatus.COMPLETED]
    lab.engine.close()


def test_certificates_of_another_authority_are_named_as_the_cause(
    cluster: Cluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    address, others = cluster.start(worker=False), make_certificates(tmp_path / "others")
    lab = open_lab(settings_for(tmp_path, DIGITLAB_SCHEDULER=address, DIGITLAB_TLS=str(others)))
    job = lab.engine.submit(CONFIG)
    assert finish(job) == [RunStatus.FAILED]
    sentence = f"The scheduler at {address} and the certificates in {others} are not of the same authority"
    assert sentence in job.snapshot().error
    assert sentence in caplog.text
    lab.engine.close()
