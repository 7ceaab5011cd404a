"""Runs to rows of the database and back."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.errors import NewerVersionError
from core.runs.codec import metrics_from_dict, metrics_to_dict, run_from_dict, run_to_dict
from core.runs.records import EpochMetrics, Run, RunEnvironment, RunStatus
from core.runs.schema import EPOCHS, RUNS

ACTIVE = tuple(status.value for status in RunStatus if status.is_active)
CONTINUABLE = tuple(status.value for status in RunStatus if status.can_continue)


def insert_epoch(connection: Connection, run_id: str, metrics: EpochMetrics) -> None:
    """Enter the metrics of one epoch."""
    values = {"run_id": run_id, "epoch": metrics.epoch, "metrics": json.dumps(metrics_to_dict(metrics))}
    connection.execute(insert(EPOCHS).values(values))


def read_epochs(connection: Connection, run_id: str) -> tuple[EpochMetrics, ...]:
    """The metrics of all epochs of a run, in order.

    Raises
    ------
    NewerVersionError
        If one of them cannot be read.
    """
    texts = connection.execute(select(EPOCHS.c.metrics).where(EPOCHS.c.run_id == run_id).order_by(EPOCHS.c.epoch))
    try:
        return tuple(metrics_from_dict(json.loads(text)) for text in texts.scalars())
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable(run_id) from error


def replace_run(connection: Connection, run: Run) -> None:
    """Enter a run with its epochs; one with the same id that has ended is replaced."""
    row = run_to_row(run) | {"server_id": None}
    # Updated first: that holds the row until the epochs are there too.
    same = update(RUNS).where(RUNS.c.run_id == run.run_id, RUNS.c.status.not_in(ACTIVE))
    if not connection.execute(same.values(row)).rowcount:
        connection.execute(insert(RUNS).values(row))
    connection.execute(delete(EPOCHS).where(EPOCHS.c.run_id == run.run_id))
    for metrics in run.epochs:
        insert_epoch(connection, run.run_id, metrics)


def run_to_row(run: Run) -> dict[str, Any]:
    """The columns of the table of runs, but who owns it."""
    plain = run_to_dict(run)
    del plain["epochs"]
    moments = {name: value.timestamp() for name, value in vars(run).items() if isinstance(value, datetime)}
    texts = {name: json.dumps(plain[name]) for name in ("config", "environment")}
    return plain | moments | texts


def run_from_row(row: Row[Any], epochs: tuple[EpochMetrics, ...] = ()) -> Run:
    """Inverse of :func:`run_to_row`; the epochs are in a table of their own.

    Raises
    ------
    NewerVersionError
        If it cannot be read: a setting, a status or anything else of it is unknown here.
    """
    plain = {column.name: getattr(row, column.name) for column in RUNS.columns if column is not RUNS.c.server_id}
    try:
        texts = {name: json.loads(plain[name]) for name in ("config", "environment")}
        return run_from_dict(plain | texts | {"epochs": epochs})
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable(row.run_id) from error


def environment_to_json(environment: RunEnvironment) -> str:
    """One line of JSON, as :func:`run_to_row` writes it."""
    return json.dumps(asdict(environment))


def _unreadable(run_id: str) -> NewerVersionError:
    return NewerVersionError(f"Run “{run_id}” cannot be read: a newer version of Digit Lab wrote it, or it is damaged.")
