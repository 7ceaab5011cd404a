"""What the dispatcher is told: by the engine, by workers, by Dask."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from core.engine.job import TrainingJob


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
class Analyse:
    """Run a function in a worker."""

    result: Future[Any]
    function: Callable[..., Any]
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Said:
    """An event of a worker."""

    content: dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """A task of Dask ended in one way or another."""

    job: TrainingJob
    attempt: int
    status: str
    error: BaseException | None


@dataclass(frozen=True)
class WorkerLost:
    """A worker is gone."""

    address: str


@dataclass(frozen=True)
class WorkerJoined:
    """A worker has come, for instance in place of one that is gone."""

    address: str


@dataclass(frozen=True)
class Close:
    """Stop everything; the reply is set when it is done."""

    reply: threading.Event


Message = Submit | Stop | Analyse | Said | Ended | WorkerLost | WorkerJoined | Close
