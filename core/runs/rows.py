"""Runs to rows of the database and back."""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from core.errors import NewerVersionError, RunNotFoundError
from core.runs.codec import early_from_dict, metrics_from_dict, metrics_to_dict, run_from_dict, run_to_dict
from core.runs.names import is_run_id
from core.runs.records import DEMO_RUN_ID, EarlySnapshot, EpochMetrics, Run, RunEnvironment
from core.runs.schema import EARLY, EPOCHS, RUNS
from core.runs.status import RunStatus
from core.runs.whose import Whose

ACTIVE = tuple(status.value for status in RunStatus if status.is_active)
CONTINUABLE = tuple(status.value for status in RunStatus if status.can_continue)
KEPT = func.coalesce(RUNS.c.thrown_away_by, "") == ""
"""Of runs that nobody has thrown away: the others are there for the bin alone.

Written so that no index helps with it: nearly all runs are kept, and SQLite would rather sort them all than take
the first of the index by time."""
_OF_SERVERS = ("server_id", "thrown_away_by")
_AS_JSON = ("config", "environment", "tags")


def insert_epoch(connection: Connection, run_id: str, metrics: EpochMetrics) -> None:
    """Enter the metrics of one epoch."""
    values = {"run_id": run_id, "epoch": metrics.epoch, "metrics": json.dumps(metrics_to_dict(metrics))}
    connection.execute(insert(EPOCHS).values(values))


def insert_early(connection: Connection, run_id: str, snapshot: EarlySnapshot) -> None:
    """Enter an early snapshot."""
    values = {"run_id": run_id, "step": snapshot.step, "snapshot": json.dumps(asdict(snapshot))}
    connection.execute(insert(EARLY).values(values))


def replace_early(connection: Connection, run_id: str, snapshot: EarlySnapshot) -> None:
    """Enter an early snapshot in place of those from its step on, which an earlier start has left."""
    connection.execute(delete(EARLY).where(EARLY.c.run_id == run_id, EARLY.c.step >= snapshot.step))
    insert_early(connection, run_id, snapshot)


def read_run(connection: Connection, run_id: str) -> Run:
    """A run without its epochs.

    Raises
    ------
    RunNotFoundError
        If there is none with this id.
    NewerVersionError
        If it cannot be read.
    """
    is_possible = is_run_id(run_id)
    row = connection.execute(select(RUNS).where(RUNS.c.run_id == run_id, KEPT)).one_or_none() if is_possible else None
    if row is None:
        raise not_found(run_id)
    return run_from_row(row)


def read_whose(connection: Connection, run_ids: Sequence[str]) -> list[Whose]:
    """Whose these runs are, by id, whether or not they can be read; those that are not there are left out."""
    columns = (RUNS.c[field.name] for field in fields(Whose))
    # Checked first, as by :func:`exists`.
    asked = RUNS.c.run_id.in_([run_id for run_id in run_ids if is_run_id(run_id)])
    return [Whose(*row) for row in connection.execute(select(*columns).where(asked, KEPT).order_by(RUNS.c.run_id))]


def exists(connection: Connection, run_id: str) -> bool:
    """Whether there is a run with this id."""
    # Checked first: some databases refuse what cannot be an id, such as a NUL character.
    if not is_run_id(run_id):
        return False
    return connection.execute(select(func.count()).where(RUNS.c.run_id == run_id, KEPT)).scalar_one() > 0


def insert_run(connection: Connection, run: Run, server_id: str) -> None:
    """Enter a run without its epochs, held by a server; an IntegrityError if there is one with its id."""
    connection.execute(insert(RUNS).values(run_to_row(run) | {"server_id": server_id}))


def requeue(connection: Connection, run_id: str, server_id: str) -> bool:
    """Queue a run that can be continued, held by a server; whether it could."""
    queued = {"status": RunStatus.QUEUED.value, "ended": None, "error": None, "server_id": server_id}
    continuable = (RUNS.c.run_id == run_id, RUNS.c.status.in_(CONTINUABLE), KEPT)
    return connection.execute(update(RUNS).where(*continuable).values(queued)).rowcount > 0


def update_run(connection: Connection, run_id: str, values: dict[str, Any]) -> None:
    """Change columns of a run."""
    connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(values))


def update_unchanged(connection: Connection, run: Run, **values: Any) -> bool:
    """Change columns of an ended run, unless it continues or has other weights since it was read; whether it did."""
    same_weights = (RUNS.c.checkpoints == run.checkpoints, RUNS.c.epochs_done == run.epochs_done)
    unchanged = (RUNS.c.run_id == run.run_id, RUNS.c.status.not_in(ACTIVE), *same_weights)
    return connection.execute(update(RUNS).where(*unchanged).values(values)).rowcount > 0


def oldest_first(connection: Connection) -> list[str]:
    """Ids of all runs but the demo run."""
    ids = select(RUNS.c.run_id).where(RUNS.c.run_id != DEMO_RUN_ID, KEPT).order_by(RUNS.c.created, RUNS.c.run_id.desc())
    return list(connection.execute(ids).scalars())


def replace_epoch(connection: Connection, run_id: str, metrics: EpochMetrics) -> None:
    """Enter an epoch in place of those from its number on, and what follows from it for the run."""
    run = read_run(connection, run_id)
    is_next = run.epochs_done <= metrics.epoch - 1
    if is_next and not run.config.patience:
        totals = {"seconds": run.seconds + metrics.seconds, "val_accuracy": metrics.val_accuracy}
    else:
        totals = _totals(run, read_epochs(connection, run_id), metrics)
    connection.execute(delete(EPOCHS).where(EPOCHS.c.run_id == run_id, EPOCHS.c.epoch >= metrics.epoch))
    insert_epoch(connection, run_id, metrics)
    totals["epochs_done"] = metrics.position
    connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(totals))


def read_epochs(connection: Connection, run_id: str) -> tuple[EpochMetrics, ...]:
    """The metrics of all epochs of a run, in order.

    Raises
    ------
    NewerVersionError
        If one of them cannot be read.
    """
    texts = connection.execute(select(EPOCHS.c.metrics).where(EPOCHS.c.run_id == run_id).order_by(EPOCHS.c.epoch))
    try:
        return tuple(map(_metrics, texts.scalars()))
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable(run_id) from error


def read_val_curves(connection: Connection, run_ids: Sequence[str]) -> dict[str, list[tuple[float, float]]]:
    """Epochs done and validation accuracy (0–1) at the end of each epoch, by run; an unreadable epoch is left out."""
    curves: dict[str, list[tuple[float, float]]] = {run_id: [] for run_id in run_ids}
    wanted = select(EPOCHS.c.run_id, EPOCHS.c.metrics).where(EPOCHS.c.run_id.in_(run_ids))
    for run_id, text in connection.execute(wanted.order_by(EPOCHS.c.run_id, EPOCHS.c.epoch)):
        try:
            epoch = json.loads(text)
            position = epoch["epoch"] - 1 + epoch["step"] / epoch["steps_per_epoch"]
            curves[run_id].append((float(position), float(epoch["val_accuracy"])))
        except (ValueError, TypeError, KeyError, ZeroDivisionError, RecursionError):
            continue
    return curves


def read_early(connection: Connection, run_id: str) -> tuple[EarlySnapshot, ...]:
    """The early snapshots of a run, in order; raises as :func:`read_epochs` does."""
    texts = connection.execute(select(EARLY.c.snapshot).where(EARLY.c.run_id == run_id).order_by(EARLY.c.step))
    try:
        return tuple(map(_early, texts.scalars()))
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable(run_id) from error


def replace_run(connection: Connection, run: Run) -> None:
    """Enter a run with its epochs; one with the same id that has ended is replaced."""
    row = run_to_row(run) | dict.fromkeys(_OF_SERVERS)
    # Updated first: that holds the row until the epochs are there too.
    same = update(RUNS).where(RUNS.c.run_id == run.run_id, RUNS.c.status.not_in(ACTIVE))
    # What comes out of an archive is still whose it was here, and of the same exercise.
    kept = {name: RUNS.c[name] for name in ("owner", "exercise") if getattr(run, name) is None}
    if not connection.execute(same.values(row | kept)).rowcount:
        connection.execute(insert(RUNS).values(row))
    for table in (EPOCHS, EARLY):
        connection.execute(delete(table).where(table.c.run_id == run.run_id))
    for metrics in run.epochs:
        insert_epoch(connection, run.run_id, metrics)
    for snapshot in run.early:
        insert_early(connection, run.run_id, snapshot)


def run_to_row(run: Run) -> dict[str, Any]:
    """The columns of the table of runs, but those that say which server has it."""
    plain = run_to_dict(run)
    del plain["epochs"], plain["early"]
    moments = {name: value.timestamp() for name, value in vars(run).items() if isinstance(value, datetime)}
    # Tags are looked for as they are written.
    texts = {name: json.dumps(plain[name], ensure_ascii=name != "tags") for name in _AS_JSON}
    return plain | moments | texts


def run_from_row(row: Row[Any], epochs: tuple[EpochMetrics, ...] = ()) -> Run:
    """Inverse of :func:`run_to_row`; the epochs are in a table of their own.

    Raises
    ------
    NewerVersionError
        If it cannot be read: a setting, a status or anything else of it is unknown here.
    """
    plain = {column.name: getattr(row, column.name) for column in RUNS.columns if column.name not in _OF_SERVERS}
    try:
        texts = {name: json.loads(plain[name]) for name in _AS_JSON}
        return run_from_dict(plain | texts | {"epochs": epochs})
    except (ValueError, TypeError, RecursionError) as error:
        raise _unreadable(row.run_id) from error


def environment_to_json(environment: RunEnvironment) -> str:
    """One line of JSON, as :func:`run_to_row` writes it."""
    return json.dumps(asdict(environment))


@lru_cache(maxsize=1_000)
def _metrics(text: str) -> EpochMetrics:
    """An epoch as it was written: of a run under way all but the last were read a moment ago."""
    metrics = metrics_from_dict(json.loads(text))
    for numbers in (metrics.batch_losses, metrics.confusion):
        numbers.setflags(write=False)
    return metrics


@lru_cache(maxsize=1_000)
def _early(text: str) -> EarlySnapshot:
    return early_from_dict(json.loads(text))


def _unreadable(run_id: str) -> NewerVersionError:
    return NewerVersionError(f"Run “{run_id}” cannot be read: a newer version of Digit Lab wrote it, or it is damaged.")


def _totals(run: Run, epochs: tuple[EpochMetrics, ...], latest: EpochMetrics) -> dict[str, Any]:
    """What the row says of all epochs together, once the latest has replaced those from its number on."""
    epochs = (*(epoch for epoch in epochs if epoch.epoch < latest.epoch), latest)
    kept = replace(run, epochs=epochs).kept_epoch or latest
    return {"seconds": sum(epoch.seconds for epoch in epochs), "val_accuracy": kept.val_accuracy}


def not_found(run_id: str) -> RunNotFoundError:
    """What is said of an id that no run has."""
    return RunNotFoundError(f"There is no run “{run_id[:64]}”: it may have been deleted.")
