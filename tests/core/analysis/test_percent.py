import math

import pytest

from core.analysis.percent import percent, points, probability_percent


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "over 99.9%"), (0.9951, "99.5%"), (0.973, "97%"), (0.5, "50%"), (0.004, "0.4%"), (0.0, "under 0.1%")],
)
def test_no_false_certainty(share: float, text: str) -> None:
    assert probability_percent(share) == text


@pytest.mark.parametrize(("share", "text"), [(1.0, "100.00%"), (0.97714, "97.71%"), (0.0, "0.00%"), (math.nan, "–")])
def test_what_was_measured_is_said_as_it_is(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(("difference", "text"), [(0.0025, "+0.25"), (-0.013, "−1.30"), (0.0, "+0.00")])
def test_a_difference_is_said_with_its_sign(difference: float, text: str) -> None:
    assert points(difference) == text
