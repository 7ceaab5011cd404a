"""Board: everybody’s runs of one exercise, read again only where something has changed."""

import hashlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Final

from core.runs.query import RunQuery
from core.runs.records import Run
from core.runs.rows import read_val_curves
from core.runs.status import RunOrigin
from core.runs.store import RunStore

LOOK_SECONDS: Final = 0.4
"""What was seen so recently is shown again: many may look at once."""
MOST_RUNS: Final = 5_000
"""More than a class of thirty has after a hundred runs each."""
MOST_CURVES: Final = 100
"""Of the newest runs: of more, nobody could tell one from another, and every browser gets all of them at each epoch."""
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
        By run, of the newest ``MOST_CURVES`` that have trained at all.
    nicknames
        By owner.
    has_older
        Whether there are runs beyond the newest ``MOST_RUNS``, which are left out.
    """

    version: str
    runs: tuple[Run, ...]
    curves: Mapping[str, Curve]
    nicknames: Mapping[str, str]
    has_older: bool = False

    @property
    def has_all_curves(self) -> bool:
        """Whether every run that has trained at all has its curve here."""
        return len(self.curves) == sum(run.epochs_done > 0 for run in self.runs)


@dataclass
class _Read:
    versions: dict[str, str] = field(default_factory=dict)
    runs: dict[str, Run] = field(default_factory=dict)
    curves: dict[str, Curve] = field(default_factory=dict)
    curve_versions: dict[str, str] = field(default_factory=dict)


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
        self._query = RunQuery(exercise=exercise, origin=RunOrigin.TRAINED, limit=MOST_RUNS + 1)
        self._read = _Read()
        self._seen: tuple[float, Seen] | None = None
        self._lock = threading.Lock()

    def look(self) -> Seen:
        """What there is now, or was a moment ago; the newest ``MOST_RUNS`` runs."""
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
        found = self._store.listing.versions(self._query)
        versions, has_older = dict(islice(found.items(), MOST_RUNS)), len(found) > MOST_RUNS
        nicknames = self._store.members.of(self.exercise)
        said = repr((sorted(versions.items()), sorted(nicknames.items()), has_older))
        version = hashlib.sha256(said.encode()).hexdigest()[:16]
        if self._seen is not None and self._seen[1].version == version:
            return self._seen[1]
        # What changes from here on has another version than these, so that the next look reads it again.
        self._read_runs(versions)
        runs = sorted(self._read.runs.values(), key=lambda run: (run.created, run.run_id), reverse=True)
        with_curve = [run.run_id for run in runs if run.epochs_done > 0][:MOST_CURVES]
        self._read_curves({run_id: versions[run_id] for run_id in with_curve})
        return Seen(version, tuple(runs), MappingProxyType(dict(self._read.curves)), nicknames, has_older)

    def _read_runs(self, versions: dict[str, str]) -> None:
        read = self._read
        changed = [run_id for run_id, now in versions.items() if read.versions.get(run_id) != now]
        for start in range(0, len(changed), _AT_ONCE):
            found = self._store.listing.find(RunQuery(ids=tuple(changed[start : start + _AT_ONCE])))
            read.runs |= {run.run_id: run for run in found}
        # Of all that was read: a read that broke off has noted no versions.
        for gone in read.runs.keys() - versions.keys():
            del read.runs[gone]
        read.versions = versions

    def _read_curves(self, versions: dict[str, str]) -> None:
        read = self._read
        changed = [run_id for run_id, now in versions.items() if read.curve_versions.get(run_id) != now]
        if changed:
            with self._store.database.connect() as connection:
                found = read_val_curves(connection, changed)
            read.curves |= {run_id: tuple(points) for run_id, points in found.items()}
        read.curves = {run_id: read.curves[run_id] for run_id in versions}
        read.curve_versions = versions
