"""Sentences and numbers as people read them, the same on every page."""

from core.config import TrainConfig
from core.models.shapes import layer_widths, parameter_count


def describe(config: TrainConfig, seconds: float | None, classes: int = 10) -> str:
    """One sentence on what the network is and how long it will take."""
    widths = " – ".join(f"{width:,}" for width in layer_widths(config, classes))
    layers = {0: "no hidden layer", 1: "one hidden layer"}.get(
        len(config.hidden_widths), f"{len(config.hidden_widths)} hidden layers"
    )
    time = "" if seconds is None else f", about **{duration(seconds)}** on this machine"
    epochs = "1 epoch" if config.epochs == 1 else f"{config.epochs} epochs"
    return (
        f"Pixels to digits through {layers}: **{widths}**, "
        f"**{parameter_count(config, classes):,} parameters**, {epochs} over {config.training_size:,} images{time}."
    )


def duration(seconds: float) -> str:
    """Seconds as ``4 s``, ``12 min`` or ``1.5 h``."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def megabytes(size: int) -> str:
    """Bytes as ``0.4 MB``, ``12 MB`` or ``2.0 GB``."""
    if size >= 10**9:
        return f"{size / 10**9:.1f} GB"
    return f"{size / 10**6:.0f} MB" if size >= 10**7 else f"{size / 10**6:.1f} MB"
