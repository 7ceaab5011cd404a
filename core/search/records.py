"""What is known of a search and of its trials, as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from core.search.plan import Plan

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

RUN, ERROR, AGAIN, CONFIG = "run_id", "error", "again", "config"
"""What a trial keeps in Optuna's table beside its parameters."""


class TrialState(StrEnum):
    """The outcome of a trial."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    PRUNED = "pruned"
    FAILED = "failed"
    STOPPED = "stopped"

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


def _state(trial: "FrozenTrial") -> TrialState:
    if trial.user_attrs.get(AGAIN):
        return TrialState.STOPPED
    if trial.user_attrs.get(ERROR):
        return TrialState.FAILED
    by_name = {
        "WAITING": TrialState.QUEUED,
        "RUNNING": TrialState.RUNNING,
        "COMPLETE": TrialState.COMPLETED,
        "PRUNED": TrialState.PRUNED,
        "FAIL": TrialState.FAILED,
    }
    return by_name[trial.state.name]
