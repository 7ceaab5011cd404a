"""Every search of a run store: listed, looked at, deleted, a winner adopted; and those that this server is at."""

import logging
import threading
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from core.errors import DigitLabError, RunError, SearchError
from core.runs.lease import living_servers
from core.runs.query import RunQuery
from core.runs.records import Run
from core.runs.rows import update_run
from core.runs.status import RunOrigin
from core.runs.store import RunStore
from core.search.plan import Budget, Plan
from core.search.records import (
    SearchRecord,
    SearchStatus,
    Standing,
    all_of,
    already_running,
    as_it_is,
    is_exhausted,
    is_spent,
    no_such_search,
    record_of,
    running_undeleted,
)
from core.search.search import Search
from core.search.storage import open_storage
from core.search.study import Study
from core.search.under_way import Trainer

if TYPE_CHECKING:
    import optuna

MOST_AT_ONCE = 10
CLOSE_SECONDS = 10.0
logger = logging.getLogger("digitlab.search")


class Book:
    """The searches that a run store keeps. Safe to use from several threads.

    Attributes
    ----------
    at_work
        Names of those that this process is at; None where it does not keep account of them.

    Raises
    ------
    ConfigError
        If they cannot be read.
    """

    def __init__(self, store: RunStore) -> None:
        if store.why_read_only:
            raise SearchError(store.why_read_only)
        self.store = store
        self.storage: optuna.storages.BaseStorage = open_storage(store.database)
        self.at_work: Collection[str] | None = None
        self._seen: dict[int, tuple[str, datetime]] = {}
        self._opening = threading.Lock()

    def records(self) -> list[SearchRecord]:
        """All that can be read, newest first."""
        found = []
        before, living = self._named(), self._living()
        for frozen in self.storage.get_all_studies():
            with suppress(SearchError):
                found.append(self._as_it_is(record_of(frozen.study_name, frozen.user_attrs), living, before))
        return sorted(found, key=lambda record: record.created, reverse=True)

    def record(self, name: str) -> SearchRecord:
        """One search.

        Raises
        ------
        SearchError
            If there is none of this name, or it cannot be read.
        """
        before = self._named()
        attributes = self.storage.get_study_user_attrs(self._study_id(name))
        return self._as_it_is(record_of(name, attributes), self._living(), before)

    def standing(self, name: str) -> Standing:
        """The trials of a search; raises as :meth:`record` does."""
        return self.open(name).standing()

    def open(self, name: str) -> Study:
        """A search to read, or to continue with; raises as :meth:`record` does."""
        study_id, now = self._study_id(name), (name, self.record(name).created)
        with self._opening:
            if self._seen.get(study_id, now) != now:
                # Another process has deleted a search, and the database has given its number away again: what is kept
                # of the former one’s trials is thrown away.
                self.storage, self._seen = open_storage(self.store.database), {}
            self._seen[study_id] = now
        return Study(self.storage, name)

    def create(self, plan: Plan, owner: str | None = None, name: str = "") -> Study:
        """A new search; raises as :meth:`core.search.study.Study.create` does."""
        return Study.create(self.storage, plan, owner, name)

    def delete(self, name: str) -> None:
        """Remove a search with its trials, for good; those that were adopted stay as runs.

        Raises
        ------
        SearchError
            If there is none of this name, or a process is at it.
        """
        if self.record(name).status is SearchStatus.RUNNING:
            raise running_undeleted(name)
        runs = self.store.listing.find(RunQuery(study=name, origin=RunOrigin.SEARCH))
        self.storage.delete_study(self._study_id(name))
        for run in runs:
            with suppress(RunError):
                self.store.delete(run.run_id)

    def to_go_on_with(self, name: str, budget: Budget | None = None) -> Study:
        """A search that nobody is at, with another budget if one is given.

        Raises
        ------
        SearchError
            If there is none of this name, a process is at it, its budget is spent, or its grid has no combination left;
            its plan is then as it was.
        """
        record = self.record(name)
        if record.status is SearchStatus.RUNNING:
            raise already_running(name)
        study = self.open(name)
        plan, standing = study.plan if budget is None else replace(study.plan, budget=budget), study.standing()
        if is_exhausted(plan, standing):
            raise SearchError(f"Search “{name}” has tried {all_of(plan)}: begin a new one to try other values.")
        if is_spent(plan, record, standing):
            raise SearchError(f"The budget of search “{name}” is spent: give it more minutes or trials to continue.")
        if plan != study.plan:
            study.change_plan(plan)
        return study

    def _living(self) -> frozenset[str]:
        with self.store.database.connect() as connection:
            return living_servers(connection, self.store.settings.home / "servers")

    def _named(self) -> frozenset[str]:
        return frozenset(self.at_work or ())

    def _as_it_is(self, record: SearchRecord, living: frozenset[str], before: frozenset[str]) -> SearchRecord:
        # At work before the record was read, or now: it may have ended meanwhile, or begun.
        is_here = self.at_work is None or record.name in before | self._named()
        return as_it_is(record, living, "" if is_here else self.store.lease().server_id)

    def _study_id(self, name: str) -> int:
        try:
            return self.storage.get_study_id_from_name(name)
        except KeyError:
            raise no_such_search(name) from None


def adopt(store: RunStore, run_id: str, owner: str | None) -> Run:
    """Make a trial a run like any other: listed, a default run of its owner, and tested when somebody asks.

    Raises
    ------
    RunError
        If there is no such run, or it is not a trial that has ended.
    """
    run = store.summary(run_id)
    if run.origin is not RunOrigin.SEARCH or run.status.is_active:
        raise RunError(f"Run “{run_id}” is not a finished trial of a search.")
    with store.database.begin() as connection:
        update_run(connection, run_id, {"origin": RunOrigin.TRAINED.value, "owner": owner})
    return store.summary(run_id)


@dataclass
class _AtWork:
    """A search in a thread of its own."""

    owner: str
    thread: threading.Thread
    stop: threading.Event


class Searches:
    """The searches that this server is at, each in a thread; a session has one at a time.

    Parameters
    ----------
    book
        Opened when the first search begins, for that takes a while.
    """

    def __init__(self, book: Book, trainer: Trainer) -> None:
        self.book, self._trainer = book, trainer
        self._at_work: dict[str, _AtWork] = {}
        book.at_work = self._at_work.keys()
        self._going: set[str] = set()
        self._lock = threading.Lock()

    def start(self, plan: Plan, owner: str) -> str:
        """Begin a search; its name.

        Raises
        ------
        SearchError
            If this session, or the server as a whole, has enough of them under way.
        """
        with self._lock:
            self._check_room(owner)
            study = self.book.create(plan, owner)
            self._work_on(study, owner)
        return study.name

    def resume(self, name: str, owner: str, budget: Budget | None = None) -> None:
        """Continue with a search; raises as :meth:`start` and :meth:`Book.to_go_on_with` do."""
        with self._lock:
            self._check_room(owner)
            if self.is_here(name):
                # Another session may change it too, and its thread has not yet said that it runs.
                raise already_running(name)
            if name in self._going:
                raise SearchError(f"“{name}” is being deleted.")
            self._work_on(self.book.to_go_on_with(name, budget), owner)

    def delete(self, name: str) -> None:
        """Remove a search; raises as :meth:`Book.delete` does."""
        with self._lock:
            if self.is_here(name):
                raise running_undeleted(name)
            self._going.add(name)
        try:
            # Trial by trial, with the files of each.
            self.book.delete(name)
        finally:
            with self._lock:
                self._going.discard(name)

    def stop(self, name: str) -> None:
        """Ask a search of this server to end; what is under way is tried again when it goes on."""
        at_work = self._at_work.get(name)
        if at_work is not None:
            at_work.stop.set()

    def is_stopping(self, name: str) -> bool:
        """Whether a search of this server has been asked to end, and has not yet."""
        at_work = self._at_work.get(name)
        return at_work is not None and at_work.stop.is_set()

    def is_here(self, name: str) -> bool:
        """Whether this server is at it."""
        return name in self._at_work

    def close(self) -> None:
        """End all; they can continue later."""
        for at_work in list(self._at_work.values()):
            at_work.stop.set()
        for at_work in list(self._at_work.values()):
            at_work.thread.join(CLOSE_SECONDS)

    def _check_room(self, owner: str) -> None:
        if any(at_work.owner == owner for at_work in self._at_work.values()):
            raise SearchError("You have a search under way: stop it, or wait until it ends.")
        if len(self._at_work) >= MOST_AT_ONCE:
            raise SearchError(f"This server has {MOST_AT_ONCE} searches under way: try again when one has ended.")

    def _work_on(self, study: Study, owner: str) -> None:
        stop = threading.Event()
        search = Search(study, self._trainer, session=owner, should_stop=stop.is_set)
        thread = threading.Thread(target=partial(self._search, search), name=f"search {study.name}", daemon=True)
        self._at_work[study.name] = _AtWork(owner, thread, stop)
        thread.start()

    def _search(self, search: Search) -> None:
        try:
            for _ in search.run():
                pass
        except DigitLabError as error:
            logger.warning("Search %s: %s", search.study.name, error)
        except Exception:
            # The edge of the thread.
            logger.exception("Search %s failed unexpectedly.", search.study.name)
        finally:
            self._at_work.pop(search.study.name, None)
