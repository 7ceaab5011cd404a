"""How long a queued run waits until a worker takes it."""

import heapq
import math
from collections.abc import Iterable, Sequence


def seconds_to_start(running: Sequence[float | None], ahead: Iterable[float | None], workers: int) -> float | None:
    """Estimate when the next run starts, from what is left of those before it.

    Parameters
    ----------
    running
        Seconds left of each run that a worker has.
    ahead
        Seconds that each run takes which starts earlier, in their order.
    workers
        How many runs can be trained at once.

    Returns
    -------
    float or None
        Seconds; None where a number that counts is not known, or nothing can start.
    """
    if workers < 1:
        return None
    free = [0.0] * max(0, workers - len(running))
    ends = [*free, *map(_or_never, running)]
    heapq.heapify(ends)
    for seconds in ahead:
        heapq.heapreplace(ends, ends[0] + _or_never(seconds))
    return ends[0] if math.isfinite(ends[0]) else None


def _or_never(seconds: float | None) -> float:
    return math.inf if seconds is None else seconds
