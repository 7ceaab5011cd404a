"""Train in this very process and keep the run in the store: for the command line and scripts."""

import logging
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.atomic import is_disk_full
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import ImageDataset
from core.errors import DigitLabError, RunTakenError, TrainingError
from core.models.numpy_model import NumpyModel
from core.runs.schema import STORE_FAILURES
from core.runs.status import DISK_FULL, RunStatus
from core.runs.store import RunStore
from core.training.events import EpochCompleted, SnapshotTaken, TrainingEvent, TrainingStarted
from core.training.teaching import require_teacher

LEASE_RENEWAL_SECONDS = 4.0
logger = logging.getLogger("digitlab.lease")


def train_here(
    store: RunStore,
    config: TrainConfig,
    run_id: str,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    source: RunStore | None = None,
) -> Generator[TrainingEvent, None, None]:
    """Run ``fit`` on a run that has been created, record what it yields, and pass it on.

    Parameters
    ----------
    source
        Where the dataset and the run to start from are, if not in ``store`` and its home.

    Raises
    ------
    TrainingError
        If the loss diverges; the run is then recorded as failed. If the disk is full; it is then interrupted.
    DataError
        If the dataset is missing or damaged; likewise.
    RunTakenError
        If another process has taken the run over; nothing more is written.
    """
    from core.training.fit import fit

    with KeptLease(store), _recorded_end(store, run_id) as end:
        splits = load_splits(config, (source or store).settings.home)
        start = start_weights(source or store, config)
        is_complete = False
        teacher = teacher_model(source or store, config)
        for event in fit(config, splits, start=start, teacher=teacher, should_stop=should_stop):
            _record(store, run_id, event)
            is_complete = isinstance(event, EpochCompleted) and event.is_last
            yield event
        _record_predictions(store, run_id, splits.test)
        # Asked to stop in its very last batch, it is complete all the same.
        end.status, end.error = (RunStatus.COMPLETED if is_complete else RunStatus.STOPPED), None


@dataclass
class _End:
    """How a training run ends, as far as is known."""

    status: RunStatus = RunStatus.INTERRUPTED
    error: str | None = "The training run was interrupted."


@contextmanager
def _recorded_end(store: RunStore, run_id: str) -> Iterator[_End]:
    """Keep how the block says that the run ends, however it is left."""
    end = _End()
    try:
        yield end
    except RunTakenError:
        # Another process goes on with it: its status is not this one's to write.
        raise
    except DigitLabError as failure:
        store.record_status(run_id, RunStatus.FAILED, str(failure))
        raise
    except STORE_FAILURES as failure:
        if not is_disk_full(failure):
            store.record_status(run_id, end.status, end.error)
            raise
        with suppress(*STORE_FAILURES):
            # A database on the same disk may find no room either: then its lease says later that it was interrupted.
            store.record_status(run_id, RunStatus.INTERRUPTED, DISK_FULL)
        raise TrainingError(DISK_FULL) from failure
    except BaseException:
        store.record_status(run_id, end.status, end.error)
        raise
    store.record_status(run_id, end.status, end.error)


def start_weights(store: RunStore, config: TrainConfig) -> Mapping[str, NDArray[np.float32]] | None:
    """The weights that a config starts from; None for fresh ones.

    Raises
    ------
    RunError
        If the run to start from is gone, or has no weights.
    """
    return store.model(config.start_from).weights if config.start_from else None


def teacher_model(store: RunStore, config: TrainConfig) -> NumpyModel | None:
    """The network that a config learns from; None without a teacher.

    Raises
    ------
    RunError, TrainingError
        If that run is gone, still being trained, or has no weights, or it cannot teach.
    """
    require_teacher(store, config)
    return store.model(config.teacher) if config.teacher else None


class KeptLease:
    """Renews the store's lease from a thread of its own while the block runs."""

    def __init__(self, store: RunStore) -> None:
        self._store = store
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> None:
        self._store.lease()
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _renew(self) -> None:
        while not self._done.wait(LEASE_RENEWAL_SECONDS):
            try:
                self._store.lease().renew(self._store.database)
            except STORE_FAILURES as error:
                # A database that is busy or away for a moment: the next renewal comes before the lease runs out.
                logger.warning("The lease could not be renewed: %s", error)


def _record(store: RunStore, run_id: str, event: TrainingEvent) -> None:
    if isinstance(event, TrainingStarted):
        store.record_start(run_id, event.environment)
    elif isinstance(event, SnapshotTaken):
        store.record_early(run_id, event.snapshot, event.weights)
    elif isinstance(event, EpochCompleted):
        store.record_epoch(run_id, event.metrics)
        store.record_checkpoint(run_id, event.checkpoint)


def _record_predictions(store: RunStore, run_id: str, test: ImageDataset) -> None:
    """Before the run counts as complete: what its last weights make of the test images."""
    probabilities = store.model(run_id).probabilities(test.images)
    accuracy = share_correct(probabilities, test.labels)
    store.record_predictions(run_id, probabilities, accuracy, test.digest)
