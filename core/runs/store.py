"""RunStore: every run, its metrics in a database, its weights in files. Shared by all who use one home."""

import time
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, delete, func, insert, select, update

from core.analysis.predictions import Predictions
from core.config import TrainConfig
from core.data.dataset import ImageDataset, Normalisation
from core.errors import RunError, RunNotFoundError
from core.models.numpy_model import NumpyModel
from core.runs.codec import environment_from_json, environment_to_json, metrics_from_json, metrics_to_json
from core.runs.files import RunFiles, read_model
from core.runs.lease import Lease, living_servers
from core.runs.names import is_run_id, new_run_id
from core.runs.records import EpochMetrics, Run, RunEnvironment, RunStatus
from core.runs.schema import EPOCHS, RUNS, open_database
from core.settings import Settings
from core.training.events import Checkpoint

_ACTIVE = [status.value for status in RunStatus if status.is_active]
INTERRUPTED_SERVER = "The server that trained it went away."


class RunStore:
    """Reads and writes runs.

    Safe to use from several threads and, with one home or one database, from several processes. A run's database row
    is written before its files, so that a kill in between costs at most the weights of one epoch, which a continued
    run trains again.
    """

    def __init__(self, settings: Settings) -> None:
        settings.home.mkdir(parents=True, exist_ok=True)
        self.settings = settings
        self.files = RunFiles(settings.home / "runs", settings.run_budget, settings.store_budget)
        self.database = open_database(settings.database_url, settings.home)
        self._lease: Lease | None = None

    def runs(self) -> list[Run]:
        """All runs without their epochs, newest first, the demo run last."""
        with self.database.connect() as connection:
            rows = connection.execute(select(RUNS).order_by(RUNS.c.created.desc(), RUNS.c.run_id)).all()
        return sorted((_run(row) for row in rows), key=lambda run: run.is_demo)

    def get(self, run_id: str) -> Run:
        """One run with its epochs.

        Raises
        ------
        RunNotFoundError
            If there is none with this id.
        """
        self._check(run_id)
        with self.database.connect() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.run_id == run_id)).one()
            epochs = connection.execute(
                select(EPOCHS.c.metrics).where(EPOCHS.c.run_id == run_id).order_by(EPOCHS.c.epoch)
            ).scalars()
            return _run(row, tuple(metrics_from_json(text) for text in epochs))

    def create(self, config: TrainConfig, run_id: str | None = None) -> Run:
        """Enter a new run as queued, owned by this process."""
        run_id = run_id or new_run_id()
        run = Run(run_id, run_id.rpartition("-")[0] or run_id, config, RunStatus.QUEUED, datetime.now(UTC))
        with self.database.begin() as connection:
            connection.execute(insert(RUNS).values(_row(run) | {"server_id": self.lease().server_id}))
        return self.get(run_id)

    def requeue(self, run_id: str) -> Run:
        """Enter an ended run as queued again, owned by this process, to go on from its last checkpoint.

        Raises
        ------
        RunError
            If it is complete, or running here or elsewhere.
        """
        run = self.get(run_id)
        if not run.can_continue:
            raise RunError(f"Run “{run_id}” is {run.status}: only a stopped or interrupted run can be continued.")
        self._update(
            run_id, status=RunStatus.QUEUED.value, ended=None, error=None, server_id=self.lease().server_id
        )
        return self.get(run_id)

    def record_start(self, run_id: str, environment: RunEnvironment) -> None:
        """A worker has begun."""
        self._update(
            run_id,
            status=RunStatus.RUNNING.value,
            started=time.time(),
            environment=environment_to_json(environment),
        )

    def record_epoch(self, run_id: str, metrics: EpochMetrics) -> None:
        """Keep the metrics of an epoch; those of the same epoch, cut off earlier, are replaced."""
        with self.database.begin() as connection:
            connection.execute(delete(EPOCHS).where(EPOCHS.c.run_id == run_id, EPOCHS.c.epoch >= metrics.epoch))
            connection.execute(
                insert(EPOCHS).values(run_id=run_id, epoch=metrics.epoch, metrics=metrics_to_json(metrics))
            )
        epochs = self.get(run_id).epochs
        self._update(
            run_id,
            epochs_done=metrics.position,
            seconds=sum(epoch.seconds for epoch in epochs),
            val_accuracy=metrics.val_accuracy,
        )

    def record_checkpoint(self, run_id: str, checkpoint: Checkpoint) -> None:
        """Keep the weights of an epoch; predictions made with earlier ones are dropped."""
        run = self.get(run_id)
        normalisation = Normalisation(run.environment.mean, run.environment.std)
        self.files.drop_predictions(run_id)
        self.files.save_checkpoint(run_id, run.config, normalisation, checkpoint)

    def record_predictions(self, run_id: str, probabilities: NDArray[np.float32], accuracy: float, digest: str) -> None:
        """Keep the test probabilities ``(N, K)`` of a run and the accuracy that they give."""
        self.files.save_predictions(run_id, probabilities, digest)
        self._update(run_id, test_accuracy=accuracy)

    def record_status(self, run_id: str, status: RunStatus, error: str | None = None) -> None:
        """Keep a new status; an end is dated."""
        ended = None if status.is_active else time.time()
        self._update(run_id, status=status.value, ended=ended, error=error)
        if ended:
            self.files.keep_to_store_budget([run.run_id for run in reversed(self.runs()) if not run.is_demo])

    def model(self, run_id: str) -> NumpyModel:
        """The network after a run's last epoch.

        Raises
        ------
        RunError
            If there is no such run, or it has no weights yet, or their file is damaged.
        """
        self._check(run_id)
        return self.files.load_model(run_id)

    def epoch_models(self, run_id: str) -> list[tuple[int, NumpyModel]]:
        """Epochs whose weights are kept and the networks after them, in half precision, in order."""
        self._check(run_id)
        return [(epoch, read_model(path)) for epoch, path in self.files.epoch_paths(run_id)]

    def predictions(self, run_id: str, test: ImageDataset) -> Predictions:
        """What a run says about the test images; computed with NumPy and kept if it was not kept yet.

        Raises
        ------
        RunError
            As for :meth:`model`.
        """
        self._check(run_id)
        probabilities = self.files.load_predictions(run_id, test.digest)
        if probabilities is None:
            probabilities = self.files.load_model(run_id).probabilities(test.images)
            self._keep_predictions(run_id, probabilities, test)
        return Predictions(run_id, probabilities, test.labels, test.class_names)

    def _keep_predictions(self, run_id: str, probabilities: NDArray[np.float32], test: ImageDataset) -> None:
        # A run that is going on will have other weights in a moment.
        if not self.get(run_id).status.is_active:
            accuracy = float((probabilities.argmax(1) == test.labels).mean())
            self.record_predictions(run_id, probabilities, accuracy, test.digest)

    def count_test_look(self, run_id: str) -> None:
        """One more session has looked at the test results of this run."""
        with self.database.begin() as connection:
            connection.execute(
                update(RUNS).where(RUNS.c.run_id == run_id).values(test_looks=RUNS.c.test_looks + 1)
            )

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name, 1–40 characters."""
        cleaned = " ".join(name.split())[:40]
        if not cleaned:
            raise RunError("A run needs a name of at least one letter.")
        self._update(run_id, name=cleaned)

    def delete(self, run_id: str) -> None:
        """Remove a run and its files for good.

        Raises
        ------
        RunError
            If it is the demo run, or not yet ended.
        """
        run = self.get(run_id)
        if run.is_demo:
            raise RunError("The demo run belongs to Digit Lab and stays.")
        if run.status.is_active:
            raise RunError(f"Run “{run_id}” is {run.status}: stop it before you delete it.")
        with self.database.begin() as connection:
            connection.execute(delete(EPOCHS).where(EPOCHS.c.run_id == run_id))
            connection.execute(delete(RUNS).where(RUNS.c.run_id == run_id))
        self.files.delete(run_id)

    def mark_interrupted(self) -> list[str]:
        """Runs of servers that are gone become interrupted; their ids are returned."""
        with self.database.begin() as connection:
            living = living_servers(connection)
            lost = select(RUNS.c.run_id).where(RUNS.c.status.in_(_ACTIVE), RUNS.c.server_id.not_in(living))
            run_ids = list(connection.execute(lost).scalars())
            connection.execute(
                update(RUNS)
                .where(RUNS.c.run_id.in_(run_ids))
                .values(status=RunStatus.INTERRUPTED.value, ended=time.time(), error=INTERRUPTED_SERVER)
            )
        return run_ids

    def lease(self) -> Lease:
        """This process's lease, taken when it is first needed."""
        if self._lease is None:
            self._lease = Lease.take(self.database)
        return self._lease

    def close(self) -> None:
        """Give back the lease and close the database."""
        if self._lease is not None:
            self._lease.give_back(self.database)
            self._lease = None
        self.database.dispose()

    def exists(self, run_id: str) -> bool:
        """Whether there is a run with this id."""
        with self.database.connect() as connection:
            count = connection.execute(select(func.count()).where(RUNS.c.run_id == run_id)).scalar_one()
        return is_run_id(run_id) and count > 0

    def insert(self, run: Run) -> None:
        """Enter a run that was made elsewhere, with its epochs; one with the same id is replaced."""
        row = _row(run)
        with self.database.begin() as connection:
            connection.execute(delete(EPOCHS).where(EPOCHS.c.run_id == run.run_id))
            connection.execute(delete(RUNS).where(RUNS.c.run_id == run.run_id))
            connection.execute(insert(RUNS).values(row))
            for metrics in run.epochs:
                connection.execute(
                    insert(EPOCHS).values(run_id=run.run_id, epoch=metrics.epoch, metrics=metrics_to_json(metrics))
                )

    def _check(self, run_id: str) -> None:
        if not self.exists(run_id):
            raise RunNotFoundError(f"There is no run “{run_id[:64]}”: it may have been deleted.")

    def _update(self, run_id: str, **values: Any) -> None:
        with self.database.begin() as connection:
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(values))


def _row(run: Run) -> dict[str, Any]:
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


def _run(row: Row[Any], epochs: tuple[EpochMetrics, ...] = ()) -> Run:
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
