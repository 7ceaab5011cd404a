"""Two networks on the same images, against counting by hand and exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest

from core.analysis.paired import FEW, flips, mcnemar
from core.analysis.predictions import Predictions


def by_hand(only_first: int, only_second: int) -> float:
    """Twice the smaller tail of fair coins, in whole numbers."""
    total = only_first + only_second
    tail = sum(math.comb(total, hits) for hits in range(min(only_first, only_second) + 1))
    return float(min(Fraction(1), Fraction(2 * tail, 2**total)))


@pytest.mark.parametrize(("first", "second"), [(0, 0), (1, 0), (0, 6), (5, 5), (3, 12), (12, 12), (20, 4)])
def test_few_are_tested_exactly(first: int, second: int) -> None:
    test = mcnemar(first, second)
    assert test.is_exact
    assert test.p_value == pytest.approx(by_hand(first, second), rel=1e-12)
    assert mcnemar(second, first).p_value == test.p_value


@pytest.mark.parametrize(("first", "second"), [(10, 15), (40, 21), (59, 6), (500, 430), (30, 30)])
def test_many_are_tested_by_the_corrected_chi_square(first: int, second: int) -> None:
    test = mcnemar(first, second)
    assert not test.is_exact
    statistic = max(0, abs(first - second) - 1) ** 2 / (first + second)
    # Of one degree of freedom: the tails of a normal distribution.
    assert test.p_value == pytest.approx(math.erfc(math.sqrt(statistic / 2)), rel=1e-9)
    assert test.p_value == pytest.approx(by_hand(first, second), abs=0.03)


def test_the_published_example() -> None:
    """Edwards 1948 and every textbook since: 59 against 6 of 65 that changed."""
    assert pytest.approx(41.6) == (59 - 6 - 1) ** 2 / 65
    assert mcnemar(59, 6).p_value == pytest.approx(1.12e-10, rel=0.01)


def test_few_end_where_the_exact_test_is_cheap_to_check() -> None:
    assert mcnemar(FEW - 1, 0).is_exact
    assert not mcnemar(FEW, 0).is_exact


def said(labels: list[int], read: list[int], sure: list[float]) -> Predictions:
    probabilities = np.array(
        [[c if k == r else (1 - c) / 2 for k in range(3)] for r, c in zip(read, sure, strict=True)]
    )
    return Predictions("run", probabilities.astype(np.float32), np.array(labels, dtype=np.int64), ("a", "b", "c"))


def test_flips_are_counted_and_the_surest_mistakes_are_first() -> None:
    labels = [0, 1, 2, 0, 1, 2]
    first = said(labels, [0, 1, 2, 0, 0, 0], [0.9] * 6)
    second = said(labels, [0, 0, 1, 1, 1, 0], [0.9, 0.6, 0.8, 0.8, 0.7, 0.9])
    found = flips(first, second)
    assert found.only_first.tolist() == [2, 3, 1]
    assert found.only_second.tolist() == [4]
    assert (found.both, found.neither) == (1, 1)
    assert flips(first, first).only_first.size == 0


def test_other_images_are_no_pair() -> None:
    one, other = said([0, 1], [0, 1], [0.9, 0.9]), said([0, 2], [0, 1], [0.9, 0.9])
    with pytest.raises(ValueError, match="same images"):
        flips(one, other)
