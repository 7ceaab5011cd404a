"""What the presets reach, and how long that takes from the click."""

import time
from collections.abc import Sequence
from dataclasses import replace

from benchmarks import ink
from benchmarks.app import app, start_training, store_of, wait_for_end
from benchmarks.report import Row
from core.config import TrainConfig
from core.presets import PRESETS, Preset

SECONDS = {"quick": 15.0, "best": 180.0, "cnn": 300.0}
PROMISED = {"quick": 97.5, "better": 98.2, "best": 99.35, "cnn": 99.5}
"""What the product says in its own name; of the others, what they claim to have reached, rounding aside."""
ROUNDING = 0.3
PHOTOGRAPHS_READ_BY_BEST = 95.0
LONG = ("best", "cnn")
"""Minutes of training each: a part of their own, measured where it is named."""
LEFT_OUT = ("record",)
"""Half an hour of training: `python -m core train --preset record` measures it."""


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Each preset of less than a minute once with seed 0, the quick one three times."""
    return _reached([preset for preset in PRESETS if preset.name not in LONG + LEFT_OUT], quick)


def measure_long(quick: bool) -> dict[str, Sequence[Row]]:
    """The presets that train for minutes, once with seed 0."""
    return _reached([preset for preset in PRESETS if preset.name in LONG], quick)


def _reached(presets: Sequence[Preset], quick: bool) -> dict[str, Sequence[Row]]:
    rows = []
    with app() as server:
        store = store_of(server)
        for preset in presets:
            seconds, accuracies = [], []
            for _ in range(3 if preset.name == "quick" and not quick else 1):
                started = time.perf_counter()
                run = wait_for_end(store, start_training(server, _query(preset.config)))
                seconds.append(time.perf_counter() - started)
                accuracies.append(100 * (run.test_accuracy or 0.0))
            rows += [
                Row(f"{preset.title}, click to result", tuple(seconds), reach=SECONDS.get(preset.name)),
                Row(
                    f"{preset.title}, test accuracy",
                    tuple(accuracies),
                    "%",
                    reach=PROMISED.get(preset.name, 100 * preset.test_accuracy - ROUNDING),
                    bound="at least",
                ),
            ]
            if preset.name == "best":
                *_, all_read = ink.photographs_read(store.model(run.run_id), quick, reach=PHOTOGRAPHS_READ_BY_BEST)
                rows.append(replace(all_read, name=f"{preset.title}, simulated photographs read"))
        store.close()
    return {"Presets, seed 0, through the engine": rows}


def _query(config: TrainConfig) -> str:
    defaults = TrainConfig()
    names = TrainConfig.model_fields
    changed = {name: getattr(config, name) for name in names if getattr(config, name) != getattr(defaults, name)}
    return "&".join(f"{name}={value}" for name, value in changed.items())
