"""Risk and coverage against a plain loop and by hand."""

import numpy as np
import pytest

from core.analysis.selective import risk_coverage


def test_the_curve_agrees_with_a_plain_loop() -> None:
    random = np.random.default_rng(3)
    confidence = random.uniform(0.1, 1, 300).astype(np.float32)
    correct = random.random(300) < confidence**2
    curve = risk_coverage(confidence, correct)
    ranked = sorted(range(300), key=lambda i: -float(confidence[i]))
    for answered, (coverage, risk, threshold) in enumerate(
        zip(curve.coverage, curve.risk, curve.threshold, strict=True), start=1
    ):
        assert coverage == pytest.approx(answered / 300)
        assert risk == pytest.approx(np.mean([not correct[i] for i in ranked[:answered]]))
        assert threshold == pytest.approx(confidence[ranked[answered - 1]])
    assert (curve.coverage[-1], curve.risk[-1]) == (1, pytest.approx(1 - correct.mean()))


@pytest.mark.parametrize(("coverage", "risk"), [(1.0, 0.5), (0.75, 1 / 3), (0.5, 0.0), (0.25, 0.0)])
def test_risk_at_one_coverage(coverage: float, risk: float) -> None:
    confidence = np.array([0.9, 0.3, 0.8, 0.5], dtype=np.float32)
    curve = risk_coverage(confidence, np.array([True, False, True, False]))
    assert curve.risk_at(coverage) == pytest.approx(risk)


def test_answering_nothing_has_no_risk_to_name() -> None:
    one = risk_coverage(np.ones(1, dtype=np.float32), np.ones(1, dtype=bool))
    assert one.risk.tolist() == [0.0]
    assert np.isnan(one.risk_at(0.0))
    nothing = risk_coverage(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool))
    assert len(nothing.risk) == 0
    assert np.isnan(nothing.risk_at(1.0))


def test_equal_confidences_are_answered_in_order() -> None:
    curve = risk_coverage(np.full(4, 0.5, dtype=np.float32), np.array([True, True, False, False]))
    assert curve.risk.tolist() == pytest.approx([0, 0, 1 / 3, 0.5])
