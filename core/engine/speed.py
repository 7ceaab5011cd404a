"""What a server knows of its workers' speed: measured at its start, corrected by training runs, kept for the next."""

import logging
from dataclasses import replace
from pathlib import Path

from core.config import TrainConfig
from core.runs.records import EpochMetrics
from core.training.estimate import Measurement, Speed, load_measurement, save_measurement

logger = logging.getLogger("digitlab.engine")


class KeptSpeed:
    """``measured`` is None until this home has seen a measurement. Changed by one thread, read by all."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.measured: Measurement | None = load_measurement(home)
        self._saved = self.measured

    @property
    def latest(self) -> Speed | None:
        """What a training step costs, as far as is known."""
        return None if self.measured is None else self.measured.speed

    def keep(self, measured: Measurement) -> None:
        """Take a new measurement."""
        self.measured = measured

    def correct(self, config: TrainConfig, train_images: int, metrics: EpochMetrics) -> None:
        """Learn from an epoch that was faster than the estimate; touches no file."""
        # Of others the estimate is rougher: they must not bend the estimates of the usual ones.
        is_usual = config.backend == "torch" and not (config.augments or config.batch_norm or config.mixup)
        is_usual = is_usual and config.architecture != "cnn" and train_images == config.training_size
        if self.measured is not None and is_usual and metrics.complete:
            speed = self.measured.speed.corrected(config, metrics.seconds)
            if speed is not self.measured.speed:
                self.measured = replace(self.measured, speed=speed)

    def save(self) -> None:
        """Write down what has changed; a home that cannot be written to costs the next server a measurement."""
        if self.measured is None or self.measured is self._saved:
            return
        try:
            save_measurement(self.measured, self._home)
        except OSError as error:
            logger.warning("The measured speed could not be kept: %s", error)
        self._saved = self.measured
