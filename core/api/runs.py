"""Which runs are served: all of the store, one of them, or one that lies in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.framing import Framing
from core.errors import DataError, RunNotFoundError
from core.exports.subject import Subject, subject_of_path, subject_of_run
from core.runs.archive import DEMO_DIRECTORY, read_run
from core.runs.query import RunQuery
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.store import RunStore


@dataclass(frozen=True)
class Page:
    """Some of the runs, and how many there are."""

    runs: Sequence[Run]
    total: int


@dataclass(frozen=True)
class About:
    """What is known of a run without its network.

    Parameters
    ----------
    framing
        What a picture goes through before the network gets it.
    """

    run: Run
    framing: Framing


class Runs(Protocol):
    """Runs that can be asked."""

    @property
    def default(self) -> str:
        """Id of the run that is meant where none is named."""

    def version(self, run_id: str) -> str:
        """What changes with a run’s weights.

        Raises
        ------
        RunError
            If there is no such run.
        """

    def about(self, run_id: str) -> About:
        """A run without its network, which is not read: anybody may ask as often as they like.

        Raises
        ------
        RunError
            If there is no such run.
        """

    def subject(self, run_id: str) -> Subject:
        """A run with its network.

        Raises
        ------
        RunError
            If there is no such run, or it has no weights that can be used.
        """

    def listed(self, limit: int, offset: int) -> Page:
        """Those that have weights, newest first."""


class StoredRuns:
    """The runs of a store; the demo run is the one that comes with the product, whatever has become of it there.

    Parameters
    ----------
    only
        The one run that is served; all if left out.
    """

    def __init__(self, store: RunStore, only: str | None = None) -> None:
        self._store, self._only = store, only
        self.default = only or DEMO_RUN_ID

    def version(self, run_id: str) -> str:
        """See :class:`Runs`."""
        self._check(run_id)
        return "" if run_id == DEMO_RUN_ID else self._store.summary(run_id).version

    def about(self, run_id: str) -> About:
        """See :class:`Runs`."""
        self._check(run_id)
        run = _demo() if run_id == DEMO_RUN_ID else self._store.summary(run_id)
        return About(run, framing_of(run.config, self._store.settings.home))

    def subject(self, run_id: str) -> Subject:
        """See :class:`Runs`."""
        self._check(run_id)
        if run_id == DEMO_RUN_ID:
            return subject_of_path(DEMO_DIRECTORY, self._store.settings.home)
        return subject_of_run(self._store, run_id)

    def listed(self, limit: int, offset: int) -> Page:
        """See :class:`Runs`."""
        if self._only is not None:
            return _page([self._store.summary(self._only)], limit, offset)
        query = RunQuery(has_weights=True, limit=limit, offset=offset)
        return Page(self._store.listing.find(query), self._store.listing.count(query))

    def _check(self, run_id: str) -> None:
        if self._only not in (None, run_id):
            raise RunNotFoundError(f"Run “{self._only}” is served here, and no other.")


class OneRun:
    """A run that lies in a folder or a file, read once.

    Raises
    ------
    RunError
        If there is none, or its weights cannot be used.
    """

    def __init__(self, path: Path, home: Path) -> None:
        self._subject = subject_of_path(path, home)
        self.default = self._subject.run.run_id

    def version(self, run_id: str) -> str:
        """See :class:`Runs`."""
        self.subject(run_id)
        return ""

    def about(self, run_id: str) -> About:
        """See :class:`Runs`."""
        subject = self.subject(run_id)
        return About(subject.run, framing_of(subject.config, subject.home))

    def subject(self, run_id: str) -> Subject:
        """See :class:`Runs`."""
        if run_id != self.default:
            raise RunNotFoundError(f"Run “{self.default}” is served here, and no other.")
        return self._subject

    def listed(self, limit: int, offset: int) -> Page:
        """See :class:`Runs`."""
        return _page([self._subject.run], limit, offset)


def framing_of(config: TrainConfig, home: Path) -> Framing:
    """How the pictures that a run has learned from were brought to 28×28; as MNIST’s were if they are not here."""
    try:
        return Catalogue(home).entry(config.dataset).framing
    except DataError:
        return Framing.MNIST


@cache
def _demo() -> Run:
    return read_run(DEMO_DIRECTORY)


def _page(runs: Sequence[Run], limit: int, offset: int) -> Page:
    return Page(runs[offset : offset + limit], len(runs))
