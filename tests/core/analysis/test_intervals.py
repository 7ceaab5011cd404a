"""Wilson's interval against SciPy."""

import math

import pytest
from scipy import stats

from core.analysis.intervals import accuracy_interval, widest_reach, wilson_interval


@pytest.mark.parametrize("level", [0.95, 0.8])
@pytest.mark.parametrize(
    ("right", "total"), [(9771, 10_000), (0, 10), (10, 10), (1, 1), (0, 1), (5, 9), (9999, 10_000)]
)
def test_agrees_with_scipy(right: int, total: int, level: float) -> None:
    ours = wilson_interval(right, total, level)
    theirs = stats.binomtest(right, total).proportion_ci(confidence_level=level, method="wilson")
    assert ours.share == right / total
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_no_images_says_nothing() -> None:
    interval = wilson_interval(0, 0)
    assert math.isnan(interval.share)
    assert (interval.low, interval.high) == (0.0, 1.0)


@pytest.mark.parametrize(("right", "total", "level"), [(2, 1, 0.95), (-1, 5, 0.95), (1, 5, 0.0), (1, 5, 1.0)])
def test_impossible_numbers_are_refused(right: int, total: int, level: float) -> None:
    with pytest.raises(ValueError, match="makes no interval"):
        wilson_interval(right, total, level)


def test_from_an_accuracy() -> None:
    assert accuracy_interval(0.977, 10_000) == wilson_interval(9770, 10_000)


@pytest.mark.parametrize("total", [1, 2, 3, 4, 10, 250])
def test_no_interval_reaches_further(total: int) -> None:
    ends = [stats.binomtest(right, total).proportion_ci(method="wilson") for right in range(total + 1)]
    reaches = [max(end.high - right / total, right / total - end.low) for right, end in enumerate(ends)]
    assert widest_reach(total) == pytest.approx(max(reaches), abs=1e-12)


def test_a_thousand_images_are_accurate_to_three_points() -> None:
    assert [round(100 * widest_reach(total)) for total in (1_000, 250, 1)] == [3, 6, 79]
