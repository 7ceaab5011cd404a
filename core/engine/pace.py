"""How fast a training run may go: step by step, or slowly while somebody watches. Neither changes a number."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

SLOW_BATCH_SECONDS = 0.25
"""Pause before every batch in slow motion."""
LONGEST_GRANT_SECONDS = 5.0
"""How long slow motion lasts after it was last requested: a closed page requests it no more."""
MOST_SLOW_SECONDS = 600.0
"""What all pauses of one start take together: a worker is not held forever."""
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Pace:
    """What was asked for when a training run was started or continued.

    Parameters
    ----------
    step
        Stop again after one batch, or at the end of the epoch.
    slowly
        Begin in slow motion, before anybody has had time to ask for it.
    """

    step: Literal["batch", "epoch"] | None = None
    slowly: bool = False


FULL_SPEED = Pace()
"""To the end, as fast as it goes."""


@dataclass
class SlowMotion:
    """The pauses of one attempt at a run, in its worker.

    Parameters
    ----------
    stopped
        Whether the training is to end: then no pause lasts.
    clock, sleep
        Seconds, and how to let some pass.
    """

    stopped: Callable[[], bool] = lambda: False
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    until: float = field(default=0.0, init=False)
    held: float = field(default=0.0, init=False)

    def grant(self, seconds: float) -> None:
        """Go slowly for so long from now; 0 ends it."""
        self.until = self.clock() + min(seconds, LONGEST_GRANT_SECONDS) if seconds > 0 else 0.0

    @property
    def is_over(self) -> bool:
        """Whether its pauses have taken all the time that there is for them."""
        return self.held >= MOST_SLOW_SECONDS

    def pause(self) -> float:
        """Wait, if slow motion is on; for how many seconds."""
        if not self.until:
            return 0.0
        started = now = self.clock()
        end = min(started + SLOW_BATCH_SECONDS, started + MOST_SLOW_SECONDS - self.held)
        while now < min(end, self.until) and not self.stopped():
            self.sleep(_LOOK_SECONDS)
            now = self.clock()
        self.held += now - started
        return now - started


class Step:
    """Says when a training run that does one step only has done it; asked after every batch, as ``fit`` asks.

    Parameters
    ----------
    size
        One batch, or what the epoch has left.
    done
        Batches of that epoch that were done when the training began.
    stopped
        Whether it is to end before.
    """

    def __init__(self, size: Literal["batch", "epoch"], done: int, stopped: Callable[[], bool]) -> None:
        self._size, self._done, self._stopped = size, done, stopped
        self._left = 1

    def begin(self, steps_per_epoch: int) -> None:
        """The training knows how many batches an epoch has."""
        if self._size == "epoch":
            self._left = steps_per_epoch - self._done % steps_per_epoch

    def __call__(self) -> bool:
        """Whether to stop; one batch more is done."""
        self._left -= 1
        return self._left <= 0 or self._stopped()


def go_slowly(key: str, seconds: float, dask_worker: Any) -> None:
    """Let a training run go slowly for so long; called by the server on a worker."""
    from core.engine.outbox import WorkerRooms

    slow_motion = WorkerRooms.of(dask_worker).slow_motions.get(key)
    if slow_motion is not None:
        slow_motion.grant(seconds)
