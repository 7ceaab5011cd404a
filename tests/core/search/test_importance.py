"""Which settings matter."""

import numpy as np
import pytest

from core.search.importance import Measured, importances, measured
from core.search.records import TrialRecord, TrialState
from core.search.space import read_varied

SPACE = (read_varied("dropout=0:0.5"), read_varied("batch_size=8:64:log"), read_varied("optimizer=adam,sgd"))


def test_the_setting_that_decides_matters_most() -> None:
    random = np.random.default_rng(0)
    trials = [
        Measured({"dropout": dropout, "batch_size": int(size), "optimizer": ["adam", "sgd"][kind]}, 1 - dropout)
        for dropout, size, kind in zip(
            random.uniform(0, 0.5, 60), random.integers(8, 65, 60), random.integers(0, 2, 60), strict=True
        )
    ]
    found = importances(SPACE, trials)
    assert next(iter(found)) == "dropout"
    assert found["dropout"] > 0.8
    assert sum(found.values()) == pytest.approx(1)


def test_only_what_was_trained_to_its_end_counts() -> None:
    trials = [TrialRecord(n, TrialState.COMPLETED, 0.5 if n else None, "", {"dropout": 0.1}) for n in range(3)]
    assert measured(trials) == (Measured({"dropout": 0.1}, 0.5),) * 2
