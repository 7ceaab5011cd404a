"""Records to JSON and rows and back, for the database, archives and events."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import Row

from core.config import TrainConfig
from core.runs.records import EpochMetrics, Run, RunEnvironment, RunStatus


def metrics_to_plain(metrics: EpochMetrics) -> dict[str, Any]:
    """Numbers and lists only, in the order of the fields."""
    return vars(metrics) | {
        "batch_losses": [round(float(loss), 5) for loss in metrics.batch_losses],
        "confusion": metrics.confusion.tolist(),
    }


def metrics_from_plain(plain: dict[str, Any]) -> EpochMetrics:
    """Inverse of :func:`metrics_to_plain`."""
    arrays = {
        "batch_losses": np.array(plain["batch_losses"], dtype=np.float32),
        "confusion": np.array(plain["confusion"], dtype=np.int64),
    }
    return EpochMetrics(**(plain | arrays))


def metrics_to_json(metrics: EpochMetrics) -> str:
    """One line of JSON."""
    return json.dumps(metrics_to_plain(metrics))


def metrics_from_json(text: str) -> EpochMetrics:
    """Inverse of :func:`metrics_to_json`."""
    return metrics_from_plain(json.loads(text))


def environment_to_json(environment: RunEnvironment) -> str:
    """One line of JSON."""
    return json.dumps(asdict(environment))


def environment_from_json(text: str) -> RunEnvironment:
    """Inverse of :func:`environment_to_json`."""
    return RunEnvironment(**json.loads(text))


def run_to_row(run: Run) -> dict[str, Any]:
    """The columns of the table of runs, but who owns it."""
    return {
        "run_id": run.run_id,
        "name": run.name,
        "status": run.status.value,
        "created": run.created.timestamp(),
        "started": run.started and run.started.timestamp(),
        "ended": run.ended and run.ended.timestamp(),
        "config": run.config.to_json(),
        "environment": environment_to_json(run.environment),
        "epochs_done": run.epochs_done,
        "seconds": run.seconds,
        "val_accuracy": run.val_accuracy,
        "test_accuracy": run.test_accuracy,
        "error": run.error,
        "test_looks": run.test_looks,
    }


def run_from_row(row: Row[Any], epochs: tuple[EpochMetrics, ...] = ()) -> Run:
    """Inverse of :func:`run_to_row`; the epochs are in a table of their own."""
    return Run(
        run_id=row.run_id,
        name=row.name,
        config=TrainConfig.from_json(row.config),
        status=RunStatus(row.status),
        created=datetime.fromtimestamp(row.created, UTC),
        started=None if row.started is None else datetime.fromtimestamp(row.started, UTC),
        ended=None if row.ended is None else datetime.fromtimestamp(row.ended, UTC),
        environment=environment_from_json(row.environment),
        epochs=epochs,
        epochs_done=row.epochs_done,
        seconds=row.seconds,
        val_accuracy=row.val_accuracy,
        test_accuracy=row.test_accuracy,
        error=row.error,
        test_looks=row.test_looks,
    )
