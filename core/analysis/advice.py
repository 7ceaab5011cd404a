"""What the coach is told of a run, and what it answers."""

from dataclasses import dataclass
from enum import StrEnum

from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES
from core.runs.records import EpochMetrics
from core.runs.status import RunStatus


class Symptom(StrEnum):
    """What is the matter with a run."""

    DIVERGED = "diverged"
    ONE_CLASS = "one_class"
    GUESSING = "guessing"
    BARELY_BEGUN = "barely_begun"
    RATE_TOO_HIGH = "rate_too_high"
    RATE_TOO_LOW = "rate_too_low"
    SAME_RUN = "same_run"
    TOO_FEW_IMAGES = "too_few_images"
    PAST_BEST = "past_best"
    OVERFITS = "overfits"
    STILL_IMPROVING = "still_improving"
    UNDERFITS = "underfits"
    DEAD_UNITS = "dead_units"
    VANISHING_GRADIENTS = "vanishing_gradients"
    BATCH_TOO_LARGE = "batch_too_large"
    VALIDATION_LEAK = "validation_leak"
    IMBALANCE = "imbalance"
    LEARNING = "learning"
    FINE = "fine"

    @property
    def learned_nothing(self) -> bool:
        """Whether the network is of no use: nothing may look like success then."""
        return self in (Symptom.DIVERGED, Symptom.ONE_CLASS, Symptom.GUESSING)


class Action(StrEnum):
    """What a page can do about it."""

    TRAIN = "train"
    CONTINUE = "continue"
    DRAW = "draw"
    ERRORS = "errors"


@dataclass(frozen=True)
class Advice:
    """One sentence and one thing to do.

    Parameters
    ----------
    button
        What the button says.
    config
        What to train instead, where that is the action.
    """

    symptom: Symptom
    sentence: str
    button: str
    action: Action
    config: TrainConfig | None = None


@dataclass(frozen=True)
class Seen:
    """What is known of a run at some moment.

    Parameters
    ----------
    epochs
        Also one that was cut off, as the last.
    error
        Why it failed, if it did.
    twin
        Name of an earlier run with the same settings; empty if there is none.
    images
        Training images that its dataset could give at most.
    """

    config: TrainConfig
    status: RunStatus
    epochs: tuple[EpochMetrics, ...] = ()
    error: str | None = None
    twin: str = ""
    images: int = 0
    class_names: tuple[str, ...] = DIGIT_NAMES

    @property
    def kept(self) -> EpochMetrics:
        """The epoch whose weights count: the last, or with early stopping the best."""
        return min(self.epochs, key=lambda epoch: epoch.val_loss) if self.config.patience else self.epochs[-1]
