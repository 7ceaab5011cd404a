"""Quality per class against scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from core.analysis.classification import class_metrics, label_ranks, top_k_accuracy
from core.analysis.confusion import confusion_matrix


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
@pytest.mark.parametrize("classes", [1, 2, 10, 26])
def test_classes_that_occur_agree_with_sklearns_defaults_and_all_others_have_no_numbers(classes: int) -> None:
    random = np.random.default_rng(1)
    # The last class is never a label; the two before it are neither labels nor predictions.
    labels = random.integers(0, max(classes - 3, 1), 300)
    guesses = random.choice([*range(max(classes - 3, 1)), classes - 1], 300)
    predicted = np.where(random.random(300) < 0.6, labels, guesses)
    ours = class_metrics(confusion_matrix(labels, predicted, classes))
    there = np.union1d(labels, predicted)
    theirs = metrics.precision_recall_fscore_support(labels, predicted)
    for mine, yours in zip((ours.precision, ours.recall, ours.f1, ours.support), theirs, strict=True):
        np.testing.assert_allclose(mine[there], yours, atol=1e-12)
    absent = np.setdiff1d(np.arange(classes), there)
    for mine in (ours.precision, ours.recall, ours.f1):
        assert np.isnan(mine[absent]).all()
    assert not ours.support[absent].any()
    macro = metrics.precision_recall_fscore_support(labels, predicted, average="macro")
    assert (ours.macro_precision, ours.macro_recall, ours.macro_f1) == pytest.approx(macro[:3])
    assert ours.macro_f1 == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))


def test_a_run_without_an_error_has_a_perfect_mean_though_a_class_is_absent() -> None:
    ours = class_metrics(np.diag([20, 20, 0, 20]))
    assert (ours.macro_precision, ours.macro_recall, ours.macro_f1) == (1, 1, 1)


def test_a_class_that_is_there_but_never_predicted_counts_as_nothing_found() -> None:
    ours = class_metrics(np.array([[0, 5], [0, 5]]))
    assert (ours.precision[0], ours.recall[0], ours.f1[0]) == (0, 0, 0)
    assert ours.macro_recall == 0.5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("classes", [0, 3])
def test_no_images(classes: int) -> None:
    ours = class_metrics(np.zeros((classes, classes), dtype=np.int64))
    assert np.isnan(ours.f1).all()
    assert np.isnan([ours.macro_precision, ours.macro_recall, ours.macro_f1]).all()


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
