"""Training runs of a test: those that end by themselves, and those that somebody stops."""

from collections.abc import Callable, Iterable

import torch

from core.config import TrainConfig
from core.data.dataset import Splits
from core.training.events import EpochCompleted, TrainingEvent
from core.training.fit import fit

CPU = torch.device("cpu")


def run(config: TrainConfig, splits: Splits, **options: object) -> list[EpochCompleted]:
    """Train with either backend, PyTorch on the CPU."""
    return epochs_of(fit(config, splits, device=CPU, **options))


def epochs_of(events: Iterable[TrainingEvent]) -> list[EpochCompleted]:
    return [event for event in events if isinstance(event, EpochCompleted)]


def stop_after(batches: int) -> Callable[[], bool]:
    """Says yes from the given batch on; it is asked after each."""
    asked = iter(range(1, 10**9))
    return lambda: next(asked) >= batches
