"""Who may change what: every page asks here before it changes a run or deletes a dataset.

A control that may not be used is disabled and says why; what it does is checked again, for a browser can send anything.
"""

from typing import TYPE_CHECKING

from core.classroom.rights import why_not_change, why_not_change_owned, why_not_delete
from core.data.catalogue import Catalogue
from core.data.dataset import DatasetEntry
from core.data.drawn import mark_of
from core.errors import NotYoursError
from core.runs.records import Run
from core.runs.whose import Whose
from ui.shell.browser import browser_id
from ui.shell.exercise import current_exercise
from ui.shell.resources import catalogue, run_store, searches
from ui.shell.teacher import has_key, is_teacher

if TYPE_CHECKING:
    from core.runs.store import RunStore
    from core.search.records import SearchRecord
    from core.search.searches import Searches


def why_not(run: Run | Whose) -> str:
    """Why this session may not change a run, as a sentence; empty if it may."""
    why = why_not_change(run, browser_id(), is_teacher=is_teacher(), has_key=has_key())
    return f"Run “{run.name}” stays as it is: {why}" if why else ""


def may_change(run: Run) -> bool:
    """Whether this session may change a run."""
    return not why_not(run)


def changeable(run_id: str) -> "RunStore":
    """The run store, to change this run in it.

    Raises
    ------
    NotYoursError
        If this session may not.
    RunError
        If there is no such run.
    """
    store = run_store()
    # Of one that cannot be read as well: it can still be deleted.
    found = store.listing.whose([run_id])
    if why := why_not(found[0] if found else store.summary(run_id)):
        raise NotYoursError(why)
    return store


def why_keep(entry: DatasetEntry) -> str:
    """Why this session may not delete a dataset, as a sentence; empty if it may."""
    is_class = has_key() or bool(current_exercise().name)
    why = why_not_delete(entry.owner, mark_of(browser_id()), is_teacher=is_teacher(), is_class=is_class)
    return f"“{entry.title}” stays: {why}" if why else ""


def deletable(name: str) -> Catalogue:
    """The catalogue, to delete this dataset from it.

    Raises
    ------
    NotYoursError
        If this session may not.
    DataError
        If there is no such dataset.
    """
    found = catalogue()
    if why := why_keep(found.entry(name)):
        raise NotYoursError(why)
    return found


def why_not_search(record: "SearchRecord") -> str:
    """Why this session may not change a search, as a sentence; empty if it may."""
    why = why_not_change_owned(record.owner, browser_id(), is_teacher=is_teacher(), is_class=has_key())
    return f"Search “{record.name}” stays as it is: {why}" if why else ""


def changeable_search(name: str) -> "Searches":
    """The searches, to change this one among them.

    Raises
    ------
    NotYoursError
        If this session may not.
    SearchError
        If there is no such search.
    """
    found = searches()
    if why := why_not_search(found.book.record(name)):
        raise NotYoursError(why)
    return found
