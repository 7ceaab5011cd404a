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
    """

    symptom: Symptom
    saw: str
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What it is called, in a few words."""
        return _WORDS[self.symptom][0]

    @property
    def why(self) -> str:
        """Why it matters, in a sentence or two."""
        return _WORDS[self.symptom][1]


_NOTHING_LEARNED = "A network that learned nothing is of no use: all that it answers is what guessing gives as well."
_WORDS: Mapping[Symptom, tuple[str, str]] = MappingProxyType(
    {
        Symptom.DIVERGED: (
            "Diverged",
            "Every step overshot by more than the one before, and nothing leads back from numbers that are infinite.",
        ),
        Symptom.ONE_CLASS: ("The same answer to everything", _NOTHING_LEARNED),
        Symptom.GUESSING: ("No better than guessing", _NOTHING_LEARNED),
        Symptom.BARELY_BEGUN: (
            "Stopped too early",
            "Before its first epoch has ended, its numbers say nothing about its settings.",
        ),
        Symptom.RATE_TOO_HIGH: (
            "Learning rate too high",
            "Steps that are too long jump over the minimum and can switch units off for good; shorter ones reach it.",
        ),
        Symptom.RATE_TOO_LOW: (
            "Learning rate too low",
            "Each step changes the weights so little that the epochs end long before the minimum is near.",
        ),
        Symptom.TOO_FEW_IMAGES: (
            "Overfitting: too few images",
            "With few images it is easier to learn them by heart than to learn what they have in common.",
        ),
        Symptom.OVERFITS: (
            "Overfitting",
            "It has learned by heart what only its training images have, which does not help with any other image.",
        ),
        Symptom.PAST_BEST: (
            "Trained for too long",
            "From the best epoch on it grew surer of its mistakes: the weights that are kept are not the best it had.",
        ),
        Symptom.STILL_IMPROVING: (
            "Stopped too early",
            "A loss that is still falling shows that the network has more to give at no other cost than time.",
        ),
        Symptom.UNDERFITS: (
            "Underfitting",
            "What it cannot read among the images that it trains on, it will not read among others: it lacks freedom.",
        ),
        Symptom.DEAD_UNITS: (
            "Dead units",
            "No gradient passes such a unit on any image: it can hardly learn, and the network works as a smaller one.",
        ),
        Symptom.VANISHING_GRADIENTS: (
            "Vanishing gradients",
            "Each layer passes on only a part of the gradient: the first layers stay nearly as random as they began.",
        ),
        Symptom.BATCH_TOO_LARGE: (
            "Batch too large",
            "Each batch is one step, whatever its size: smaller batches make more steps of the same images.",
        ),
        Symptom.VALIDATION_LEAK: (
            "Validation leak",
            "It was trained on these images, so its validation accuracy promises more than it keeps on new ones.",
        ),
        Symptom.IMBALANCE: (
            "Class imbalance",
            "A class that is rare in training hardly counts in the mean loss: the network gives it up for the others.",
        ),
    }
)
