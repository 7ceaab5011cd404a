"""Quality per class against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from core.analysis.classification import class_metrics, label_ranks, top_k_accuracy
from core.analysis.confusion import confusion_matrix


@pytest.mark.parametrize("classes", [1, 2, 10, 26])
def test_per_class_agrees_with_sklearn(classes: int) -> None:
    random = np.random.default_rng(1)
    labels = random.integers(0, max(classes - 1, 1), 300)  # the last class never occurs
    predicted = np.where(random.random(300) < 0.6, labels, random.integers(0, classes, 300))
    ours = class_metrics(confusion_matrix(labels, predicted, classes))
    theirs = metrics.precision_recall_fscore_support(labels, predicted, labels=range(classes), zero_division=0)
    for mine, yours in zip((ours.precision, ours.recall, ours.f1, ours.support), theirs, strict=True):
        np.testing.assert_allclose(mine, yours, atol=1e-12)
    macro = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(classes), average="macro", zero_division=0
    )
    assert (ours.macro_precision, ours.macro_recall, ours.macro_f1) == pytest.approx(macro[:3])


def test_no_images() -> None:
    ours = class_metrics(np.zeros((3, 3), dtype=np.int64))
    assert ours.f1.tolist() == [0, 0, 0]
    assert np.isnan(class_metrics(np.zeros((0, 0), dtype=np.int64)).macro_f1)


@pytest.mark.parametrize("k", [1, 2, 3, 9, 10])
def test_top_k_agrees_with_sklearn(k: int) -> None:
    random = np.random.default_rng(2)
    probabilities = random.dirichlet(np.ones(10) * 0.3, 500).astype(np.float32)
    labels = random.integers(0, 10, 500)
    theirs = metrics.top_k_accuracy_score(labels, probabilities, k=k, labels=range(10)) if k < 10 else 1.0
    assert top_k_accuracy(probabilities, labels, k) == pytest.approx(theirs)


def test_ties_go_to_the_lower_class_as_in_argmax() -> None:
    probabilities = np.full((3, 4), 0.25, dtype=np.float32)
    labels = np.array([0, 1, 3])
    assert label_ranks(probabilities, labels).tolist() == [0, 1, 3]
    assert top_k_accuracy(probabilities, labels, 1) == pytest.approx((probabilities.argmax(axis=1) == labels).mean())


def test_top_k_of_nothing() -> None:
    assert np.isnan(top_k_accuracy(np.zeros((0, 10), dtype=np.float32), np.zeros(0, dtype=np.int64), 1))
