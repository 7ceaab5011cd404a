"""RunStore: every run, its metrics in a database, its weights in files. Shared by all who use one home."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.exc import IntegrityError

from core.analysis.predictions import Predictions
from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.errors import RunError
from core.models.numpy_model import NumpyModel
from core.runs import rows
from core.runs.arriving import insert_made_elsewhere
from core.runs.bin import Bin
from core.runs.files import RunFiles
from core.runs.kept import KeptAnswers
from core.runs.lease import Lease
from core.runs.listing import Listing
from core.runs.members import Members
from core.runs.model_tensors import read_model
from core.runs.names import checked_run_id, new_run_id, tidy_name
from core.runs.ownership import Ownership
from core.runs.predicting import count_look, predictions_of
from core.runs.query import RunQuery
from core.runs.records import Checkpoint, EarlySnapshot, EpochMetrics, Run, RunEnvironment
from core.runs.remarks import remark_columns
from core.runs.schema import RUNS, open_database
from core.runs.starting import record_start
from core.runs.status import RunOrigin, RunStatus
from core.settings import Settings


class RunStore:
    """Reads and writes runs.

    Safe to use from several threads and, with one home or one database, from several processes. A run's database row
    is written before its files, so that a kill in between costs at most the weights of one epoch, which a continued
    run trains again.

    A training run belongs to the process that created or continued it last. What another one still records of it
    raises a RunTakenError and changes nothing: the row is held while files are written.

    Attributes
    ----------
    why_read_only
        None, or why nothing can be written: a newer version has changed the tables. Whatever a user asks to write
        then raises a NewerVersionError with this sentence; what nobody asked for is left undone.

    Raises
    ------
    ConfigError
        If the home is not a folder that can be written to, or the database cannot be opened.
    """

    def __init__(self, settings: Settings) -> None:
        settings.make_home()
        self.settings = settings
        self.files = RunFiles(settings.home / "runs", settings.run_budget, settings.store_budget)
        self.database = open_database(settings.database_url, settings.home)
        self._ownership = Ownership(self.database, settings.home / "servers")
        self.why_read_only = self._ownership.why_read_only
        self._kept = KeptAnswers(self.database)
        self.listing = Listing(self.database, self._kept)
        self.members = Members(self.database, self._ownership)
        self.bin = Bin(self.database, self._ownership, self.files)

    def runs(self) -> list[Run]:
        """All runs that can be read, without their epochs, newest first, the demo run last: for few, or for all."""
        return sorted(self.listing.find(RunQuery()), key=lambda run: run.is_demo)

    def summary(self, run_id: str) -> Run:
        """One run without its epochs, whose matrices take their time to be read.

        Raises
        ------
        RunNotFoundError
            If there is none with this id.
        NewerVersionError
            If it cannot be read.
        """

        def read() -> Run:
            with self.database.connect() as connection:
                return rows.read_run(connection, run_id)

        return self._kept.get(("summary", run_id), read)

    def get(self, run_id: str) -> Run:
        """One run with its epochs and early snapshots; raises as :meth:`summary` does."""
        with self.database.connect() as connection:
            run = rows.read_run(connection, run_id)
            return replace(run, epochs=rows.read_epochs(connection, run_id), early=rows.read_early(connection, run_id))

    def create(
        self,
        config: TrainConfig,
        run_id: str | None = None,
        *,
        owner: str | None = None,
        origin: RunOrigin = RunOrigin.TRAINED,
        study: str | None = None,
        exercise: str | None = None,
    ) -> Run:
        """Enter a new run as queued, held by this process; raises a RunError if its id cannot be one, or is taken.

        The keywords are as a :class:`Run` has them.
        """
        run_id = checked_run_id(run_id or new_run_id())
        new = Run(run_id, run_id.rpartition("-")[0] or run_id, config, RunStatus.QUEUED, datetime.now(UTC))
        run = replace(new, owner=owner, origin=origin, study=study, exercise=exercise)
        holder = self._ownership.living().server_id
        try:
            with self._ownership.begin() as connection:
                rows.insert_run(connection, run, holder)
        except IntegrityError:
            raise RunError(f"There is already a run “{run_id}”.") from None
        return self.get(run_id)

    def requeue(self, run_id: str) -> Run:
        """Enter an ended run as queued again, held by this process, to continue from its last checkpoint.

        Raises
        ------
        RunError
            If it is complete, or running here or elsewhere, or its checkpoint is damaged.
        """
        self.summary(run_id)
        # Whoever asks is told now; a worker could only fail.
        self.files.load_checkpoint(run_id)
        owner = self._ownership.living().server_id
        with self._ownership.begin() as connection:
            # Of two that ask at once, one gets it.
            is_queued = rows.requeue(connection, run_id, owner)
        run = self.get(run_id)
        if not is_queued:
            raise RunError(f"Run “{run_id}” is {run.status}: only a stopped or interrupted run can be continued.")
        return run

    def record_start(self, run_id: str, environment: RunEnvironment) -> None:
        """A worker has begun; raises a RunTakenError, as all that records does, if another server has the run."""
        record_start(run_id, environment, self.files, self._ownership)

    def record_early(
        self, run_id: str, snapshot: EarlySnapshot, weights: Mapping[str, NDArray[np.float16]] | None
    ) -> None:
        """Keep an early snapshot, and the weights of that moment if they are there."""
        with self._ownership.owned(run_id) as connection:
            rows.replace_early(connection, run_id, snapshot)
            if snapshot.step == 0:
                self.files.drop_early(run_id)
            if weights is not None:
                self.files.save_early(rows.read_run(connection, run_id), snapshot.step, weights)

    def record_epoch(self, run_id: str, metrics: EpochMetrics) -> None:
        """Keep the metrics of an epoch; those of the same epoch, cut off earlier, are replaced."""
        with self._ownership.owned(run_id) as connection:
            rows.replace_epoch(connection, run_id, metrics)

    def record_checkpoint(self, run_id: str, checkpoint: Checkpoint) -> None:
        """Keep the weights of an epoch; predictions made with earlier ones are dropped, and their accuracy."""
        with self._ownership.owned(run_id, test_accuracy=None, checkpoints=RUNS.c.checkpoints + 1) as connection:
            self.files.drop_predictions(run_id)
            self.files.save_checkpoint(rows.read_run(connection, run_id), checkpoint)

    def record_predictions(self, run_id: str, probabilities: NDArray[np.float32], accuracy: float, digest: str) -> None:
        """Keep the test probabilities ``(N, K)`` of a run and the accuracy that they give."""
        with self._ownership.owned(run_id, test_accuracy=accuracy):
            self.files.save_predictions(run_id, probabilities, digest)

    def record_status(self, run_id: str, status: RunStatus, error: str | None = None) -> None:
        """Keep a new status; an end is dated."""
        ended = None if status.is_active else time.time()
        self._ownership.update(run_id, status=status.value, ended=ended, error=error)
        if ended:
            with self.database.connect() as connection:
                run_ids = rows.oldest_first(connection)
            self.files.keep_to_store_budget(run_ids)

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

    def early_models(self, run_id: str) -> list[tuple[int, NumpyModel]]:
        """Batches of the first epoch after which weights were kept, and the networks then, in order."""
        self._check(run_id)
        return [(step, read_model(path)) for step, path in self.files.early_paths(run_id)]

    def predictions(self, run_id: str, test: ImageDataset) -> Predictions:
        """What a run says about the test images; computed with NumPy and kept if it was not kept yet.

        Raises
        ------
        RunError
            As for :meth:`model`.
        """
        return predictions_of(self.summary(run_id), test, self.files, self._ownership)

    def count_test_look(self, run_id: str) -> None:
        """One more session has looked at the test results of this run."""
        count_look(run_id, self._ownership)

    def rename(self, run_id: str, name: str) -> None:
        """Give a run another name, 1–40 characters.

        Raises
        ------
        RunError
            If nothing is left of the name, or there is no such run.
        """
        self._check(run_id)
        self._update(run_id, name=tidy_name(name))

    def remark(
        self,
        run_id: str,
        *,
        tags: tuple[str, ...] | None = None,
        notes: str | None = None,
        reflection: str | None = None,
        starred: bool | None = None,
    ) -> None:
        """Keep what somebody says of a run; None leaves it as it is.

        Raises
        ------
        RunError
            If there are too many tags or too much text, or there is no such run.
        """
        columns = remark_columns(tags, notes, reflection, starred)
        self._check(run_id)
        if columns:
            self._update(run_id, **columns)

    def delete(self, run_id: str) -> None:
        """Remove a run and its files for good; raises as :meth:`core.runs.bin.Bin.put` does."""
        self.bin.put(run_id)
        self.bin.empty([run_id])

    def mark_interrupted(self) -> list[str]:
        """Runs of servers that are gone become interrupted; their ids are returned."""
        run_ids = self._ownership.mark_interrupted()
        self.files.sweep(run_ids)
        return run_ids

    def lease(self) -> Lease:
        """The lease of this process."""
        return self._ownership.lease()

    def close(self) -> None:
        """Give back the lease, close the database."""
        self._ownership.close()
        self._kept.close()
        self.database.dispose()

    def exists(self, run_id: str) -> bool:
        """Whether there is a run with this id."""
        with self.database.connect() as connection:
            return rows.exists(connection, run_id)

    def insert(self, run: Run, bring_files: Callable[[], None] = lambda: None) -> None:
        """Enter a run that was made elsewhere, with its epochs; one with the same id is replaced.

        Parameters
        ----------
        bring_files
            Puts its files into place, while nobody else can enter or continue a run with this id.

        Raises
        ------
        RunError
            If the one with the same id is being trained, or waits for it.
        """
        insert_made_elsewhere(self._ownership, run, bring_files)

    def _check(self, run_id: str) -> None:
        if not self.exists(run_id):
            raise rows.not_found(run_id)

    def _update(self, run_id: str, **values: Any) -> None:
        with self._ownership.begin() as connection:
            rows.update_run(connection, run_id, values)
