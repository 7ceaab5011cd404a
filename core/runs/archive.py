"""A run as a folder that can be copied: ``run.json`` and its safetensors files. The demo run is one."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from core.atomic import write_atomically
from core.config import TrainConfig
from core.errors import ConfigError, RunError
from core.runs.codec import environment_from_json, environment_to_json, metrics_from_plain, metrics_to_plain
from core.runs.files import RUN_FILES
from core.runs.names import is_run_id
from core.runs.records import DEMO_RUN_ID, Run, RunStatus
from core.runs.store import RunStore

RUN_FILE = "run.json"
DEMO_DIRECTORY = Path(__file__).resolve().parents[2] / "demo"


def export_run(store: RunStore, run_id: str, directory: Path) -> None:
    """Write a run into a folder, which is created; the files of a run that is there already are replaced.

    Raises
    ------
    RunError
        If there is no such run, or the folder cannot be written to.
    """
    run = store.get(run_id)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _replace_files(store.files.folder(run_id), directory)
        write_atomically(directory / RUN_FILE, _to_json(run).encode())
    except OSError as error:
        raise RunError(f"The run cannot be written to {directory}: {error.strerror}.") from error


def import_run(store: RunStore, directory: Path) -> Run:
    """Bring a folder written by :func:`export_run` into the store, under the id that it carries.

    Raises
    ------
    RunError
        If there is no readable run in the folder.
    """
    run = read_run(directory)
    folder = store.files.folder(run.run_id)
    folder.mkdir(parents=True, exist_ok=True)
    _replace_files(directory, folder)
    store.insert(run)
    return run


def read_run(directory: Path) -> Run:
    """The run that a folder holds, without its weights.

    Raises
    ------
    RunError
        If there is none, or it cannot be read.
    """
    try:
        return _from_json((directory / RUN_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise RunError(f"There is no run in {directory}: a run's folder holds a {RUN_FILE}.") from None
    except (OSError, ValueError, KeyError, TypeError, RecursionError, ConfigError) as error:
        raise RunError(f"The {RUN_FILE} in {directory} cannot be read: it is damaged.") from error


def _replace_files(source: Path, target: Path) -> None:
    """Copy a run's files, each whole or not at all, and drop those of the run that was there before."""
    paths = [path for pattern in RUN_FILES for path in source.glob(pattern)]
    for path in paths:
        write_atomically(target / path.name, path.read_bytes())
    names = {path.name for path in paths}
    for path in [path for pattern in RUN_FILES for path in target.glob(pattern) if path.name not in names]:
        path.unlink(missing_ok=True)


def bring_in_demo(store: RunStore, directory: Path = DEMO_DIRECTORY) -> None:
    """Put the demo run into the store unless this very version of it is there already.

    Raises
    ------
    RunError
        If it is missing or damaged.
    """
    stamp = store.files.folder(DEMO_RUN_ID) / "version"
    digest = hashlib.sha256(_to_json(read_run(directory)).encode()).hexdigest()
    if store.exists(DEMO_RUN_ID) and stamp.exists() and stamp.read_text() == digest:
        return
    looks = store.get(DEMO_RUN_ID).test_looks if store.exists(DEMO_RUN_ID) else 0
    run = import_run(store, directory)
    store.insert(replace(run, test_looks=looks))
    stamp.write_text(digest)


def _to_json(run: Run) -> str:
    plain: dict[str, Any] = {
        "run_id": run.run_id,
        "name": run.name,
        "status": run.status.value,
        "created": run.created.isoformat(),
        "started": run.started and run.started.isoformat(),
        "ended": run.ended and run.ended.isoformat(),
        "config": json.loads(run.config.to_json()),
        "environment": json.loads(environment_to_json(run.environment)),
        "epochs_done": run.epochs_done,
        "seconds": run.seconds,
        "val_accuracy": run.val_accuracy,
        "test_accuracy": run.test_accuracy,
        "error": run.error,
        "epochs": [metrics_to_plain(metrics) for metrics in run.epochs],
    }
    return json.dumps(plain, indent=1) + "\n"


def _from_json(text: str) -> Run:
    plain = json.loads(text)
    times = {k: plain[k] and datetime.fromisoformat(plain[k]) for k in ("started", "ended")}
    status = RunStatus(plain["status"])
    if not is_run_id(plain["run_id"]):
        raise ValueError("not a run id")
    return Run(
        **(plain | times)
        | {
            "created": datetime.fromisoformat(plain["created"]),
            # Nobody trains it here, whatever happened where it was written.
            "status": RunStatus.INTERRUPTED if status.is_active else status,
            "config": TrainConfig.from_json(json.dumps(plain["config"])),
            "environment": environment_from_json(json.dumps(plain["environment"])),
            "epochs": tuple(metrics_from_plain(metrics) for metrics in plain["epochs"]),
        }
    )
