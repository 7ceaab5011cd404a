"""The places of a training run that can be looked at again: its early snapshots, then its epochs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.config import TrainConfig
from core.runs.records import EarlySnapshot, EpochMetrics
from core.runs.status import RunStatus

MOST_EPOCHS = 48
"""Of more epochs, evenly spaced ones can be gone to, and the first and the last."""


class Learned(Protocol):
    """A run that has places: a saved one, or one that goes on, at one moment."""

    @property
    def run_id(self) -> str:
        """Which run."""

    @property
    def config(self) -> TrainConfig:
        """Its settings."""

    @property
    def status(self) -> RunStatus:
        """Whether it goes on."""

    @property
    def early(self) -> tuple[EarlySnapshot, ...]:
        """Looks before the first epoch ended."""

    @property
    def epochs(self) -> tuple[EpochMetrics, ...]:
        """Its epochs."""


@dataclass(frozen=True)
class ReplayPlace:
    """A moment of a training run.

    Parameters
    ----------
    name
        Its position in epochs, as a URL says it: ``0.0349``, ``3``.
    position
        In epochs since the start, in fractions.
    words
        ``before the first batch``, ``after 30 batches``, ``epoch 3``.
    val_accuracy, val_loss, val_images
        On this many validation images; 0–1, and nats per image.
    probe_predicted, probe_confidence
        What the network made of the probe digits; empty where it was not kept.
    step
        Batches of the first epoch, at an early snapshot; None at an epoch.
    """

    name: str
    position: float
    words: str
    val_accuracy: float
    val_loss: float
    val_images: int
    probe_predicted: tuple[int, ...]
    probe_confidence: tuple[float, ...]
    step: int | None = None

    @property
    def epoch(self) -> int | None:
        """Which epoch ended here; None at an early snapshot."""
        return None if self.step is not None else -int(-self.position // 1)


def replay_places(early: Sequence[EarlySnapshot], epochs: Sequence[EpochMetrics]) -> list[ReplayPlace]:
    """Every moment of a run that can be gone to, in order; early ones only as far as an epoch has not replaced them."""
    first = epochs[0].position if epochs else float("inf")
    looks = [_early_place(look) for look in early if look.position < first]
    return looks + [_epoch_place(epoch) for epoch in _spaced(epochs)]


def nearest_place(places: Sequence[ReplayPlace], position: float) -> ReplayPlace | None:
    """The place that is nearest to this position, in epochs."""
    return min(places, key=lambda place: abs(place.position - position), default=None)


def _spaced(epochs: Sequence[EpochMetrics]) -> list[EpochMetrics]:
    """Multiples of a power of two: as a run grows, its places become fewer and none moves."""
    ends, stride = {epoch.epoch for epoch in (*epochs[:1], *epochs[-1:])}, 1
    while True:
        found = [epoch for epoch in epochs if epoch.epoch % stride == 0 or epoch.epoch in ends]
        if len(found) <= MOST_EPOCHS:
            return found
        stride *= 2


def _early_place(look: EarlySnapshot) -> ReplayPlace:
    batches = "batch" if look.step == 1 else "batches"
    return ReplayPlace(
        name=f"{look.position:.6g}",
        position=look.position,
        words=f"after {look.step:,} {batches}" if look.step else "before the first batch",
        val_accuracy=look.val_accuracy,
        val_loss=look.val_loss,
        val_images=look.val_images,
        probe_predicted=look.probe_predicted,
        probe_confidence=look.probe_confidence,
        step=look.step,
    )


def _epoch_place(epoch: EpochMetrics) -> ReplayPlace:
    cut = "" if epoch.complete else f", {epoch.step:,} of {epoch.steps_per_epoch:,} batches"
    return ReplayPlace(
        name=f"{epoch.position:.6g}",
        position=epoch.position,
        words=f"epoch {epoch.epoch}{cut}",
        val_accuracy=epoch.val_accuracy,
        val_loss=epoch.val_loss,
        val_images=int(epoch.confusion.sum()),
        probe_predicted=epoch.probe_predicted,
        probe_confidence=epoch.probe_confidence,
    )
