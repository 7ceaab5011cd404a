"""An existing cluster by address, with certificates, as a team would run one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Security

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.runs.records import RunStatus
from core.runs.store import RunStore
from core.training.engine import Engine
from tests.faults.conftest import letters, settings_for, wait_until

ROOT = Path(__file__).resolve().parents[2]
CONFIG = TrainConfig(hidden_size=16, epochs=2, training_size=1_000)


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    folder = tmp_path / "tls"
    folder.mkdir()
    security = Security.temporary()
    for name, content in (
        ("ca", security.tls_ca_file),
        ("cert", security.tls_client_cert),
        ("key", security.tls_client_key),
    ):
        (folder / f"{name}.pem").write_text(content)
    return folder


@pytest.fixture
def cluster_address(certificates: Path, tmp_path: Path) -> Iterator[str]:
    tls = [
        f"--tls-{option}={certificates / name}.pem"
        for option, name in (("ca-file", "ca"), ("cert", "cert"), ("key", "key"))
    ]
    where = tmp_path / "scheduler.json"
    dask = [sys.executable, "-m", "dask"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen(
            [
                *dask,
                "scheduler",
                "--protocol=tls",
                "--host=127.0.0.1",
                "--port=0",
                "--no-dashboard",
                "--no-show",
                f"--scheduler-file={where}",
                *tls,
            ],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
    ]
    wait_until(where.exists, "the scheduler's file")
    processes.append(
        subprocess.Popen(
            [
                *dask,
                "worker",
                "--protocol=tls",
                "--host=127.0.0.1",
                "--nthreads=1",
                "--no-dashboard",
                f"--scheduler-file={where}",
                f"--local-directory={tmp_path}",
                *tls,
            ],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
    )
    yield json.loads(where.read_text())["address"]
    for process in reversed(processes):
        process.terminate()
        process.wait(20)


def test_run_trains_on_a_cluster_given_by_address(cluster_address: str, certificates: Path, tmp_path: Path) -> None:
    assert cluster_address.startswith("tls://")
    settings = settings_for(tmp_path, DIGITLAB_SCHEDULER=cluster_address, DIGITLAB_TLS=str(certificates))
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
