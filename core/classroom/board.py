"""Board: everybody’s runs of one exercise, read again only where something has changed."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from core.runs.query import RunQuery
from core.runs.records import Run
from core.runs.rows import read_val_curves
from core.runs.status import RunOrigin
from core.runs.store import RunStore

LOOK_SECONDS: Final = 0.4
"""What was seen so recently is shown again: many may look at once."""
MOST_RUNS: Final = 2_000
_AT_ONCE = 500
Curve = tuple[tuple[float, float], ...]
"""Epochs done and validation accuracy, 0–1, in order."""


@dataclass(frozen=True, eq=False)
class Seen:
    """The runs of an exercise at one moment.

    Parameters
    ----------
    version
        Another one whenever anything else here is.
    runs
        Without their epochs, newest first.
    curves
        By run.
    nicknames
        By owner.
    """

    version: str
    runs: tuple[Run, ...]
    curves: Mapping[str, Curve]
    nicknames: Mapping[str, str]


@dataclass
class _Read:
    versions: dict[str, str] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)


class Board:
    """Looks at the runs of one exercise that people have trained; safe to use from several threads.

    Parameters
    ----------
    clock
        Seconds, as ``time.monotonic`` gives them.
    """

    def __init__(self, store: RunStore, exercise: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.exercise = exercise
        self._store, self._clock = store, clock
        self._query = RunQuery(exercise=exercise, origin=RunOrigin.TRAINED, limit=MOST_RUNS)
        self._read = _Read()
        self._seen: tuple[float, Seen] | None = None
        self._lock = threading.Lock()

    def look(self) -> Seen:
        """What there is now, or was a moment ago; the newest 2,000 runs."""
        with self._lock:
            if self._seen is None or self._clock() >= self._seen[0] + LOOK_SECONDS:
                seen = self._look()
                self._seen = (self._clock(), seen)
            return self._seen[1]

    def expire(self) -> None:
        """Read again next time: the caller has just changed something."""
        with self._lock:
            if self._seen is not None:
                self._seen = (float("-inf"), self._seen[1])

    def _look(self) -> Seen:
        versions = self._store.listing.versions(self._query)
        nicknames = self._store.members.of(self.exercise)
        version = hashlib.sha256(repr((sorted(versions.items()), sorted(nicknames.items()))).encode()).hexdigest()[:16]
        if self._seen is not None and self._seen[1].version == version:
            return self._seen[1]
        read = self._read
        changed = [run_id for run_id, now in versions.items() if read.versions.get(run_id) != now]
        for start in range(0, len(changed), _AT_ONCE):
            self._read_again(tuple(changed[start : start + _AT_ONCE]))
        for gone in read.versions.keys() - versions.keys():
            for kept in (read.runs, read.curves):
                kept.pop(gone, None)
        read.versions = versions
        runs = sorted(read.runs.values(), key=lambda run: (run.created, run.run_id), reverse=True)
        return Seen(version, tuple(runs), MappingProxyType(dict(read.curves)), nicknames)

    def _read_again(self, run_ids: tuple[str, ...]) -> None:
        # The curves first: what is read of a run afterwards is never older, and another look follows.
        with self._store.database.connect() as connection:
            curves = read_val_curves(connection, run_ids)
        self._read.curves |= {run_id: tuple(points) for run_id, points in curves.items()}
        found = self._store.listing.find(RunQuery(ids=run_ids))
        self._read.runs |= {run.run_id: run for run in found}
