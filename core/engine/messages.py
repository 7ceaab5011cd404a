"""What the dispatcher is told, one class per message, and how what a worker says travels."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from typing import Any

from core.engine.job import TrainingJob
from core.engine.outbox import Mark, Parcel
from core.runs.codec import early_from_dict, environment_from_dict, metrics_from_dict, metrics_to_dict
from core.runs.records import EarlySnapshot, EpochMetrics, RunEnvironment
from core.runs.status import RunStatus
from core.training.estimate import Measurement
from core.training.events import BatchProgress

# --- said by a worker ---


@dataclass(frozen=True)
class Event:
    """What a worker says of one attempt at a run."""

    run_id: str
    attempt: int


@dataclass(frozen=True)
class DataNeededEvent(Event):
    """The worker waits for a dataset that only the server has."""

    dataset: str


@dataclass(frozen=True)
class StartedEvent(Event):
    """The training has begun."""

    environment: RunEnvironment


@dataclass(frozen=True)
class ProgressEvent(Event):
    """About ten times a second."""

    progress: BatchProgress


@dataclass(frozen=True)
class SnapshotEvent(Event):
    """A look at the network before its first epoch has ended; its weights are in the outbox with it."""

    snapshot: EarlySnapshot


@dataclass(frozen=True)
class EpochEvent(Event):
    """An epoch is done, or was cut off; its checkpoint is in the outbox."""

    metrics: EpochMetrics


@dataclass(frozen=True)
class EndedEvent(Event):
    """The training has ended.

    Parameters
    ----------
    last
        The checkpoint that the run ended with, if any.
    has_result
        Whether there is a test result.
    handed
        Number of the last thing in the outbox. All of this must be in the store before the run counts as ended.
    """

    status: RunStatus
    error: str | None = None
    last: Mark | None = None
    has_result: bool = False
    handed: int = 0


# --- said by the engine and by Dask ---


@dataclass(frozen=True)
class Submit:
    """Train this job, the ``sequence``-th that came."""

    job: TrainingJob
    sequence: int


@dataclass(frozen=True)
class Stop:
    """End this job."""

    job: TrainingJob


@dataclass(frozen=True)
class SlowDown:
    """Let this job go slowly for this many seconds from now; 0 ends it."""

    job: TrainingJob
    seconds: float


@dataclass(frozen=True)
class Analyse:
    """Run a function in a worker."""

    result: Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class AnalysisStopped:
    """Nobody waits for the result of an analysis any more: its future has been cancelled."""

    result: Future[Any]


@dataclass(frozen=True)
class Fetched:
    """A worker handed over what is in its outbox: None if it has none of this attempt. Or it did not answer."""

    run_id: str
    attempt: int
    answer: Future[Parcel | None]


@dataclass(frozen=True)
class TaskEnded:
    """A task of Dask ended in one way or another."""

    run_id: str
    attempt: int
    status: str
    error: BaseException | None = None


@dataclass(frozen=True)
class SpeedMeasured:
    """A worker has measured its speed."""

    measured: Measurement


@dataclass(frozen=True)
class WorkerLost:
    """A worker is gone."""

    address: str


@dataclass(frozen=True)
class WorkerJoined:
    """A worker has come, for instance in place of one that is gone."""

    address: str


@dataclass(frozen=True)
class WorkerChecked:
    """A worker of a cluster of others has said what it is made of, and with that is of use or gets a complaint."""

    address: str
    complaint: str = ""


@dataclass(frozen=True)
class Waits:
    """A server that shares this one’s scheduler has runs that wait for a worker, or none any more.

    Parameters
    ----------
    seconds
        Since one of its runs last began or ended, or since the first of them came.
    """

    server: str
    waiting: int
    running: int
    seconds: float


@dataclass(frozen=True)
class Close:
    """Stop everything; the reply is set when it is done."""

    reply: threading.Event


Message = (
    Submit
    | Stop
    | SlowDown
    | Analyse
    | AnalysisStopped
    | Event
    | Fetched
    | TaskEnded
    | SpeedMeasured
    | WorkerLost
    | WorkerJoined
    | WorkerChecked
    | Waits
    | Close
)


# --- the wire ---


def encode(event: Event) -> str:
    """One line of JSON: Dask takes nothing but plain values in its events."""
    return json.dumps([type(event).__name__, event.run_id, event.attempt, *_content(event)])


def decode(text: str) -> Event:
    """Inverse of :func:`encode`."""
    kind, run_id, attempt, *content = json.loads(text)
    return _READERS[kind](run_id, attempt, *content)


def _content(event: Event) -> tuple[object, ...]:
    match event:
        case DataNeededEvent():
            return (event.dataset,)
        case StartedEvent():
            return (asdict(event.environment),)
        case ProgressEvent():
            return (asdict(event.progress),)
        case SnapshotEvent():
            return (asdict(event.snapshot),)
        case EpochEvent():
            return (metrics_to_dict(event.metrics),)
        case EndedEvent():
            return event.status, event.error, event.last, event.has_result, event.handed
        case _:
            raise TypeError(f"{type(event).__name__} does not travel")


def _read_progress(run_id: str, attempt: int, content: dict[str, Any]) -> ProgressEvent:
    lists = {name: tuple(content[name]) for name in ("probe_predicted", "probe_confidence")}
    return ProgressEvent(run_id, attempt, BatchProgress(**(content | lists)))


def _read_end(
    run_id: str, attempt: int, status: str, error: str | None, last: list[int] | None, has_result: bool, handed: int
) -> EndedEvent:
    mark = None if last is None else Mark(*last)
    return EndedEvent(run_id, attempt, RunStatus(status), error, mark, has_result, handed)


_READERS: dict[str, Callable[..., Event]] = {
    "DataNeededEvent": DataNeededEvent,
    "StartedEvent": lambda run_id, attempt, content: StartedEvent(run_id, attempt, environment_from_dict(content)),
    "ProgressEvent": _read_progress,
    "SnapshotEvent": lambda run_id, attempt, content: SnapshotEvent(run_id, attempt, early_from_dict(content)),
    "EpochEvent": lambda run_id, attempt, content: EpochEvent(run_id, attempt, metrics_from_dict(content)),
    "EndedEvent": _read_end,
}
