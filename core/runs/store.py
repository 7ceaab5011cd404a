"""RunStore: every run, its metrics in a database, its weights in files. Shared by all who use one home."""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.analysis.predictions import Predictions
from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.errors import ConfigError, RunError, RunNotFoundError
from core.models.numpy_model import NumpyModel
from core.runs.codec import environment_to_json, metrics_from_json
from core.runs.files import RunFiles, read_model
from core.runs.lease import Lease, living_servers
from core.runs.names import is_run_id, new_run_id
from core.runs.records import Checkpoint, EpochMetrics, Run, RunEnvironment, RunStatus
from core.runs.rows import insert_epoch, replace_run, run_from_row, run_to_row
from core.runs.schema import EPOCHS, RUNS, open_database
from core.settings import Settings

_ACTIVE = [status.value for status in RunStatus if status.is_active]
_CONTINUABLE = [status.value for status in RunStatus if status.can_continue]
INTERRUPTED_SERVER = "The server that trained it went away."


class RunStore:
    """Reads and writes runs.

    Safe to use from several threads and, with one home or one database, from several processes. A run's database row
    is written before its files, so that a kill in between costs at most the weights of one epoch, which a continued
    run trains again.

    Raises
    ------
    ConfigError
        If the home is no folder that can be written to, or the database cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"DIGITLAB_HOME cannot be {settings.home}: {error.strerror}.") from error
        self.settings = settings
        self.files = RunFiles(settings.home / "runs", settings.run_budget, settings.store_budget)
        self.database = open_database(settings.database_url, settings.home)
        self._lease: Lease | None = None
        self._lease_lock = threading.Lock()

    def runs(self) -> list[Run]:
        """All runs without their epochs, newest first, the demo run last."""
        with self.database.connect() as connection:
            rows = connection.execute(select(RUNS).order_by(RUNS.c.created.desc(), RUNS.c.run_id)).all()
        return sorted((run_from_row(row) for row in rows), key=lambda run: run.is_demo)

    def get(self, run_id: str) -> Run:
        """One run with its epochs.

        Raises
        ------
        RunNotFoundError
            If there is none with this id.
        """
        if not is_run_id(run_id):
            raise _not_found(run_id)
        with self.database.connect() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.run_id == run_id)).one_or_none()
            if row is None:
                raise _not_found(run_id)
            epochs = connection.execute(
                select(EPOCHS.c.metrics).where(EPOCHS.c.run_id == run_id).order_by(EPOCHS.c.epoch)
            ).scalars()
            return run_from_row(row, tuple(metrics_from_json(text) for text in epochs))

    def create(self, config: TrainConfig, run_id: str | None = None) -> Run:
        """Enter a new run as queued, owned by this process.

        Raises
        ------
        RunError
            If the id that is asked for cannot be one, or is taken.
        """
        run_id = run_id or new_run_id()
        if not is_run_id(run_id):
            raise RunError(f"A run's id has lower-case letters, digits and hyphens, unlike “{run_id[:64]}”.")
        run = Run(run_id, run_id.rpartition("-")[0] or run_id, config, RunStatus.QUEUED, datetime.now(UTC))
        row = run_to_row(run) | {"server_id": self.lease().server_id}
        try:
            with self.database.begin() as connection:
                connection.execute(insert(RUNS).values(row))
        except IntegrityError:
            raise RunError(f"There is a run “{run_id}” already.") from None
        return self.get(run_id)

    def requeue(self, run_id: str) -> Run:
        """Enter an ended run as queued again, owned by this process, to go on from its last checkpoint.

        Raises
        ------
        RunError
            If it is complete, or running here or elsewhere, or its checkpoint is damaged.
        """
        self._check(run_id)
        # Whoever asks is told now; a worker could only fail.
        self.files.load_checkpoint(run_id)
        owner = self.lease().server_id
        queued = {"status": RunStatus.QUEUED.value, "ended": None, "error": None, "server_id": owner}
        with self.database.begin() as connection:
            # Of two that ask at once, one gets it.
            changed = connection.execute(
                update(RUNS).where(RUNS.c.run_id == run_id, RUNS.c.status.in_(_CONTINUABLE)).values(queued)
            )
        run = self.get(run_id)
        if not changed.rowcount:
            raise RunError(f"Run “{run_id}” is {run.status}: only a stopped or interrupted run can be continued.")
        return run

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
        run = self.get(run_id)
        epochs = (*(epoch for epoch in run.epochs if epoch.epoch < metrics.epoch), metrics)
        kept = replace(run, epochs=epochs).kept_epoch or metrics
        totals = {
            "epochs_done": metrics.position,
            "seconds": sum(epoch.seconds for epoch in epochs),
            "val_accuracy": kept.val_accuracy,
        }
        with self.database.begin() as connection:
            connection.execute(delete(EPOCHS).where(EPOCHS.c.run_id == run_id, EPOCHS.c.epoch >= metrics.epoch))
            insert_epoch(connection, run_id, metrics)
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(totals))

    def record_checkpoint(self, run_id: str, checkpoint: Checkpoint) -> None:
        """Keep the weights of an epoch; predictions made with earlier ones are dropped, and their accuracy."""
        run = self.get(run_id)
        self.files.drop_predictions(run_id)
        if run.test_accuracy is not None:
            self._update(run_id, test_accuracy=None)
        self.files.save_checkpoint(run, checkpoint)

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
        if probabilities is None or probabilities.shape != (len(test), len(test.class_names)):
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
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(test_looks=RUNS.c.test_looks + 1))

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name, 1–40 characters.

        Raises
        ------
        RunError
            If nothing is left of the name, or there is no such run.
        """
        self._check(run_id)
        cleaned = "".join(letter for letter in " ".join(name.split()) if letter.isprintable())[:40].strip()
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
            # Its epochs go with it. Somebody may have continued it in this very moment: then it stays.
            ended = delete(RUNS).where(RUNS.c.run_id == run_id, RUNS.c.status.not_in(_ACTIVE))
            gone = connection.execute(ended).rowcount
        if gone:
            self.files.delete(run_id)

    def mark_interrupted(self) -> list[str]:
        """Runs of servers that are gone become interrupted; their ids are returned."""
        with self.database.begin() as connection:
            living = living_servers(connection)
            nobody_has_it = or_(RUNS.c.server_id.is_(None), RUNS.c.server_id.not_in(living))
            lost = (RUNS.c.status.in_(_ACTIVE), nobody_has_it)
            run_ids = list(connection.execute(select(RUNS.c.run_id).where(*lost)).scalars())
            if run_ids:
                connection.execute(
                    update(RUNS)
                    .where(RUNS.c.run_id.in_(run_ids), *lost)
                    .values(status=RunStatus.INTERRUPTED.value, ended=time.time(), error=INTERRUPTED_SERVER)
                )
        return run_ids

    def lease(self) -> Lease:
        """The lease of this process, taken when it is first needed."""
        with self._lease_lock:
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
        # Checked first: some databases refuse what cannot be an id, such as a NUL character.
        if not is_run_id(run_id):
            return False
        with self.database.connect() as connection:
            return connection.execute(select(func.count()).where(RUNS.c.run_id == run_id)).scalar_one() > 0

    def insert(self, run: Run) -> None:
        """Enter a run that was made elsewhere, with its epochs; one with the same id is replaced."""
        try:
            with self.database.begin() as connection:
                replace_run(connection, run)
        except IntegrityError:
            # Another server entered it in this very moment; now it is there to be replaced.
            with self.database.begin() as connection:
                replace_run(connection, run)

    def _check(self, run_id: str) -> None:
        if not self.exists(run_id):
            raise _not_found(run_id)

    def _update(self, run_id: str, **values: Any) -> None:
        with self.database.begin() as connection:
            connection.execute(update(RUNS).where(RUNS.c.run_id == run_id).values(values))


def _not_found(run_id: str) -> RunNotFoundError:
    return RunNotFoundError(f"There is no run “{run_id[:64]}”: it may have been deleted.")
