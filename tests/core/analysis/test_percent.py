import math

import pytest

from core.analysis.percent import percent, probability_percent


@pytest.mark.parametrize(
    ("share", "text"),
    [(1.0, "over 99.9%"), (0.9951, "99.5%"), (0.973, "97%"), (0.5, "50%"), (0.004, "0.4%"), (0.0, "under 0.1%")],
)
def test_no_false_certainty(share: float, text: str) -> None:
    assert probability_percent(share) == text


@pytest.mark.parametrize(("share", "text"), [(1.0, "100.00%"), (0.97714, "97.71%"), (0.0, "0.00%"), (math.nan, "–")])
def test_what_was_measured_is_said_as_it_is(share: float, text: str) -> None:
    assert percent(share) == text


def test_digits_can_be_chosen() -> None:
    assert percent(0.97714, 1) == "97.7%"
