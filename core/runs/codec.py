"""Records to JSON and back, for the database, archives and events."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from core.runs.records import EpochMetrics, RunEnvironment


def metrics_to_plain(metrics: EpochMetrics) -> dict[str, Any]:
    """Numbers and lists only, in the order of the fields."""
    return vars(metrics) | {
        "batch_losses": [round(float(loss), 5) for loss in metrics.batch_losses],
        "confusion": metrics.confusion.tolist(),
    }


def metrics_from_plain(plain: dict[str, Any]) -> EpochMetrics:
    """Inverse of :func:`metrics_to_plain`."""
    arrays = {
        "batch_losses": np.array(plain["batch_losses"], dtype=np.float32),
        "confusion": np.array(plain["confusion"], dtype=np.int64),
    }
    return EpochMetrics(**(plain | arrays))


def metrics_to_json(metrics: EpochMetrics) -> str:
    """One line of JSON."""
    return json.dumps(metrics_to_plain(metrics))


def metrics_from_json(text: str) -> EpochMetrics:
    """Inverse of :func:`metrics_to_json`."""
    return metrics_from_plain(json.loads(text))


def environment_to_json(environment: RunEnvironment) -> str:
    """One line of JSON."""
    return json.dumps(asdict(environment))


def environment_from_json(text: str) -> RunEnvironment:
    """Inverse of :func:`environment_to_json`."""
    return environment_from_plain(json.loads(text))


def environment_from_plain(plain: dict[str, Any]) -> RunEnvironment:
    """An environment from its fields, as ``dataclasses.asdict`` gives them."""
    # Runs of the first version did not name their classes: they were digits.
    names = {"class_names": tuple(plain["class_names"])} if "class_names" in plain else {}
    return RunEnvironment(**(plain | names))
