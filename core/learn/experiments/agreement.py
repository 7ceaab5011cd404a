"""What ten sets of seeds said of each experiment, measured once by ``python -m benchmarks.experiments``."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.learn.experiments.records import SEEDS, Check, Experiment, Outcome, outcome_of

T = TypeVar("T")

PLACE = Path(__file__).with_name("agreement.json")
SETS = 10
ENOUGH = 9
"""Sets of ten that must say the same before anything counts as decided."""


@dataclass(frozen=True)
class Agreement:
    """For each set of seeds, whether each part of the claim held: None where that was not decided."""

    sets: tuple[tuple[bool | None, ...], ...]

    def agreed(self, part: int) -> int:
        """How many sets say of a part what most of them say."""
        return _most(found[part] for found in self.sets)[1]

    @property
    def outcome(self) -> Outcome:
        """What most sets make of the claim, or that they do not agree on it."""
        outcome, count = _most(self._outcomes)
        return outcome if count >= ENOUGH else Outcome.NOT_DECIDED

    def sets_saying(self, outcome: Outcome) -> int:
        """How many sets make this of the claim."""
        return self._outcomes.count(outcome)

    @property
    def _outcomes(self) -> list[Outcome]:
        steady = [self.agreed(part) >= ENOUGH for part in range(len(self.sets[0]))]
        return [
            outcome_of([holds if sure else None for holds, sure in zip(found, steady, strict=True)])
            for found in self.sets
        ]


def agreement_on(experiment: Experiment, place: Path = PLACE) -> Agreement | None:
    """The table’s row for an experiment as it is now; None if it was never repeated, or has changed since."""
    if not place.exists():
        return None
    row = json.loads(place.read_text(encoding="utf-8"))["experiments"].get(experiment.name)
    if row is None or row["fingerprint"] != experiment.fingerprint:
        return None
    return Agreement(tuple(tuple(found) for found in row["sets"]))


def tempered(checks: Sequence[Check], agreement: Agreement | None) -> tuple[Check, ...]:
    """The checks of one set of seeds, of which those are not decided that other sets do not agree on."""
    if agreement is None:
        return tuple(checks)
    return tuple(
        check if agreement.agreed(part) >= ENOUGH else replace(check, holds=None) for part, check in enumerate(checks)
    )


def verdict_of(checks: Sequence[Check], agreement: Agreement | None) -> Outcome:
    """What one set of seeds makes of the claim, if ten sets agree enough to say anything.

    Parameters
    ----------
    checks
        Tempered.
    """
    if agreement is not None and agreement.outcome is Outcome.NOT_DECIDED:
        return Outcome.NOT_DECIDED
    return outcome_of([check.holds for check in checks])


def verdict_sentence(experiment: Experiment, checks: Sequence[Check], outcome: Outcome) -> str:
    """One sentence on the verdict on the claims, or on Digit Lab’s statement where no document claims anything."""
    several = len(experiment.claims) > 1 and not experiment.statement
    subject = "The claims are" if several else f"The {'statement' if experiment.statement else 'claim'} is"
    verdict = f"{subject} **{outcome}**"
    if len(checks) == 1:
        return f"{verdict}."
    holding, undecided = (sum(check.holds is state for check in checks) for state in (True, None))
    whose = "their" if several else "its"
    parts = f"{holding} of {whose} {len(checks)} parts {'holds' if holding == 1 else 'hold'} here"
    rest = f", {undecided} {'is' if undecided == 1 else 'are'} not decided" if undecided else ""
    return f"{verdict}: {parts}{rest}."


def check_words(check: Check, part: int, agreement: Agreement | None) -> str:
    """A check’s sentence, whether it is decided, and how many sets of seeds say the same of this part."""
    if check.holds is not None or check.comparison is None:
        return check.sentence
    undecided = f"{check.sentence.removesuffix('.')}; not decided"
    if agreement is None or (agreed := agreement.agreed(part)) >= ENOUGH:
        return f"{undecided}."
    return f"{undecided}: only {agreed} of {SETS} sets of seeds agree."


def repeated_words(outcome: Outcome, agreement: Agreement | None) -> str:
    """What other sets of seeds made of the claim, in a sentence or two."""
    if agreement is None:
        return "Not yet repeated: nobody has tried other sets of seeds."
    sets = f"of {SETS} sets of {SEEDS} seeds"
    if agreement.outcome is Outcome.NOT_DECIDED and outcome is Outcome.NOT_DECIDED:
        said = ", ".join(f"{one} in {agreement.sets_saying(one)}" for one in Outcome if agreement.sets_saying(one))
        return f"Repeated with {SETS} sets of {SEEDS} seeds, it was {said}."
    return f"This verdict agreed in {agreement.sets_saying(outcome)} {sets}."


def _most(values: Iterable[T]) -> tuple[T, int]:
    return Counter(values).most_common(1)[0]
