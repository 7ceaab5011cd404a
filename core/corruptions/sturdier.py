"""Which augmentation would make a network sturdier: told by what it loses on its own validation images."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.config import TrainConfig
from core.corruptions.changes import CHANGES
from core.corruptions.measuring import CHANGE, Results

_WORTH = 0.01
_LEAST_EPOCHS, _MOST_EPOCHS = 10, 200


@dataclass(frozen=True)
class Remedy:
    """A setting that shows a network images changed in one way.

    Parameters
    ----------
    change, strengths
        What is measured: the accuracy at the worst of these strengths.
    setting, value
        Of the training run.
    """

    change: str
    strengths: tuple[float, ...]
    setting: str
    value: float

    @property
    def measurement(self) -> str:
        """As :func:`core.corruptions.measuring.measure` has it."""
        return f"{CHANGE}/{self.change}"

    @property
    def words(self) -> str:
        """What is measured: ``Scale 0.8 × or 1.2 ×``."""
        change = CHANGES[self.change]
        return f"{change.title} {' or '.join(change.words(strength) for strength in self.strengths)}"

    def accuracy(self, results: Results) -> float:
        """At the worst of the strengths, 0–1."""
        found = results[self.measurement]
        return min(found[CHANGES[self.change].strengths.index(strength)] for strength in self.strengths)

    def lost(self, results: Results) -> float:
        """Accuracy that the change costs, 0–1."""
        change = CHANGES[self.change]
        return results[self.measurement][change.strengths.index(change.neutral)] - self.accuracy(results)


REMEDIES = (
    Remedy("shift", (2,), "shift", 2.5),
    Remedy("rotation", (20,), "rotation", 20),
    Remedy("scale", (0.8, 1.2), "zoom", 0.2),
    Remedy("occlusion", (8,), "erasing", 0.5),
)


def remedies_for(config: TrainConfig, results: Results) -> tuple[Remedy, ...]:
    """Those against changes that cost more than a point, where the run has not trained with as much already.

    Parameters
    ----------
    results
        Accuracies on validation images, for the measurement of each of ``REMEDIES``.
    """
    return tuple(
        remedy
        for remedy in REMEDIES
        if remedy.lost(results) > _WORTH and getattr(config, remedy.setting) < remedy.value
    )


def sturdier(config: TrainConfig, remedies: Sequence[Remedy]) -> TrainConfig:
    """The settings with these remedies, and with twice the epochs, at least ten: no image is seen twice alike.

    The NumPy backend has no augmentation: such a run becomes one in PyTorch.
    """
    changes: dict[str, object] = {remedy.setting: remedy.value for remedy in remedies}
    if config.backend == "numpy":
        changes["backend"] = "torch"
    return config.replace(**changes, epochs=min(_MOST_EPOCHS, max(_LEAST_EPOCHS, 2 * config.epochs)))
