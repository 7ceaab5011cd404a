"""What an experiment is: a claim, trainings that could contradict it, and a rule that says whether they did."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from core.config import TrainConfig
from core.errors import is_divergence
from core.models.shapes import parameter_count
from core.runs.records import Run
from core.runs.status import RunStatus

if TYPE_CHECKING:
    from core.learn.experiments.results import Result

LONGEST_NAME = 40


@dataclass(frozen=True)
class Claim:
    """A sentence, word for word, and the title of the document that says it."""

    quote: str
    document: str


@dataclass(frozen=True)
class Variant:
    """One of the trainings that are compared."""

    label: str
    config: TrainConfig


@dataclass(frozen=True)
class Check:
    """A part of the claim, held against what was measured; ``holds`` is None where that does not decide it."""

    holds: bool | None
    sentence: str


class Outcome(StrEnum):
    """What the checks make of a claim."""

    CONFIRMED = "confirmed"
    MIXED = "mixed"
    NOT_CONFIRMED = "not confirmed"
    NOT_DECIDED = "not decided"


@dataclass(frozen=True)
class Table:
    """Rows of words and numbers as they are shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Measurement(Protocol):
    """What an experiment measures beside its trainings."""

    def table(self) -> Table:
        """The numbers for people."""


CheckClaim = Callable[[Sequence["Result"], Measurement | None], tuple[Check, ...]]
Measure = Callable[..., Measurement]


@dataclass(frozen=True)
class Experiment:
    """One click: a few trainings and what they say about a claim.

    Parameters
    ----------
    name
        In the URL.
    question
        What is asked, in one sentence.
    setting
        What is the same in all trainings, in one sentence.
    rule
        When a part of the claim counts as confirmed.
    check
        Results, in the order of the variants, and the measurement → checks.
    measure
        Runs in a worker; its result has no say in which weights are trained.
    profiles_network
        Whether ``measure`` is given the network of the first variant.
    link, link_label
        Where the same is seen on any run, as ``page?name=value&…``; empty for none.
    """

    name: str
    title: str
    question: str
    setting: str
    claims: tuple[Claim, ...]
    rule: str
    check: CheckClaim
    variants: tuple[Variant, ...] = ()
    measure: Measure | None = None
    profiles_network: bool = False
    link: str = ""
    link_label: str = ""

    def run_name(self, variant: Variant) -> str:
        """What the run of a variant is called."""
        return f"{self.title}: {variant.label}"[:LONGEST_NAME]


def outcome_of(checks: Sequence[Check]) -> Outcome:
    """Confirmed if all checks hold, not confirmed if none does, else mixed.

    Not decided if checks that are not decided could still change it.
    """
    found = {check.holds for check in checks}
    if {True, False} <= found:
        return Outcome.MIXED
    if None in found:
        return Outcome.NOT_DECIDED
    return Outcome.CONFIRMED if True in found else Outcome.NOT_CONFIRMED


def verdict_sentence(checks: Sequence[Check]) -> str:
    """One sentence on what came of the claim."""
    verdict = f"The claim is **{outcome_of(checks)}**"
    if len(checks) == 1:
        return f"{verdict}."
    holding, undecided = (sum(check.holds is state for check in checks) for state in (True, None))
    parts = f"{holding} of its {len(checks)} parts {'holds' if holding == 1 else 'hold'} here"
    rest = f", {undecided} {'is' if undecided == 1 else 'are'} not decided" if undecided else ""
    return f"{verdict}: {parts}{rest}."


def has_result(run: Run) -> bool:
    """Whether a run counts as the outcome of its variant: complete, or failed because it diverged."""
    # A model that was brought in is complete as well, but nobody has seen it train.
    return (run.status is RunStatus.COMPLETED and run.val_accuracy is not None) or diverged(run)


def diverged(run: Run) -> bool:
    """Whether the loss of a run ceased to be a number."""
    return run.status is RunStatus.FAILED and is_divergence(run.error)


def find_runs(experiment: Experiment, runs: Sequence[Run]) -> tuple[Run | None, ...]:
    """For each variant the run that shows it: the newest with a result, else one under way, else None.

    On the same machine with as many threads, the same config gives the same numbers: whoever trained it, and whenever,
    does not matter.

    Parameters
    ----------
    runs
        Newest first.
    """
    found = []
    for variant in experiment.variants:
        candidates = [run for run in runs if run.config == variant.config]
        ended = [run for run in candidates if has_result(run)]
        under_way = [run for run in candidates if run.status.is_active]
        found.append(next(iter(ended + under_way), None))
    return tuple(found)


def updates(run: Run) -> int:
    """Steps of the optimiser."""
    return sum(epoch.step for epoch in run.epochs)


def results_table(variants: Sequence[Variant], runs: Sequence[Run]) -> Table:
    """The trainings of an experiment side by side."""
    columns = ("", "Validation accuracy", "Training accuracy", "Validation loss", "Updates", "Seconds", "Parameters")
    rows = tuple(_row(variant.label, run) for variant, run in zip(variants, runs, strict=True))
    return Table(columns, rows)


def _row(label: str, run: Run) -> tuple[str, ...]:
    size = f"{parameter_count(run.config, len(run.class_names)):,}"
    kept = run.kept_epoch
    if diverged(run) or kept is None:
        return (label, "diverged", "–", "–", f"{updates(run):,}", f"{run.seconds:.1f}", size)
    return (
        label,
        f"{kept.val_accuracy:.2%}",
        f"{kept.train_accuracy:.2%}",
        f"{kept.val_loss:.3f}",
        f"{updates(run):,}",
        f"{run.seconds:.1f}",
        size,
    )
