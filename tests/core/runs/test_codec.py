import json
import math
from dataclasses import replace

import numpy as np
import pytest

from core.runs.codec import (
    environment_from_json,
    environment_to_json,
    metrics_from_json,
    metrics_from_plain,
    metrics_to_json,
    metrics_to_plain,
)
from core.runs.records import RunEnvironment
from tests.core.builders import ENVIRONMENT, assert_same_metrics, make_metrics


def test_metrics_round_trip() -> None:
    metrics = make_metrics(3, step=4)
    assert_same_metrics(metrics_from_json(metrics_to_json(metrics)), metrics)
    assert_same_metrics(metrics_from_plain(metrics_to_plain(metrics)), metrics)


def test_metrics_are_plain_json_on_one_line() -> None:
    text = metrics_to_json(make_metrics(1))
    assert "\n" not in text
    plain = json.loads(text)
    assert plain["batch_losses"] == [2.5, 1.25, 0.33333]
    assert plain["confusion"][1] == list(range(10, 20))
    assert (plain["epoch"], plain["val_loss"]) == (1, 0.75)


def test_losses_that_are_no_numbers_survive() -> None:
    metrics = replace(make_metrics(1), batch_losses=np.array([np.nan, np.inf], dtype=np.float32), val_loss=math.inf)
    again = metrics_from_json(metrics_to_json(metrics))
    np.testing.assert_array_equal(again.batch_losses, metrics.batch_losses)
    assert again.val_loss == math.inf


def test_empty_curve() -> None:
    metrics = replace(make_metrics(1), batch_losses=np.empty(0, dtype=np.float32))
    again = metrics_from_json(metrics_to_json(metrics))
    assert again.batch_losses.shape == (0,)
    assert again.batch_losses.dtype == np.float32


@pytest.mark.parametrize("environment", [ENVIRONMENT, RunEnvironment()])
def test_environment_round_trip(environment: RunEnvironment) -> None:
    assert environment_from_json(environment_to_json(environment)) == environment
