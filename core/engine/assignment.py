"""Assignment: a job under way, as the dispatcher knows it."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future as ResultFuture
from dataclasses import dataclass, field
from typing import Any

from distributed import Future

from core.engine.job import TrainingJob
from core.engine.messages import EndedEvent
from core.engine.outbox import Mark

Ask = Callable[..., ResultFuture[Any]]
"""Calls a function on the worker of an assignment: assignment, function, arguments after the key of its outbox."""


@dataclass
class Record:
    """What of one attempt is in the store, and what is not yet.

    Parameters
    ----------
    unwritten
        Writes that the store has not taken yet, in their order.
    kept
        The last checkpoint that is in the store.
    acknowledged
        Its number in the worker's outbox.
    epoch
        The last epoch of this attempt whose metrics have come: no checkpoint of a later one is kept.
    has_predictions
        Whether the store has what the last checkpoint makes of the test images.
    is_fetching
        Whether the worker has been asked and has not answered.
    must_fetch
        Whether there is more to be had.
    ending
        What the worker said of its end.
    deadline
        When the run is given up if its end is not whole by then; None while it goes on.
    is_disk_full
        Whether what the store has not taken is wanting in room.
    """

    unwritten: deque[Callable[[], None]] = field(default_factory=deque)
    kept: Mark | None = None
    acknowledged: int = 0
    epoch: int = 0
    has_predictions: bool = False
    is_fetching: bool = False
    must_fetch: bool = False
    ending: EndedEvent | None = None
    deadline: float | None = None
    is_disk_full: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether everything that the worker left is in the store."""
        if self.ending is None or self.unwritten or self.kept != self.ending.last:
            return False
        if self.acknowledged < self.ending.handed:
            return False
        return self.has_predictions or not self.ending.has_result


@dataclass
class Assignment:
    """A job under way.

    Parameters
    ----------
    sequence
        Jobs are numbered as they come.
    attempt
        The one that counts, a number that no other attempt has; what an earlier one still says is not listened to. None
        while the job waits.
    tries
        How often it was given to a worker.
    key, task, worker
        What was given to Dask, and the worker it was given to.
    has_begun
        Whether that worker has said so.
    train_images, threads
        How many there are, once the worker has said so.
    has_ended
        Whether its job has a final status: nothing more is written.
    """

    job: TrainingJob
    sequence: int
    attempt: int | None = None
    tries: int = 0
    key: str = ""
    task: Future[Any] | None = None
    worker: str | None = None
    has_begun: bool = False
    train_images: int = 0
    threads: int = 1
    has_ended: bool = False
    record: Record = field(default_factory=Record)

    @property
    def holds_slot(self) -> bool:
        """Whether its worker has no room for another because of it."""
        return self.worker is not None and self.record.ending is None

    def begin(self, attempt: int, key: str, worker: str, kept: Mark | None) -> None:
        """Give it to a worker, with this checkpoint."""
        self.attempt, self.key, self.worker, self.tries = attempt, key, worker, self.tries + 1
        self.record = Record(kept=kept)

    def give_back(self) -> None:
        """Its worker is gone, and it has not begun: it waits again, and nobody listens to that attempt any more."""
        self.attempt, self.task, self.worker, self.has_begun = None, None, None, False

    def cancel(self) -> None:
        """Tell the worker to stop, if there is one."""
        if self.task is not None:
            self.task.cancel()
