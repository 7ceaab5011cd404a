import numpy as np
import pytest

from core.analysis.balance import class_balance
from core.data.dataset import Normalisation, Splits
from tests.core.analysis.builders import dataset_of


def test_class_balance_counts_each_split():
    parts = [dataset_of(count, count) for count in (700, 200, 90)]
    balance = class_balance(Splits(*parts, Normalisation(0, 1)))
    for part, counts, shares in zip(parts, balance.counts, balance.shares, strict=True):
        assert counts.tolist() == [int((part.labels == label).sum()) for label in range(10)]
        assert shares.sum() == pytest.approx(1)


def test_class_balance_of_nothing_is_nothing():
    empty = dataset_of(0)
    balance = class_balance(Splits(empty, empty, empty, Normalisation(0, 1)))
    assert balance.shares.tolist() == np.zeros((3, 10)).tolist()
