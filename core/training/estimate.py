"""How long a training run will take on this machine, from a short measurement."""

import json
import math
import time
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np

from core.atomic import write_atomically
from core.config import TrainConfig
from core.data.dataset import DatasetEntry, Normalisation, Splits
from core.data.split_sizes import SplitSizes, split_sizes
from core.models.shapes import multiplications, parameter_count

_PROBES = (
    TrainConfig(hidden_size=16, epochs=1, training_size=6_400, validation_size=100),
    TrainConfig(hidden_size=256, epochs=1, training_size=6_400, validation_size=100),
    TrainConfig(hidden_size=512, hidden_layers=2, batch_size=128, epochs=1, training_size=6_400, validation_size=100),
)
"""Few validation images: how long they take is not measured."""
_PASSES = 3
_AUGMENTING = TrainConfig(rotation=10, elastic=1)
_AUGMENTED = 1_024
CONVOLUTION_FACTOR = 2.5
"""A product in a convolution takes about as long as this many in a matrix product."""
AUTOGRAD_FACTOR = 4.0
"""What autograd's bookkeeping adds to a layer, in layers."""
HOLDS_SECONDS = 7 * 86_400.0
"""How long a measurement stands for its machine: it was made at one moment, and what else runs there changes."""


@dataclass(frozen=True)
class Speed:
    """What a training step costs here.

    Parameters
    ----------
    per_layer, per_parameter, per_product
        Seconds per layer of a step, per parameter of a step, and per parameter and image.
    per_augmented
        Seconds per image that is turned, shifted and bent.
    """

    per_layer: float
    per_parameter: float
    per_product: float
    per_augmented: float

    def estimate(self, config: TrainConfig, entry: DatasetEntry | None = None) -> float:
        """Seconds that a training run will take, its validation included.

        Parameters
        ----------
        entry
            The dataset that the config names; if left out, ten classes of as many images as the config asks for.
        """
        sizes = SplitSizes(config.training_size, config.validation_size, config.test_size)
        sizes = split_sizes(config, entry) if entry else sizes
        classes = len(entry.class_names) if entry else 10
        is_cnn = config.architecture == "cnn"
        products = multiplications(config, classes) * (CONVOLUTION_FACTOR if is_cnn else 1)
        layers = (len(config.hidden_widths) + 1) * (AUTOGRAD_FACTOR if is_cnn or config.batch_norm else 1)
        step = self.per_layer * layers + self.per_parameter * parameter_count(config, classes)
        epoch = math.ceil(sizes.train / config.batch_size) * step
        # Validation only goes forward: one of the three products of a training step.
        epoch += self.per_product * products * (sizes.train + sizes.validation / 3)
        if config.augments:
            epoch += self.per_augmented * sizes.train
        return config.epochs * epoch

    def corrected(self, config: TrainConfig, epoch_seconds: float) -> "Speed":
        """Return this speed, or a faster one if an epoch of a real training has taken less than it says.

        A measurement is made when a server starts, which is when everything else starts as well.
        """
        factor = config.epochs * epoch_seconds / self.estimate(config)
        return self if factor >= 1 else Speed(*(cost * factor for cost in astuple(self)))


@dataclass(frozen=True)
class Measurement:
    """A speed, what it holds for and for how long.

    Parameters
    ----------
    machine
        What it was measured on, as :func:`core.training.threads.machine_name` says it.
    at
        When, in seconds since 1970.
    """

    speed: Speed
    machine: str
    at: float

    def holds(self, machine: str, now: float) -> bool:
        """Whether it need not be made again: on this machine, and not too long ago."""
        return self.machine == machine and 0 <= now - self.at < HOLDS_SECONDS


def measure_speed(splits: Splits | None = None) -> Speed:
    """Train three small networks, each three times for one epoch; takes about a second. Imports PyTorch."""
    from core.data.catalogue import load_splits
    from core.training.events import EpochCompleted
    from core.training.fit import fit

    seconds, costs = [], []
    for config in _PROBES:
        data = splits or load_splits(config)
        passes = [
            event.metrics for _ in range(_PASSES) for event in fit(config, data) if isinstance(event, EpochCompleted)
        ]
        # The fastest pass: whatever slowed the others down is not this training.
        step = config.batch_size / max(metrics.images_per_second for metrics in passes)
        seconds.append(step)
        costs.append([config.hidden_layers + 1, parameter_count(config), multiplications(config) * config.batch_size])
    solution = np.linalg.lstsq(np.array(costs), np.array(seconds), rcond=None)[0]
    # Noise can push a small share below zero; a cost never is.
    layer, parameter, product = (max(float(value), 1e-12) for value in solution)
    return Speed(layer, parameter, product, _seconds_to_augment())


def _seconds_to_augment() -> float:
    """Seconds per image, the best of some batches."""
    import torch

    from core.data.augmentation import augment

    images, seconds = torch.zeros(_AUGMENTED, 784), []
    for _ in range(_PASSES + 1):
        started = time.perf_counter()
        augment(images, _AUGMENTING, torch.Generator().manual_seed(0), Normalisation(0.0, 1.0))
        seconds.append(time.perf_counter() - started)
    return min(seconds) / _AUGMENTED


def save_measurement(measured: Measurement, home: Path) -> None:
    """Keep a measurement for the next start."""
    kept = {"machine": measured.machine, "measured_at": measured.at, **asdict(measured.speed)}
    write_atomically(home / "speed.json", json.dumps(kept).encode())


def load_measurement(home: Path) -> Measurement | None:
    """The last measurement in this home; None if there is none that can be read."""
    try:
        kept = json.loads((home / "speed.json").read_text(encoding="utf-8"))
        # A file of an older version does not say where and when: it holds for no machine.
        machine, at = str(kept.pop("machine", "")), float(kept.pop("measured_at", 0))
        speed = Speed(**kept)
        # Costs that are not positive numbers would promise nonsense on every page.
        return Measurement(speed, machine, at) if all(0 < cost < math.inf for cost in astuple(speed)) else None
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def load_speed(home: Path) -> Speed | None:
    """The speed of the last measurement in this home, whatever machine it was made on."""
    measured = load_measurement(home)
    return None if measured is None else measured.speed
