"""A disk that is full while a checkpoint is written: what the run says, and what is left in the store."""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from core.runs.status import DISK_FULL, RunStatus
from core.runs.store import RunStore
from core.settings import Settings
from scripts.serve import wait_until
from soak.faults import Outcome, Plan, lost_by
from soak.house import Small
from soak.judge import complaints, seen_of
from soak.processes import PATIENCE_SECONDS, ROOT

_ROOM_BYTES = 2_500_000
"""More than the database needs, less than a checkpoint of the network below: 512 · 784 weights and what Adam keeps."""
_LARGE = {"hidden_size": 512, "training_size": 5_000, "epochs": 12, "batch_size": 512}

FULL_FOR_A_COMMAND = """
import errno, sys
import core.runs.files as files
from core.__main__ import main

left, write = int(sys.argv[1]), files.write_atomically

def write_atomically(path, data):
    global left
    left -= 1
    if left < 0:
        (path.parent / "half").write_bytes(data[: len(data) // 2])
        (path.parent / "half").unlink()
        raise OSError(errno.ENOSPC, "No space left on device")
    write(path, data)

files.write_atomically = write_atomically
sys.exit(main(sys.argv[2:]))
"""
"""``python -c``: the command in the arguments after the first, on a disk that has room for so many files of runs."""


def run(plan: Plan, outcome: Outcome) -> None:
    """In turn a command whose files find no room, and a server whose files may not grow."""
    for seed in plan.seeds():
        folder = Path(tempfile.mkdtemp(prefix="digitlab-soak-"))
        lost = lost_by(fill_for_a_command, folder, seed) if seed % 2 else lost_by(_fill_for_a_server, seed)
        shutil.rmtree(folder, ignore_errors=True)
        outcome.done += 1
        outcome.count("commands" if seed % 2 else "servers")
        for what in lost:
            outcome.lose(seed, what)


def fill_for_a_command(home: Path, seed: int) -> list[str]:
    """``python -m core train``, whose disk is full after some files: what is wrong with its end."""
    room = random.Random(seed).randrange(8)
    arguments = ["train", "--run-id=full", "--hidden-size=8", "--training-size=500", "--epochs=4", "--backend=numpy"]
    done = subprocess.run(
        [sys.executable, "-c", FULL_FOR_A_COMMAND, str(room), *arguments],
        cwd=ROOT,
        env=os.environ | {"DIGITLAB_HOME": str(home), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    store = RunStore(Settings.from_environment({"DIGITLAB_HOME": str(home)}))
    said = [json.loads(line)["epoch"] for line in done.stdout.splitlines() if "val_loss" in line]
    lost = [] if done.returncode == 2 else [f"the command ended with {done.returncode}"]
    if "Traceback" in done.stderr or DISK_FULL not in done.stderr:
        lost.append(f"the command said {done.stderr[-500:]}")
    run = store.get("full")
    if (run.status, run.error) != (RunStatus.INTERRUPTED, DISK_FULL):
        lost.append(f"the run is {run.status}: {run.error}")
    lost += complaints(store, "full", {epoch: seen_of(store, "full").get(epoch, -1.0) for epoch in said})
    if store.requeue("full").status is not RunStatus.QUEUED:
        lost.append("the run cannot be continued")
    store.close()
    return lost


def _fill_for_a_server(seed: int) -> list[str]:
    """Files of the server may not grow beyond a size from some moment on; later they may again."""
    house = Small()
    try:
        return _fill_and_look(house, random.Random(seed))
    finally:
        house.end()
        shutil.rmtree(house.folder, ignore_errors=True)


def _fill_and_look(house: Small, chance: random.Random) -> list[str]:
    house.start()
    assert house.server.process is not None
    server, epochs = house.server.process.pid, chance.randrange(3)
    run_id = str(house.server.ask("submit", config=_LARGE, session="a")["run_id"])
    wait_until(lambda: len(seen_of(house.store, run_id)) >= epochs, "some epochs were kept", PATIENCE_SECONDS)
    resource.prlimit(server, resource.RLIMIT_FSIZE, (_ROOM_BYTES, resource.RLIM_INFINITY))
    wait_until(lambda: not house.store.summary(run_id).status.is_active, "the run ended", PATIENCE_SECONDS)
    run, seen = house.store.get(run_id), seen_of(house.store, run_id)
    lost = complaints(house.store, run_id, seen, most_to_repeat=_LARGE["epochs"])
    if (run.status, run.error) != (RunStatus.INTERRUPTED, DISK_FULL):
        lost.append(f"the run is {run.status}: {run.error}")
    if len(seen) != _LARGE["epochs"]:
        lost.append(f"of {_LARGE['epochs']} epochs {len(seen)} are there")
    resource.prlimit(server, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    house.server.ask("resume", run_id=run_id)
    wait_until(lambda: not house.store.summary(run_id).status.is_active, "the run ended again", PATIENCE_SECONDS)
    if house.store.summary(run_id).status is not RunStatus.COMPLETED:
        lost.append(f"with room again the run is {house.store.summary(run_id).status}")
    return lost + complaints(house.store, run_id, seen)
