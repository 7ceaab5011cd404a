"""Assignments: the jobs of an engine as the dispatcher knows them, and which of them is to begin next."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from distributed import Future

from core.engine.job import TrainingJob

T = TypeVar("T")


@dataclass
class Assignment:
    """A job under way.

    Parameters
    ----------
    sequence
        Jobs are numbered as they come.
    attempt
        The one that counts, a number that no other attempt has; what an earlier one still says is not listened to.
    tries
        How often it was given to a worker.
    task, worker
        What was given to Dask, and the worker it was given to; None while the job waits.
    has_begun
        Whether that worker has said so.
    """

    job: TrainingJob
    sequence: int
    attempt: int = 0
    tries: int = 0
    task: Future[Any] | None = None
    worker: str | None = None
    has_begun: bool = False


def starting_order(waiting: Iterable[tuple[str, int, T]], running: Iterable[str]) -> list[T]:
    """What waits, in the order in which it is to begin: the session with the fewest runs under way first.

    Parameters
    ----------
    waiting
        Session, number and thing, each.
    running
        The session of everything that has begun.
    """
    ahead = Counter(running)
    ranked = []
    for session, sequence, thing in sorted(waiting, key=lambda entry: entry[1]):
        ranked.append((ahead[session], sequence, thing))
        ahead[session] += 1
    return [thing for *_, thing in sorted(ranked, key=lambda entry: entry[:2])]
