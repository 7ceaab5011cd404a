"""Calibration against scikit-learn and by hand; refusal against a plain loop."""

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from core.analysis.calibration import accuracy_when_refusing, refusal_curve, reliability


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
    assert len(refusal_curve(nothing, none_right).refused) == 0
    assert np.isnan(accuracy_when_refusing(nothing, none_right, 0.0))


def test_refusal_agrees_with_a_plain_loop() -> None:
    confidence, correct = _confident(300)
    curve = refusal_curve(confidence, correct, points=301)
    ranked = sorted(range(300), key=lambda i: -float(confidence[i]))
    for refused, accuracy, threshold in zip(curve.refused, curve.accuracy, curve.threshold, strict=True):
        answered = ranked[: round(300 * (1 - refused))]
        assert accuracy == pytest.approx(np.mean([correct[i] for i in answered]))
        assert threshold == pytest.approx(confidence[answered[-1]])
    assert curve.refused[0] == 0
    assert curve.accuracy[0] == pytest.approx(correct.mean())
    assert (np.diff(curve.refused) > 0).all()
    assert curve.refused[-1] < 1


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0.5), (0.25, 2 / 3), (0.5, 1.0), (0.75, 1.0)])
def test_accuracy_at_one_share(share: float, expected: float) -> None:
    confidence = np.array([0.9, 0.3, 0.8, 0.5], dtype=np.float32)
    correct = np.array([True, False, True, False])
    assert accuracy_when_refusing(confidence, correct, share) == pytest.approx(expected)


def test_refusing_all_or_one_of_one() -> None:
    assert np.isnan(accuracy_when_refusing(np.ones(2, dtype=np.float32), np.ones(2, dtype=bool), 1.0))
    assert refusal_curve(np.ones(1, dtype=np.float32), np.ones(1, dtype=bool)).accuracy.tolist() == [1.0]


def test_equal_confidences_are_answered_in_order() -> None:
    curve = refusal_curve(np.full(4, 0.5, dtype=np.float32), np.array([True, True, False, False]), points=4)
    assert curve.accuracy.tolist() == pytest.approx([0.5, 2 / 3, 1.0, 1.0])
