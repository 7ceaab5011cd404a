"""Processor time of what is done in this process."""

import time
from collections.abc import Callable

ROUNDS = 3


def processor_seconds(make: Callable[[], object]) -> tuple[float, ...]:
    """Of three calls; what is imported and allocated at first is not its own, so there is one call before them."""
    taken = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        make()
        taken.append(time.process_time() - started)
    return tuple(taken[1:])
