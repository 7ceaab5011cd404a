import numpy as np
import pytest

from core.analysis.balance import ClassBalance
from core.data.dataset import DIGIT_NAMES
from core.figures.balance import class_balance_bars


def test_balance_has_a_bar_for_each_class_and_split():
    counts = np.arange(30).reshape(3, 10)
    figure = class_balance_bars(ClassBalance(("Training", "Validation", "Test"), DIGIT_NAMES, counts))
    assert [bar.name for bar in figure.data] == ["Training", "Validation", "Test"]
    for bar, row in zip(figure.data, counts, strict=True):
        assert list(bar.customdata) == row.tolist()
        assert sum(bar.y) == pytest.approx(1)
    assert figure.layout.yaxis.rangemode == "tozero"


def test_nothing_to_show_is_said_under_the_title():
    figure = class_balance_bars(ClassBalance(("Training",), DIGIT_NAMES, np.zeros((1, 10), dtype=np.int64)))
    assert figure.layout.title.text
    assert not figure.data
    assert figure.layout.annotations[0].text
