"""Several seeds of one setting."""

import math
import statistics

import pytest

from core.analysis.seeds import differing_settings, mean_interval, seed_groups
from core.config import TrainConfig


def test_runs_that_differ_in_their_seed_alone_are_one_group() -> None:
    wide, deep = TrainConfig(hidden_size=256), TrainConfig(hidden_layers=3)
    configs = [wide, deep, wide.replace(seed=3), wide.replace(dropout=0.1), deep.replace(seed=9), wide.replace(seed=3)]
    # The last is the third once more.
    assert seed_groups(configs) == ((0, 2), (1, 4), (3,), (5,))
    assert seed_groups([]) == ()


def test_settings_that_differ_come_in_their_order() -> None:
    base = TrainConfig()
    assert differing_settings([base, base.replace(dropout=0.2, seed=1), base.replace(hidden_size=3)]) == (
        "hidden_size",
        "seed",
        "dropout",
    )
    assert differing_settings([base]) == differing_settings([base, base]) == ()


def test_the_interval_is_students() -> None:
    # Critical values of t at 95% from a printed table.
    for values, critical in (([0.97, 0.98], 12.706), ([0.95, 0.96, 0.99], 4.303), ([1.0, 2.0, 3.0, 4.0, 7.0], 2.776)):
        interval = mean_interval(values)
        reach = critical * statistics.stdev(values) / math.sqrt(len(values))
        assert interval.mean == pytest.approx(statistics.mean(values))
        assert interval.high - interval.mean == pytest.approx(reach, rel=1e-3)
        assert interval.mean - interval.low == pytest.approx(reach, rel=1e-3)


def test_one_value_has_no_interval_and_equal_ones_have_none_to_speak_of() -> None:
    alone = mean_interval([0.5])
    assert (alone.mean, alone.count) == (0.5, 1)
    assert math.isnan(alone.low)
    same = mean_interval([0.5, 0.5, 0.5])
    assert same.low == same.high == 0.5
