"""Presets: settings that are known to reach something, our own and those that published lessons use."""

from dataclasses import dataclass

from core.config import TrainConfig
from core.errors import ConfigError


@dataclass(frozen=True)
class Preset:
    """A named config.

    Parameters
    ----------
    name
        What the command line and links call it.
    promise
        What it is, in a sentence.
    reproduces
        Which lesson it follows, and where it departs from it; empty for our own.
    test_accuracy
        0–1: what ``python -m core train --preset NAME`` reached with one thread: of our own the median of seeds 0, 1
        and 2, of a published lesson seed 0. On another machine it may be a tenth of a point more or less.
    """

    name: str
    title: str
    promise: str
    reproduces: str
    config: TrainConfig
    test_accuracy: float


PRESETS = (
    Preset("quick", "Quick", "One hidden layer, five epochs.", "", TrainConfig(), 0.9774),
    Preset(
        "better",
        "Better",
        "Two hidden layers, a little dropout, one-cycle learning rate.",
        "",
        TrainConfig(
            hidden_size=256,
            hidden_layers=2,
            learning_rate=0.002,
            batch_size=128,
            epochs=10,
            schedule="one_cycle",
            dropout=0.1,
        ),
        0.9845,
    ),
    Preset(
        "best",
        "Best",
        "Two wide layers, digits rotated, shifted and distorted differently in every epoch, AdamW, one cycle.",
        "",
        TrainConfig(
            widths="512,512",
            learning_rate=0.001,
            batch_size=128,
            epochs=36,
            optimizer="adamw",
            schedule="one_cycle",
            label_smoothing=0.1,
            weight_decay=0.01,
            rotation=12,
            shift=1.5,
            zoom=0.12,
            shear=10,
            elastic=1.0,
        ),
        0.993,
    ),
    Preset(
        "cnn",
        "CNN",
        "Two convolutions, digits rotated, shifted and distorted differently in every epoch, AdamW, one cycle; "
        "under four minutes on one core.",
        "",
        TrainConfig(
            architecture="cnn",
            filters=16,
            learning_rate=0.004,
            batch_size=128,
            epochs=16,
            optimizer="adamw",
            schedule="one_cycle",
            label_smoothing=0.05,
            weight_decay=0.01,
            dropout=0.1,
            rotation=10,
            shift=1.5,
            zoom=0.1,
            shear=8,
            elastic=0.8,
        ),
        0.9954,
    ),
    Preset(
        "record",
        "Record",
        "The best multilayer perceptron found for half an hour of training on one core, chosen on validation "
        "images: two layers of 1,024, 120 epochs of digits that are never the same twice. It takes about 25 minutes "
        "on one core.",
        "",
        TrainConfig(
            widths="1024,1024",
            learning_rate=0.001,
            batch_size=128,
            epochs=120,
            optimizer="adamw",
            schedule="one_cycle",
            label_smoothing=0.1,
            weight_decay=0.02,
            dropout=0.1,
            rotation=12,
            shift=1.5,
            zoom=0.12,
            shear=10,
            elastic=1.0,
        ),
        0.9941,
    ),
    Preset(
        "numpy-tutorial",
        "NumPy tutorial",
        "784-100-10 in NumPy without biases, squared error, plain SGD, one image per step, the first 1,000 images.",
        "NumPy’s tutorial “Deep learning on MNIST”, with the correct gradient: as published it reaches 81.09% of the "
        "10,000 test images and 78.40% of the first 1,000, which it measures on; with the correct gradient 86.48% and "
        "83.70%. The 5,000 images after the first 1,000 are for validation, of which the tutorial has none.",
        TrainConfig(
            backend="numpy",
            hidden_size=100,
            bias=False,
            initialisation="uniform",
            initial_range=0.1,
            dropout=0.5,
            loss="squared_error",
            learning_rate=0.005,
            optimizer="sgd",
            schedule="constant",
            batch_size=1,
            shuffle=False,
            epochs=20,
            split="in_order",
            training_size=1_000,
            normalisation="zero_one",
        ),
        0.8668,
    ),
    Preset(
        "from-scratch",
        "From scratch",
        "784-20-10 in NumPy, weights drawn from ±0.5, plain SGD, images from Kaggle’s CSV in the order of the file.",
        "The series “Recognizing handwritten digits” on Kaggle’s train.csv: 30,000 of 42,000 images to learn from, "
        "the last 12,000 to test on. The 42,000 are MNIST’s first; of the 30,000 the last 3,000 are kept for "
        "validation. The series says no more about training: softmax, learning rate, batch size and epochs are "
        "Digit Lab’s choice.",
        TrainConfig(
            dataset="kaggle-42000",
            backend="numpy",
            hidden_size=20,
            initialisation="uniform",
            initial_range=0.5,
            learning_rate=0.2,
            optimizer="sgd",
            schedule="constant",
            epochs=20,
            split="in_order",
            training_size=27_000,
            validation_size=3_000,
            test_size=12_000,
            normalisation="zero_one",
        ),
        0.94175,
    ),
    Preset(
        "two-hidden-layers",
        "Two hidden layers",
        "784-128-64-10 in PyTorch with ReLU, pixels from −1 to 1, shuffled batches, ten epochs.",
        "The project break-down “MNIST classifier”: scaled pixels, batches, shuffling, two hidden layers with ReLU, "
        "cross entropy. Widths, optimiser and epochs are Digit Lab’s choice.",
        TrainConfig(widths="128,64", normalisation="minus_one_one", epochs=10),
        0.9769,
    ),
)


def preset_named(name: str) -> Preset:
    """The preset that the command line and links call by this name.

    Raises
    ------
    ConfigError
        If there is none.
    """
    for preset in PRESETS:
        if preset.name == name:
            return preset
    names = ", ".join(preset.name for preset in PRESETS)
    raise ConfigError(f"There is no preset called “{name[:40]}”; there are {names}.")


def settings_for_few(dataset: str) -> TrainConfig:
    """Settings for a dataset of a few drawings of each class: many small steps, no two of them on the same pixels."""
    return TrainConfig(dataset=dataset, batch_size=4, epochs=40, rotation=10.0, shift=1.0, zoom=0.1, elastic=1.0)
