"""Rest for a run store that is away: asked by one run after the other, it would hold up a server for each of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.runs.schema import DATABASE_AWAY, is_row_held

SLOW_SECONDS = 2.0
REST_SECONDS = 5.0
"""A store that took as long as the former to fail is left alone for the latter."""


class StoreRest:
    """Used by the dispatcher's thread alone.

    Parameters
    ----------
    clock
        Seconds, as ``time.monotonic`` gives them.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock, self._until = clock, float("-inf")

    @property
    def is_on(self) -> bool:
        """Whether the store is not to be asked now."""
        return self._clock() < self._until

    def end(self) -> None:
        """Let it be asked again."""
        self._until = float("-inf")

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Ask the store for something; of a row that another holds, only one run has to wait."""
        began = self._clock()
        try:
            yield
        except DATABASE_AWAY as error:
            if self._clock() >= began + SLOW_SECONDS and not is_row_held(error):
                self._until = self._clock() + REST_SECONDS
            raise
