"""What is known of a search and of its trials, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core.errors import ConfigError, SearchError
from core.search.plan import Plan, Sampler
from core.search.possible import grid_of, skipped_words

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

RUN, ERROR, AGAIN = "run_id", "error", "again"
"""What a trial keeps in Optuna's table beside its parameters."""
PLAN, OWNER, STATUS, CREATED = "plan", "owner", "status", "created"
SPENT, SERVER, SEARCH_ERROR = "spent", "server", "search_error"
"""What a search keeps in Optuna's table."""
UNEXPECTED = "It ended unexpectedly; the server’s log says why. What was tried is kept, and it can continue."
STORE_AWAY = (
    "The run store could not be read or written for ten minutes: continue the search once it is available again."
)


class TrialState(StrEnum):
    """The outcome of a trial."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    PRUNED = "pruned"
    FAILED = "failed"
    STOPPED = "stopped"
    SKIPPED = "skipped"
    """Its settings do not go together: it was never trained, and counts for nothing."""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more comes of it; one that was stopped is tried again when the search goes on."""
        return self not in (TrialState.QUEUED, TrialState.RUNNING)


class SearchStatus(StrEnum):
    """Where a search is in its life."""

    RUNNING = "running"
    STOPPED = "stopped"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class TrialRecord:
    """One trial.

    Parameters
    ----------
    number
        0 for the first.
    val_accuracy
        0–1, with the weights that its run keeps; of one that was pruned, at its last epoch. None before an epoch.
    run_id
        Of the training run; empty before there is one.
    params
        What is varied, by the names of the settings.
    error
        Why it failed, a sentence.
    seconds
        From its start to its end; None before that.
    """

    number: int
    state: TrialState
    val_accuracy: float | None
    run_id: str
    params: Mapping[str, Any]
    error: str = ""
    seconds: float | None = None

    @classmethod
    def of(cls, trial: "FrozenTrial") -> "TrialRecord":
        """As Optuna has it."""
        seen = trial.intermediate_values
        value = trial.values[0] if trial.values else (seen[max(seen)] if seen else None)
        # One that waits has what it was enqueued with, and no parameters yet.
        params = trial.params or trial.system_attrs.get("fixed_params", {})
        return cls(
            trial.number,
            _state(trial),
            value,
            trial.user_attrs.get(RUN, ""),
            params,
            trial.user_attrs.get(ERROR, ""),
            None if trial.duration is None else trial.duration.total_seconds(),
        )


@dataclass(frozen=True)
class SearchRecord:
    """One search.

    Parameters
    ----------
    owner
        As of a run: a browser’s random id, None for those of the command line.
    created
        UTC.
    spent
        Seconds of searching so far.
    server
        Id of the process that searches; empty while none does.
    error
        Why it failed, a sentence.
    """

    name: str
    plan: Plan
    status: SearchStatus
    created: datetime
    owner: str | None = None
    spent: float = 0.0
    server: str = ""
    error: str = ""


@dataclass(frozen=True)
class Standing:
    """How far a search is.

    Parameters
    ----------
    trials
        All of them, by number.
    """

    trials: Sequence[TrialRecord] = field(default=())

    @property
    def ended(self) -> int:
        """Trials that count against the budget."""
        counted = (TrialState.COMPLETED, TrialState.PRUNED, TrialState.FAILED)
        return sum(trial.state in counted for trial in self.trials)

    def count(self, state: TrialState) -> int:
        """Trials in this state."""
        return sum(trial.state is state for trial in self.trials)

    @property
    def best(self) -> TrialRecord | None:
        """The completed trial with the highest validation accuracy, of equal ones the first; None without one."""
        return max(self.completed, key=lambda trial: (trial.val_accuracy or 0.0, -trial.number), default=None)

    @property
    def completed(self) -> list[TrialRecord]:
        """Those that were trained to their end."""
        return [trial for trial in self.trials if trial.state is TrialState.COMPLETED]

    @property
    def ranking(self) -> list[TrialRecord]:
        """Completed trials, the best first, then the others, the newest first."""
        others = [trial for trial in self.trials if trial.state is not TrialState.COMPLETED]
        best_first = sorted(self.completed, key=lambda trial: (-(trial.val_accuracy or 0.0), trial.number))
        return best_first + sorted(others, key=lambda trial: -trial.number)


def record_of(name: str, attributes: dict[str, Any]) -> SearchRecord:
    """What a search says of itself.

    Raises
    ------
    SearchError
        If it cannot be read: a newer version wrote it, or something else did.
    """
    try:
        return SearchRecord(
            name,
            Plan.from_json(attributes[PLAN]),
            SearchStatus(attributes[STATUS]),
            datetime.fromtimestamp(attributes[CREATED], UTC),
            attributes.get(OWNER),
            float(attributes.get(SPENT, 0.0)),
            str(attributes.get(SERVER, "")),
            str(attributes.get(SEARCH_ERROR, "")),
        )
    except (KeyError, TypeError, ValueError, ConfigError) as error:
        raise SearchError(f"Search “{name}” cannot be read: a newer version wrote it, or it is damaged.") from error


def as_it_is(record: SearchRecord, living: frozenset[str], idle: str = "") -> SearchRecord:
    """A search whose process is gone was interrupted; one that its process is no longer at failed.

    Parameters
    ----------
    living
        Ids of the servers that are there.
    idle
        Of a server that is not at this search.
    """
    if record.status is not SearchStatus.RUNNING:
        return record
    if record.server not in living:
        return replace(record, status=SearchStatus.INTERRUPTED)
    return replace(record, status=SearchStatus.FAILED, error=UNEXPECTED) if record.server == idle else record


def is_exhausted(plan: Plan, standing: Standing) -> bool:
    """Whether every combination of a grid has been tried: no budget makes more of them."""
    return plan.grid is not None and standing.ended >= plan.grid


def all_of(plan: Plan) -> str:
    """What a search has tried whose grid is exhausted, in words."""
    return "the only combination of its grid" if plan.grid == 1 else f"all {plan.grid:,} combinations of its grid"


def is_spent(plan: Plan, record: SearchRecord, standing: Standing) -> bool:
    """Whether nothing is left of a search’s budget."""
    if plan.budget.seconds is not None and record.spent >= plan.budget.seconds:
        return True
    most = plan.most_trials
    return most is not None and standing.ended >= most


def already_running(name: str) -> SearchError:
    """What is said when somebody continues with a search that a process is at."""
    return SearchError(f"Search “{name}” is already running.")


def running_undeleted(name: str) -> SearchError:
    """What is said when somebody deletes a search that a process is at."""
    return SearchError(f"Search “{name}” is running: stop it before you delete it.")


def no_such_search(name: str) -> SearchError:
    """What is said of a name that no search has."""
    return SearchError(f"There is no search “{name[:64]}”: it may have been deleted.")


def said_of_skipped(plan: Plan, standing: Standing) -> str:
    """How many combinations a search leaves out, and why, as sentences; empty if none."""
    if plan.sampler is Sampler.GRID:
        grid = grid_of(plan.config, plan.space)
        return skipped_words(grid.skipped, grid.why)
    skipped = [trial for trial in standing.trials if trial.state is TrialState.SKIPPED]
    return skipped_words(len(skipped), skipped[0].error if skipped else "")


def _state(trial: "FrozenTrial") -> TrialState:
    if trial.user_attrs.get(AGAIN):
        return TrialState.STOPPED
    if trial.user_attrs.get(ERROR):
        return TrialState.FAILED if RUN in trial.user_attrs else TrialState.SKIPPED
    by_name = {
        "WAITING": TrialState.QUEUED,
        "RUNNING": TrialState.RUNNING,
        "COMPLETE": TrialState.COMPLETED,
        "PRUNED": TrialState.PRUNED,
        "FAIL": TrialState.FAILED,
    }
    return by_name[trial.state.name]
