"""Confusion matrices against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from core.analysis.confusion import confusion_matrix, most_confused_pairs, normalised, times, without_diagonal


def _labels(classes: int, count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count)
    return labels, np.where(random.random(count) < 0.7, labels, random.integers(0, classes, count))


@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.parametrize(("classes", "count"), [(10, 1000), (3, 50), (1, 5), (10, 0), (26, 400)])
def test_matrix_agrees_with_sklearn(classes: int, count: int) -> None:
    labels, predicted = _labels(classes, count)
    ours = confusion_matrix(labels, predicted, classes)
    assert ours.dtype == np.int64
    if count:
        np.testing.assert_array_equal(ours, metrics.confusion_matrix(labels, predicted, labels=range(classes)))
    assert ours.shape == (classes, classes)
    assert ours.sum() == count


@pytest.mark.parametrize(("mode", "sklearn_mode"), [("by_true_row", "true"), ("by_predicted_column", "pred")])
def test_shares_agree_with_sklearn_also_for_a_missing_class(mode, sklearn_mode) -> None:
    labels, predicted = _labels(5, 200)
    ours = normalised(confusion_matrix(labels, predicted, 7), mode)
    theirs = metrics.confusion_matrix(labels, predicted, labels=range(7), normalize=sklearn_mode)
    np.testing.assert_allclose(ours, theirs)


def test_out_of_range_label_is_refused() -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        confusion_matrix(np.array([0, 2]), np.array([0, 1]), 2)


def test_most_confused_pairs_with_ties_and_zeros() -> None:
    matrix = np.array([[90, 5, 5], [9, 1, 0], [0, 0, 7]])
    pairs = most_confused_pairs(matrix, 10)
    assert [(pair.true_label, pair.predicted_label, pair.count) for pair in pairs] == [(1, 0, 9), (0, 1, 5), (0, 2, 5)]
    assert pairs[0].share == pytest.approx(0.9)
    assert len(most_confused_pairs(matrix, 1)) == 1
    assert matrix[0, 0] == 90


def test_a_pair_reads_as_a_sentence() -> None:
    pairs = most_confused_pairs(np.array([[90, 1], [9, 1]]))
    assert [pair.words("ab") for pair in pairs] == ["b read as a · 9 times", "a read as b · once"]
    assert (times(0), times(1_234)) == ("never", "1,234 times")


def test_no_confusions() -> None:
    assert most_confused_pairs(np.eye(4, dtype=np.int64)) == ()
    assert most_confused_pairs(np.zeros((1, 1), dtype=np.int64)) == ()


def test_diagonal_can_be_left_out() -> None:
    values = without_diagonal(np.ones((3, 3)))
    assert np.isnan(np.diagonal(values)).all()
    assert np.nansum(values) == 6
