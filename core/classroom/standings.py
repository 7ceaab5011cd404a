"""Standings: who of a class has reached what, on validation images that are the same for all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.classroom.exercise import Exercise
from core.runs.records import Run

_JUDGED_BY: Final = ("dataset", "split", "split_seed", "validation_size", "test_size")
"""Settings that decide on which images a network is validated."""
_LEARNED_FROM: Final = ("start_from", "teacher")
"""Other runs, which had epochs, training images or a split of their own."""


@dataclass(frozen=True)
class Standing:
    """What somebody has reached.

    Parameters
    ----------
    place
        1 for the best; shared by those who are equal. None for somebody without a run that counts yet.
    owner
        Nobody else’s business: for comparing only.
    nickname
        Empty for somebody who has not chosen one.
    best
        Their run with the best validation accuracy, of those that count.
    runs, active
        How many they have in the exercise, and how many of these are under way.
    """

    place: int | None
    owner: str | None
    nickname: str
    best: Run | None
    runs: int
    active: int

    @property
    def accuracy(self) -> float:
        """Of the best run, 0–1; −1 where there is none."""
        return -1.0 if self.best is None or self.best.val_accuracy is None else self.best.val_accuracy


def counts(run: Run, exercise: Exercise) -> bool:
    """Whether a run has what the exercise fixes, has learned from no other run, and was validated on its images."""
    names: tuple[str, ...] = (*_JUDGED_BY, *_LEARNED_FROM)
    if run.config.split == "in_order":
        # There the validation images begin where the training images end.
        names = (*names, "training_size")
    same = all(getattr(run.config, name) == exercise.value_of(name) for name in names)
    return run.val_accuracy is not None and same and exercise.is_obeyed_by(run.config)


def standings(runs: Sequence[Run], nicknames: Mapping[str, str], exercise: Exercise) -> tuple[Standing, ...]:
    """Everybody who has a nickname or a run, the best first; those without anything that counts last, by nickname.

    Parameters
    ----------
    runs
        Of one exercise.
    nicknames
        By owner.
    """
    by_owner: dict[str | None, list[Run]] = {owner: [] for owner in nicknames}
    for run in runs:
        by_owner.setdefault(run.owner, []).append(run)
    found = [_standing(owner, own, nicknames, exercise) for owner, own in by_owner.items()]
    ordered = sorted(found, key=lambda one: (-one.accuracy, one.nickname.casefold()))
    accuracies = [one.accuracy for one in ordered]
    return tuple(
        Standing(accuracies.index(one.accuracy) + 1, *_rest(one)) if one.best is not None else one for one in ordered
    )


def _standing(owner: str | None, runs: Sequence[Run], nicknames: Mapping[str, str], exercise: Exercise) -> Standing:
    counted = [run for run in runs if counts(run, exercise)]
    # Of equal ones the first: nobody overtakes themselves.
    best = max(counted, key=lambda run: (run.val_accuracy or 0.0, -run.created.timestamp()), default=None)
    active = sum(run.status.is_active for run in runs)
    return Standing(None, owner, nicknames.get(owner or "", ""), best, len(runs), active)


def _rest(one: Standing) -> tuple[str | None, str, Run | None, int, int]:
    return one.owner, one.nickname, one.best, one.runs, one.active
