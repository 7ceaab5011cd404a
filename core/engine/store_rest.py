"""Rest for a run store that is away: asked by one run after the other, it would hold up a server for each of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from core.runs.schema import DATABASE_AWAY, is_row_held

SLOW_SECONDS = 2.0
REST_SECONDS = 10.0
"""A store that took as long as the former to fail is left alone for the latter."""
_EVERYTHING = ""


class StoreRest:
    """Used by the dispatcher's thread alone.

    Parameters
    ----------
    clock
        Seconds, as ``time.monotonic`` gives them.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def is_on(self, run_id: str = _EVERYTHING) -> bool:
        """Whether the store is not to be asked now, for this run or at all."""
        now = self._clock()
        self._until = {what: until for what, until in self._until.items() if now < until}
        return _EVERYTHING in self._until or run_id in self._until

    def end(self) -> None:
        """Let it be asked again."""
        self._until.clear()

    @contextmanager
    def watched(
        self, run_id: str = _EVERYTHING, failures: tuple[type[Exception], ...] = DATABASE_AWAY
    ) -> Iterator[None]:
        """Ask the store for something.

        Where another server holds the row of a run, only that run rests; where the rows of two are held, all do.

        Parameters
        ----------
        failures
            What may be raised because the store is away.
        """
        began = self._clock()
        try:
            yield
        except failures as error:
            if self._clock() >= began + SLOW_SECONDS:
                others_rest = any(what != run_id for what in self._until)
                what = run_id if is_row_held(error) and not others_rest else _EVERYTHING
                self._until[what] = self._clock() + REST_SECONDS
            raise
