"""What a server knows of its workers' speed: measured at its start, corrected by trainings, kept for the next."""

import logging
from pathlib import Path

from core.config import TrainConfig
from core.runs.records import EpochMetrics
from core.training.estimate import Speed, load_speed, save_speed

logger = logging.getLogger("digitlab.engine")


class KeptSpeed:
    """``latest`` is None until this home has seen a measurement. Changed by one thread, read by all."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.latest: Speed | None = load_speed(home)
        self._saved = self.latest

    def keep(self, measured: Speed) -> None:
        """Take a new measurement."""
        self.latest = measured

    def correct(self, config: TrainConfig, train_images: int, metrics: EpochMetrics) -> None:
        """Learn from an epoch that was faster than the estimate; touches no file."""
        # Of others the estimate is rougher: they must not bend the estimates of the usual ones.
        is_usual = config.backend == "torch" and not (config.augments or config.batch_norm or config.mixup)
        is_usual = is_usual and config.architecture != "cnn" and train_images == config.training_size
        if self.latest is not None and is_usual and metrics.complete:
            self.latest = self.latest.corrected(config, metrics.seconds)

    def save(self) -> None:
        """Write down what has changed; a home that cannot be written to costs the next server a measurement."""
        if self.latest is None or self.latest is self._saved:
            return
        try:
            save_speed(self.latest, self._home)
        except OSError as error:
            logger.warning("The measured speed could not be kept: %s", error)
        self._saved = self.latest
