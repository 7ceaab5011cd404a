"""Calibration against scikit-learn and by hand."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from core.analysis.calibration import reliability


def _confident(count: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    confidence = random.uniform(0.1, 1, count).astype(np.float32)
    return confidence, random.random(count) < confidence**2


def test_bins_agree_with_sklearn() -> None:
    confidence, correct = _confident(2000)
    ours = reliability(confidence, correct)
    accuracy, mean_confidence = calibration_curve(correct, confidence, n_bins=10)
    filled = ours.count > 0
    np.testing.assert_allclose(ours.accuracy[filled], accuracy, rtol=1e-6)
    np.testing.assert_allclose(ours.confidence[filled], mean_confidence, rtol=1e-6)
    assert ours.count.sum() == 2000


def test_expected_calibration_error_by_hand() -> None:
    confidence = np.array([0.55, 0.58, 0.95, 0.95], dtype=np.float32)
    ours = reliability(confidence, np.array([True, False, True, True]))
    by_hand = (2 * abs(0.5 - 0.565) + 2 * abs(1 - 0.95)) / 4
    assert ours.expected_calibration_error == pytest.approx(by_hand, abs=1e-6)
    assert np.isnan(ours.accuracy[0])


def test_edges_fall_into_the_lower_bin_and_nothing_is_lost() -> None:
    ours = reliability(np.array([0.0, 0.5, 1.0], dtype=np.float32), np.array([False, True, True]), bins=2)
    assert ours.count.tolist() == [2, 1]


def test_perfect_confidence_has_no_error() -> None:
    assert reliability(np.ones(5, dtype=np.float32), np.ones(5, dtype=bool)).expected_calibration_error == 0


def test_no_images() -> None:
    nothing, none_right = np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool)
    assert np.isnan(reliability(nothing, none_right).expected_calibration_error)
