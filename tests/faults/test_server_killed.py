"""A server that is killed in the middle of a run, and what its successor finds."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from core.config import TrainConfig
from core.engine.engine import Engine
from core.runs.ownership import INTERRUPTED_SERVER
from core.runs.status import RunStatus
from core.runs.store import RunStore
from tests.faults.conftest import settings_for, wait_until
from tests.machine import on_a_known_machine

ROOT = Path(__file__).resolve().parents[2]
CONFIG = TrainConfig(hidden_size=32, epochs=60, training_size=20_000, dropout=0.1)
SERVER = """
import sys, time
from core.config import TrainConfig
from core.runs.store import RunStore
from core.settings import Settings
from core.engine.engine import Engine
if __name__ == "__main__":
    settings = Settings.from_environment()
    engine = Engine(settings, RunStore(settings))
    short = engine.submit(TrainConfig(hidden_size=8, epochs=1, training_size=500))
    while short.status.is_active:
        time.sleep(0.05)
    assert engine.store.get(short.run_id).test_accuracy is not None
    print(sorted({"torch", "sklearn", "scipy", "torchvision"} & set(sys.modules)))
    print(engine.submit(TrainConfig.from_json(sys.argv[1])).run_id, flush=True)
    time.sleep(600)
"""


def start_server(home: Path) -> tuple["subprocess.Popen[str]", str, str]:
    """Its process, what it has imported that it must not when a run is completed, and the run that it trains then."""
    script = on_a_known_machine(home) / "server.py"
    script.write_text(SERVER)
    process = subprocess.Popen(
        [sys.executable, str(script), CONFIG.to_json()],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "DIGITLAB_HOME": str(home), "DIGITLAB_WORKERS": "1"},
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip(), process.stdout.readline().strip()


def test_successor_finds_finished_epochs_says_interrupted_and_goes_on(tmp_path: Path) -> None:
    process, imported, run_id = start_server(tmp_path)
    settings = settings_for(tmp_path, DIGITLAB_WORKERS="1")
    store = RunStore(settings)
    wait_until(lambda: store.get(run_id).epochs_done >= 2, "two epochs")
    assert store.mark_interrupted() == [], "a living server's run is left alone"
    workers = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert imported == "[]", "neither PyTorch nor scikit-learn"
    wait_until(lambda: not any(map(_is_alive, workers)), "the workers to leave with their server")

    assert store.mark_interrupted() == [run_id]
    run = store.get(run_id)
    assert (run.status, run.error) == (RunStatus.INTERRUPTED, INTERRUPTED_SERVER)
    assert [metrics.epoch for metrics in run.epochs] == list(range(1, len(run.epochs) + 1))
    checkpoint = store.files.load_checkpoint(run_id)
    assert checkpoint is not None
    assert len(run.epochs) - 1 <= checkpoint.epoch <= len(run.epochs)

    engine = Engine(settings, store)
    job = engine.resume(run_id)
    wait_until(lambda: job.snapshot().position > len(run.epochs) + 0.5, "the run to go on")
    continued = store.get(run_id)
    assert [m.val_loss for m in continued.epochs[: checkpoint.epoch]] == [m.val_loss for m in run.epochs][
        : checkpoint.epoch
    ]
    engine.close()
    assert RunStore(settings).get(run_id).status is RunStatus.INTERRUPTED


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and not any("resource_tracker" in w for w in process.cmdline())
    except psutil.NoSuchProcess:
        return False
