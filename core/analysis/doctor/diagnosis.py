"""What the doctor says: a diagnosis with what was seen, why it matters, and the settings to change."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from core.analysis.advice import Symptom


@dataclass(frozen=True)
class Diagnosis:
    """One thing that is wrong with a run.

    Parameters
    ----------
    saw
        Sentences with the numbers that show it.
    changes
        Settings to change, by name; empty where none helps.
    instead
        Where there are no changes: why, and what to do, in a sentence or two.
    """

    symptom: Symptom
    saw: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    instead: str = ""

    @property
    def title(self) -> str:
        """What it is called, in a few words."""
        return _WORDS[self.symptom][0]

    @property
    def why(self) -> str:
        """Why it matters, in a sentence or two."""
        return _WORDS[self.symptom][1]


_NOTHING_LEARNED = "A network that learned nothing is of no use: its answers are no better than guessing."
_WORDS: Mapping[Symptom, tuple[str, str]] = MappingProxyType(
    {
        Symptom.DIVERGED: (
            "Diverged",
            "Every step overshot by more than the one before, and there is no way back from infinite numbers.",
        ),
        Symptom.ONE_CLASS: ("The same answer to everything", _NOTHING_LEARNED),
        Symptom.GUESSING: ("No better than guessing", _NOTHING_LEARNED),
        Symptom.BARELY_BEGUN: (
            "Stopped too early",
            "Before its first epoch has ended, its numbers say nothing about its settings.",
        ),
        Symptom.RATE_TOO_HIGH: (
            "Learning rate too high",
            "Steps that are too long overshoot the minimum and can kill units for good; shorter ones can reach it.",
        ),
        Symptom.RATE_TOO_LOW: (
            "Learning rate too low",
            "Each step changes the weights so little that the epochs end long before the minimum is near.",
        ),
        Symptom.TOO_FEW_IMAGES: (
            "Overfitting: too few images",
            "A few images are easier to memorise than to generalise from.",
        ),
        Symptom.OVERFITS: (
            "Overfitting",
            "It has memorised what is peculiar to its training images, which does not help with any other image.",
        ),
        Symptom.PAST_BEST: (
            "Trained for too long",
            (
                "After the best epoch it became more confident in its mistakes: the weights that were kept are not its "
                "best."
            ),
        ),
        Symptom.STILL_IMPROVING: (
            "Stopped too early",
            "A loss that is still falling shows that the network can still improve, at no cost but time.",
        ),
        Symptom.UNDERFITS: (
            "Underfitting",
            "A network that cannot read its own training images will not read others better: it lacks capacity.",
        ),
        Symptom.DEAD_UNITS: (
            "Dead units",
            (
                "No gradient passes through such a unit for any image: it can hardly learn, and the network acts as a "
                "smaller one."
            ),
        ),
        Symptom.VANISHING_GRADIENTS: (
            "Vanishing gradients",
            "Each layer passes on only part of the gradient: the first layers stay nearly as random as they started.",
        ),
        Symptom.BATCH_TOO_LARGE: (
            "Batch too large",
            "Each batch is one step, whatever its size: smaller batches give more steps from the same images.",
        ),
        Symptom.VALIDATION_LEAK: (
            "Validation leak",
            "It was trained on these images, so its validation accuracy is likely to be higher than on new ones.",
        ),
        Symptom.IMBALANCE: (
            "Class imbalance",
            (
                "A class that is rare in training hardly counts in the mean loss: the network sacrifices it for the "
                "others."
            ),
        ),
    }
)
