"""Comparisons by seed, against SciPy's own tests and intervals."""

import numpy as np
import pytest
from scipy import stats

from core.analysis.by_seed import Comparison, differences

ONE = np.array([0.912, 0.921, 0.905, 0.918, 0.915])
OTHER = np.array([0.905, 0.916, 0.907, 0.910, 0.909])


def test_differences_are_tested_in_pairs() -> None:
    compared = differences(ONE, OTHER)
    np.testing.assert_allclose(compared.values, 100 * (ONE - OTHER))
    assert compared.chance == pytest.approx(stats.ttest_rel(ONE, OTHER).pvalue)
    expected = stats.ttest_rel(100 * ONE, 100 * OTHER).confidence_interval(0.95)
    assert compared.interval == pytest.approx((expected.low, expected.high))
    # Unpaired, the same numbers decide nothing.
    assert stats.ttest_ind(ONE, OTHER).pvalue > 0.05
    assert differences(OTHER, ONE).chance == pytest.approx(compared.chance)


def test_a_comparison_is_decided_beyond_chance_alone() -> None:
    clear, unclear = Comparison(np.array([2.0, 2.2, 1.9, 2.1, 2.0])), Comparison(np.array([2.0, -1.0, 0.5, -2, 1.0]))
    assert (clear.is_above, clear.is_below) == (True, False)
    assert (unclear.is_above, unclear.is_below) == (None, None)
    limited = Comparison(clear.values, limit=5.0)
    assert (limited.is_above, limited.is_below) == (False, True)
    assert limited.chance == pytest.approx(stats.ttest_1samp(clear.values, 5.0).pvalue)


def test_seeds_that_all_say_the_same_need_no_test() -> None:
    same = Comparison(np.full(5, 3.0))
    assert same.is_above is True
    assert same.interval == (3.0, 3.0)
    assert Comparison(np.zeros(5)).is_above is None
    assert Comparison(np.full(5, 2.0), limit=2.0).is_below is None


def test_what_diverged_with_every_seed_is_worse_and_with_some_is_not_decided() -> None:
    broken = np.full(5, np.inf)
    always = differences(ONE, broken, scale=1, unit="nats")
    assert always.is_below is True
    assert always.words == "one of them diverged"
    assert differences(broken, broken).is_above is None
    assert Comparison(np.array([1.0, np.inf, -1.0])).is_above is None


def test_words_have_signs_and_units() -> None:
    assert Comparison(np.array([1.0, 1.0])).words == "+1.00 points (+1.00 to +1.00)"
    assert Comparison(np.array([-0.25, -0.25]), unit="nats").words == "−0.250 nats (−0.250 to −0.250)"
    assert Comparison(np.array([0.001, 0.001])).words == "0.00 points (0.00 to 0.00)"
