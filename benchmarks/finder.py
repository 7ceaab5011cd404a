"""How good the learning-rate finder’s advice is: against the best of nine rates, by training with all of them."""

import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context

from benchmarks.report import Row
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import Splits

IMAGES = 10_000
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0)
REACH = 0.5
"""Points that the advice may cost."""
SEEDS = (0, 1, 2)
ENOUGH = 7
"""Of the configurations below."""

_SHORT = TrainConfig(training_size=IMAGES, epochs=5)
CONFIGS = {
    "128, Adam": _SHORT,
    "256-256, Adam, one cycle, dropout": _SHORT.replace(
        hidden_size=256, hidden_layers=2, batch_size=128, schedule="one_cycle", dropout=0.1
    ),
    "512-512, AdamW, one cycle": _SHORT.replace(
        widths="512,512",
        optimizer="adamw",
        weight_decay=0.01,
        batch_size=128,
        schedule="one_cycle",
        label_smoothing=0.1,
    ),
    "128, plain SGD, constant": _SHORT.replace(optimizer="sgd", schedule="constant"),
    "128, momentum, batches of 32": _SHORT.replace(optimizer="momentum", batch_size=32),
    "128, batch normalisation": _SHORT.replace(batch_norm=True),
    "three layers, tanh": _SHORT.replace(hidden_layers=3, activation="tanh"),
    "linear": _SHORT.replace(architecture="linear"),
}


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Each configuration with three seeds, or with one; validation accuracy, one thread, a process for each core."""
    os.environ["OMP_WAIT_POLICY"] = "passive"
    with ProcessPoolExecutor(initializer=_use_one_thread, mp_context=get_context("spawn")) as at_once:
        lost = at_once.map(partial(points_lost, seeds=SEEDS[:1] if quick else SEEDS), CONFIGS.values())
        rows = [Row(name, (points,), "points", reach=REACH) for name, points in zip(CONFIGS, lost, strict=True)]
    held = sum(bool(row.reached) for row in rows)
    count = Row("Configurations that reach it", (float(held),), "of 8", reach=ENOUGH, bound="at least")
    return {f"The finder’s advice, {IMAGES:,} images, points below the best of nine rates": [*rows, count]}


def points_lost(config: TrainConfig, seeds: Sequence[int]) -> float:
    """Percentage points between the best of the nine rates and the rate that is advised, means over the seeds."""
    from core.training.finder import find_learning_rate

    advised = []
    for seed in seeds:
        seeded = config.replace(seed=seed)
        advice = find_learning_rate(seeded).advice
        advised.append(accuracy(seeded.replace(learning_rate=advice.valley)) if advice else 0.0)
    best = max(
        statistics.fmean(accuracy(config.replace(seed=seed, learning_rate=rate)) for seed in seeds) for rate in RATES
    )
    return 100 * (best - statistics.fmean(advised))


def accuracy(config: TrainConfig) -> float:
    """Validation accuracy 0–1 at the end; 0 for a training run that diverges."""
    from core.errors import TrainingError
    from core.training.events import EpochCompleted
    from core.training.fit import fit

    try:
        events = fit(config, _splits(config.data_only()))
        return [event.metrics.val_accuracy for event in events if isinstance(event, EpochCompleted)][-1]
    except TrainingError:
        return 0.0


@cache
def _splits(data: TrainConfig) -> Splits:
    return load_splits(data)


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)
