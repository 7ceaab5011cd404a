"""Runs to rows of the database and back."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, update

from core.config import TrainConfig
from core.runs.codec import environment_from_json, environment_to_json, metrics_to_json
from core.runs.records import EpochMetrics, Run, RunStatus
from core.runs.schema import EPOCHS, RUNS


def insert_epoch(connection: Connection, run_id: str, metrics: EpochMetrics) -> None:
    """Enter the metrics of one epoch."""
    values = {"run_id": run_id, "epoch": metrics.epoch, "metrics": metrics_to_json(metrics)}
    connection.execute(insert(EPOCHS).values(values))


def replace_run(connection: Connection, run: Run) -> None:
    """Enter a run with its epochs; one with the same id is replaced."""
    row = run_to_row(run) | {"server_id": None}
    # Updated first: that holds the row until the epochs are there too.
    if not connection.execute(update(RUNS).where(RUNS.c.run_id == run.run_id).values(row)).rowcount:
        connection.execute(insert(RUNS).values(row))
    connection.execute(delete(EPOCHS).where(EPOCHS.c.run_id == run.run_id))
    for metrics in run.epochs:
        insert_epoch(connection, run.run_id, metrics)


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
