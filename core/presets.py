"""Presets: settings that are known to reach something, chosen on validation images."""

from dataclasses import dataclass

from core.config import TrainConfig


@dataclass(frozen=True)
class Preset:
    """A named config. ``test_accuracy`` (0–1) is what it reached with seed 0 and one thread."""

    name: str
    title: str
    promise: str
    config: TrainConfig
    test_accuracy: float


PRESETS = (
    Preset("quick", "Quick", "One hidden layer, five epochs.", TrainConfig(), 0.978),
    Preset(
        "better",
        "Better",
        "Two hidden layers, a little dropout, one-cycle learning rate.",
        TrainConfig(
            hidden_size=256,
            hidden_layers=2,
            learning_rate=0.002,
            batch_size=128,
            epochs=10,
            schedule="one_cycle",
            dropout=0.1,
        ),
        0.9848,
    ),
    Preset(
        "best",
        "Best",
        "Two wide layers, much dropout, AdamW, twenty epochs.",
        TrainConfig(
            hidden_size=512,
            hidden_layers=2,
            learning_rate=0.002,
            batch_size=128,
            epochs=20,
            optimizer="adamw",
            schedule="one_cycle",
            dropout=0.3,
            weight_decay=0.01,
        ),
        0.9871,
    ),
)
