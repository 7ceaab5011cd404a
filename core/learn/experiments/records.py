"""What an experiment is: a claim, training runs that could contradict it, and a rule that says whether they did."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from core.analysis.by_seed import Comparison
from core.config import TrainConfig
from core.errors import is_divergence
from core.runs.records import Run
from core.runs.status import RunStatus

if TYPE_CHECKING:
    from core.learn.experiments.samples import Sample

LONGEST_NAME = 40
SEEDS = 5
"""Training runs of each variant, with seeds of their own."""
MOST_SETS = 1_000


class Said(StrEnum):
    """What a document does with the sentence that is quoted; only the first is put to its account."""

    CLAIMED = "claims"
    PLANNED = "plans"
    ASKED = "asks"


class Read(StrEnum):
    """What an experiment asks the final networks, beside what their runs have recorded."""

    NOTHING = "nothing"
    TRAINING = "training images"
    SHIFTED = "shifted digits"


@dataclass(frozen=True)
class Claim:
    """A passage, word for word, the title of the document that it is from, and what that does with it."""

    quote: str
    document: str
    said: Said = Said.CLAIMED


@dataclass(frozen=True)
class Variant:
    """One of the ways to train that are compared."""

    label: str
    config: TrainConfig

    def with_seeds(self, seeds: Sequence[int]) -> tuple[TrainConfig, ...]:
        """The settings of its training runs."""
        return tuple(self.config.replace(seed=seed) for seed in seeds)


@dataclass(frozen=True)
class Check:
    """A part of the claim, held against what was measured.

    Parameters
    ----------
    holds
        None where that is not decided.
    sentence
        What was measured, for people.
    name
        In few words, for the chart.
    comparison
        By seeds; None where the part is not about them.
    """

    holds: bool | None
    sentence: str
    name: str = ""
    comparison: Comparison | None = None


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
    """What an experiment measures beside its training runs."""

    def table(self) -> Table:
        """The numbers for people."""


CheckClaim = Callable[[Sequence["Sample"], Measurement | None], tuple[Check, ...]]
Measure = Callable[..., Measurement]


@dataclass(frozen=True)
class Experiment:
    """One click: a few variants with five seeds each, and what they say about a claim.

    Parameters
    ----------
    name
        In the URL.
    question
        What is asked, in one sentence.
    setting
        What is the same in all training runs.
    rule
        When a part of the claim counts as confirmed.
    check
        Samples, in the order of the variants, and the measurement → checks.
    statement
        What is tested where the documents claim nothing; else empty.
    left_open
        What the quoted passage says beside, and is not tested here.
    read
        What the final networks are asked.
    measure
        Runs in a worker; its result has no say in which weights are trained.
    measures_seeds
        Whether ``measure`` is given the seeds.
    profiles_networks
        Whether ``measure`` is given the networks of the first variant, one for each seed.
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
    statement: str = ""
    left_open: str = ""
    variants: tuple[Variant, ...] = ()
    read: Read = Read.NOTHING
    measure: Measure | None = None
    measures_seeds: bool = False
    profiles_networks: bool = False
    link: str = ""
    link_label: str = ""

    def run_name(self, variant: Variant, seed: int) -> str:
        """What the run of a variant is called."""
        tail = f", seed {seed}"
        return f"{self.title}: {variant.label}"[: LONGEST_NAME - len(tail)] + tail

    def configs(self, seeds: Sequence[int]) -> tuple[TrainConfig, ...]:
        """The settings of all training runs, variant by variant."""
        return tuple(config for variant in self.variants for config in variant.with_seeds(seeds))

    @property
    def fingerprint(self) -> str:
        """Changes with what is trained and with the rule: what was found before says nothing of what is asked then."""
        said = [self.rule, SEEDS, [[variant.label, variant.config.changes_json()] for variant in self.variants]]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def seeds_of(number: int) -> tuple[int, ...]:
    """The seeds of a set, of which the first is number 1; no two sets share any."""
    return tuple(range((number - 1) * SEEDS, number * SEEDS))


def outcome_of(checks: Sequence[bool | None]) -> Outcome:
    """Confirmed if all checks hold, not confirmed if none does, else mixed.

    Not decided if checks that are not decided could still change it.
    """
    found = set(checks)
    if {True, False} <= found:
        return Outcome.MIXED
    if None in found:
        return Outcome.NOT_DECIDED
    return Outcome.CONFIRMED if True in found else Outcome.NOT_CONFIRMED


def has_result(run: Run) -> bool:
    """Whether a run counts as the outcome of its variant: complete, or failed because it diverged."""
    # A model that was brought in is complete as well, but nobody has seen it train.
    return (run.status is RunStatus.COMPLETED and run.val_accuracy is not None) or diverged(run)


def diverged(run: Run) -> bool:
    """Whether the loss of a run ceased to be a number."""
    return run.status is RunStatus.FAILED and is_divergence(run.error)


def find_runs(configs: Sequence[TrainConfig], runs: Sequence[Run]) -> tuple[Run | None, ...]:
    """For each config the run that shows it: the newest with a result, else one under way, else None.

    On the same machine with the same number of threads, the same config gives the same numbers: who trained it, and
    when, does not matter.

    Parameters
    ----------
    runs
        Newest first.
    """
    found = []
    for config in configs:
        candidates = [run for run in runs if run.config == config]
        ended = [run for run in candidates if has_result(run)]
        under_way = [run for run in candidates if run.status.is_active]
        found.append(next(iter(ended + under_way), None))
    return tuple(found)
