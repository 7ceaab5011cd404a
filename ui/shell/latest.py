"""Computations by key: all that are under way, and the last ones that have ended."""

import threading
from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class _Computation(Protocol):
    @property
    def is_running(self) -> bool: ...


T = TypeVar("T", bound=_Computation)


class Latest(Generic[T]):
    """What has been begun, shared by all sessions.

    Nothing that is under way is ever forgotten, however much is: a page that no longer finds what it waits for begins
    it again, and pages that forget each other's work end none of it. Of what has ended, those stay that were begun or
    asked about last.

    Parameters
    ----------
    most_ended
        How many of those that have ended are kept.

    Attributes
    ----------
    lock
        To be held from looking for one until another is kept, so that nothing is begun twice.
    """

    def __init__(self, most_ended: int) -> None:
        self.lock = threading.RLock()
        self._most_ended = most_ended
        self._by_key: OrderedDict[str, T] = OrderedDict()

    @property
    def under_way(self) -> int:
        """How many have not ended."""
        with self.lock:
            return sum(one.is_running for one in self._by_key.values())

    def find(self, key: str) -> T | None:
        """The one under this key, which somebody looks at now; None where nothing is known of it."""
        with self.lock:
            found = self._by_key.get(key)
            if found is not None:
                self._by_key.move_to_end(key)
            return found

    def keep(self, key: str, begun: T) -> None:
        """Keep one, in the place of an earlier one under this key."""
        with self.lock:
            self._by_key[key] = begun
            self._by_key.move_to_end(key)
            ended = [other for other, one in self._by_key.items() if not one.is_running]
            for other in ended[: max(0, len(ended) - self._most_ended)]:
                del self._by_key[other]

    def take(self, key: str) -> T | None:
        """Forget the one under this key, and return it."""
        with self.lock:
            return self._by_key.pop(key, None)
