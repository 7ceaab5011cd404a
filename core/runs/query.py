"""RunQuery: which runs somebody asks for; :mod:`core.runs.listing` finds them, and loads the database for it."""

from dataclasses import dataclass
from typing import Final

from core.config import TrainConfig
from core.runs.status import RunOrigin, RunStatus

ORDERS: Final = ("created", "name", "status", "epochs_done", "val_accuracy", "seconds", "test_looks", "starred")
"""Columns of a run that a listing can be sorted by; every setting is one as well."""


@dataclass(frozen=True)
class RunQuery:
    """Which runs, in which order, and how many of them. What is left at its default leaves out nothing.

    Parameters
    ----------
    text
        Words that all must be in the name, id, tags, notes, reflection, search or exercise of a run, in any case.
    tags
        All of which a run must have.
    starred, has_weights, has_ended, has_test_accuracy
        Whether only such runs are meant.
    folded
        Whether runs of experiments and searches are among them.
    class_names
        What a run tells apart, in label order; empty for anything.
    dataset, origin, status, study, owner, exercise
        Of the run.
    unowned
        Whether only runs are meant that nobody owns.
    ids
        Of which a run must have one; empty for all.
    configs
        Settings of which a run must have one set, exactly; goes with no limit.
    order
        One of :data:`ORDERS`, or the name of a setting. Runs that are equal in it are newest first; those without a
        value are last.
    limit, offset
        How many runs, and how many of the first are left out.
    """

    text: str = ""
    tags: tuple[str, ...] = ()
    starred: bool = False
    has_weights: bool = False
    has_ended: bool = False
    has_test_accuracy: bool = False
    folded: bool = True
    class_names: tuple[str, ...] = ()
    dataset: str = ""
    origin: RunOrigin | None = None
    status: RunStatus | None = None
    study: str = ""
    owner: str = ""
    exercise: str = ""
    unowned: bool = False
    ids: tuple[str, ...] = ()
    configs: tuple[TrainConfig, ...] = ()
    order: str = "created"
    descending: bool = True
    limit: int | None = None
    offset: int = 0
