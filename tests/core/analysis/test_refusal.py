import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from core.analysis.refusal import refusal_curve


def test_it_is_the_roc_curve_with_ties() -> None:
    chance = np.random.default_rng(0)
    own = chance.integers(0, 20, 300).astype(np.float32)
    strangers = chance.integers(8, 30, 120).astype(np.float32)
    curve = refusal_curve(own, strangers)
    truth, scores = np.repeat([0, 1], [300, 120]), np.concatenate([own, strangers])
    assert curve.area == pytest.approx(roc_auc_score(truth, scores), abs=1e-9)
    false, true, _ = roc_curve(truth, scores, drop_intermediate=False)
    np.testing.assert_allclose(curve.own_refused, false)
    np.testing.assert_allclose(curve.strangers_refused, true)
    assert curve.strangers_refused_at(0.05) == pytest.approx(true[false <= 0.05].max())
    assert (curve.strangers_refused_at(0), curve.strangers_refused_at(1)) == (pytest.approx((strangers > 19).mean()), 1)


def test_without_either_there_is_no_curve() -> None:
    for own, strangers in ((0, 3), (3, 0)):
        curve = refusal_curve(np.ones(own, np.float32), np.ones(strangers, np.float32))
        assert math.isnan(curve.area)
        assert math.isnan(curve.strangers_refused_at(0.05))
