"""Runs to export, made up: small random weights, and names that break whatever is careless with them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.exports.subject import Subject
from core.models.numpy_model import NumpyModel
from core.models.shapes import weight_shapes
from tests.core.builders import make_run

NASTY = "\"\"\" ''' </script><b>\\n\\ \n{{ run }} {% if %} #: else :# \u2028 %s ${x} naïve ✓"
NASTY_CLASSES = ("0", NASTY, "'''", '"""', "</script>", "\\", "é", "&lt;", "<!--", "a\nb", "ten")


def make_subject(config: TrainConfig, *, class_names: tuple[str, ...] = NASTY_CLASSES, home: Path = Path()) -> Subject:
    generator = np.random.default_rng(0)
    weights = {
        name: (
            generator.random(shape) + 0.5 if name.endswith("var") else generator.normal(0, shape[-1] ** -0.5, shape)
        ).astype(np.float32)
        for name, shape in weight_shapes(config, len(class_names)).items()
    }
    run = make_run(config=config)
    confusion = np.arange(len(class_names) ** 2, dtype=np.int64).reshape(len(class_names), -1)
    run = replace(
        run,
        environment=replace(run.environment, class_names=class_names),
        epochs=tuple(replace(epoch, confusion=confusion) for epoch in run.epochs),
    )
    return Subject(run, NumpyModel(run.run_id, config, weights, Normalisation(0.13, 0.31), class_names), home)


def make_images(count: int = 40) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 28, 28), dtype=np.uint8)


_KINDS = ({}, {"batch_norm": True}, {"bias": False}, {"batch_norm": True, "bias": False, "loss": "squared_error"})
CONFIGS = [
    TrainConfig(architecture=architecture, activation=activation, hidden_size=7, hidden_layers=2, **more)
    for architecture in ("mlp", "linear", "cnn")
    for activation in ("relu", "tanh", "sigmoid", "none")
    for more in _KINDS
]
CONFIGS.append(TrainConfig(architecture="cnn", filters=3, hidden_size=7))
"""Every architecture and activation, with and without norms and biases, and both ways to probabilities."""
