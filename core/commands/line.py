"""The command that trains a run once more."""

import shlex
from typing import Any

from core.config import TrainConfig
from core.runs.records import Run

_ALWAYS = ("hidden_size", "hidden_layers", "learning_rate", "batch_size", "epochs", "seed")
"""Said even where they are the defaults: what anybody asks first of a run."""


def training_command(run: Run) -> str:
    """A line for a shell that trains a network with every setting of a run, and as many threads.

    A dataset that was imported, and a run that it starts from, must be where the line is typed.
    """
    config, defaults = run.config, TrainConfig()
    words = ["python", "-m", "core", "train"]
    for name in TrainConfig.model_fields:
        value = getattr(config, name)
        if name in _ALWAYS or value != getattr(defaults, name):
            words += ["--" + name.replace("_", "-"), _text(value)]
    if run.environment.threads > 1:
        words += ["--threads", str(run.environment.threads)]
    return shlex.join(words)


def _text(value: Any) -> str:
    """A value in the form that the command line reads; numbers to their last digit."""
    return str(value).lower() if isinstance(value, bool) else str(value)
