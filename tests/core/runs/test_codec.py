import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from core.runs.codec import environment_from_dict, metrics_from_dict, metrics_to_dict, run_from_dict, run_to_dict
from core.runs.records import RunEnvironment
from tests.core.builders import ENVIRONMENT, assert_same_metrics, assert_same_run, make_metrics, make_run


def test_metrics_round_trip() -> None:
    metrics = make_metrics(3, step=4)
    assert_same_metrics(metrics_from_dict(json.loads(json.dumps(metrics_to_dict(metrics)))), metrics)
    assert_same_metrics(metrics_from_dict(metrics_to_dict(metrics)), metrics)


def test_metrics_are_plain() -> None:
    plain = metrics_to_dict(make_metrics(1))
    assert plain["batch_losses"] == [2.5, 1.25, 0.33333]
    assert plain["confusion"][1] == list(range(10, 20))
    assert (plain["epoch"], plain["val_loss"]) == (1, 0.75)


def test_losses_that_are_no_numbers_survive() -> None:
    metrics = replace(make_metrics(1), batch_losses=np.array([np.nan, np.inf], dtype=np.float32), val_loss=math.inf)
    again = metrics_from_dict(json.loads(json.dumps(metrics_to_dict(metrics))))
    np.testing.assert_array_equal(again.batch_losses, metrics.batch_losses)
    assert again.val_loss == math.inf


def test_empty_curve() -> None:
    metrics = replace(make_metrics(1), batch_losses=np.empty(0, dtype=np.float32))
    again = metrics_from_dict(json.loads(json.dumps(metrics_to_dict(metrics))))
    assert again.batch_losses.shape == (0,)
    assert again.batch_losses.dtype == np.float32


@pytest.mark.parametrize("environment", [ENVIRONMENT, RunEnvironment()])
def test_environment_round_trip(environment: RunEnvironment) -> None:
    assert environment_from_dict(json.loads(json.dumps(asdict(environment)))) == environment


def test_run_round_trip() -> None:
    run = make_run()
    assert_same_run(run_from_dict(json.loads(json.dumps(run_to_dict(run)))), run)


def test_what_a_newer_version_says_beside_it_is_left_out() -> None:
    plain = run_to_dict(make_run()) | {"mood": "calm"}
    plain["environment"] = plain["environment"] | {"mood": "calm"}
    plain["epochs"] = [epoch | {"mood": "calm"} for epoch in plain["epochs"]]
    assert_same_run(run_from_dict(plain), make_run())


@pytest.mark.parametrize(
    "change", [{"status": "paused"}, {"config": {"mood": "calm"}}, {"created": "then"}, {"epochs": [{"epoch": 1}]}]
)
def test_what_it_cannot_mean_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        run_from_dict(run_to_dict(make_run()) | change)


@pytest.mark.parametrize(
    "change",
    [
        {"batch_losses": 1.0},
        {"batch_losses": [[1.0]]},
        {"confusion": []},
        {"confusion": [1, 2]},
        {"confusion": [[10**30]]},
        {"confusion": [[math.inf]]},
    ],
    ids=str,
)
def test_arrays_of_another_shape_or_too_large_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        metrics_from_dict(metrics_to_dict(make_metrics(1)) | change)
