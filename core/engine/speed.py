"""What a server knows of its workers' speed: measured at its start, corrected by trainings, kept for the next."""

from concurrent.futures import Future
from pathlib import Path

from core.runs.records import EpochMetrics, Run
from core.training.estimate import Speed, load_speed, save_speed


class KeptSpeed:
    """``latest`` is None until this home has seen a measurement."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.latest: Speed | None = load_speed(home)

    def keep(self, measured: Future[Speed]) -> None:
        """Take a new measurement, if it came to its end."""
        if not measured.cancelled() and measured.exception() is None:
            self._take(measured.result())

    def correct(self, run: Run, metrics: EpochMetrics) -> None:
        """Learn from an epoch that was faster than the estimate."""
        config = run.config
        # Of others the estimate is rougher: they must not bend the estimates of the usual ones.
        is_usual = config.backend == "torch" and not (config.augments or config.batch_norm or config.mixup)
        is_usual = is_usual and config.architecture != "cnn" and run.environment.train_images == config.training_size
        if self.latest is None or not is_usual or not metrics.complete:
            return
        better = self.latest.corrected(config, metrics.seconds)
        if better is not self.latest:
            self._take(better)

    def _take(self, speed: Speed) -> None:
        self.latest = speed
        save_speed(speed, self._home)
