"""What follows from predictions is computed once and agrees with scikit-learn."""

import numpy as np
import pytest
from sklearn import metrics

from core.analysis.calibration import reliability
from core.analysis.predictions import Predictions


@pytest.fixture
def predictions() -> Predictions:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(5) * 0.4, 300).astype(np.float32)
    return Predictions("a-run", probabilities, random.integers(0, 4, 300), tuple("abcde"))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.UndefinedMetricWarning")
def test_numbers_agree_with_sklearn(predictions: Predictions) -> None:
    labels, predicted = predictions.labels, predictions.probabilities.argmax(1)
    theirs = metrics.confusion_matrix(labels, predicted, labels=range(5))
    np.testing.assert_array_equal(predictions.confusion_matrix, theirs)
    assert predictions.accuracy == pytest.approx(metrics.accuracy_score(labels, predicted))
    assert predictions.class_metrics.macro_f1 == pytest.approx(metrics.f1_score(labels, predicted, average="macro"))
    directly = reliability(predictions.confidence, predictions.correct).expected_calibration_error
    assert predictions.reliability.expected_calibration_error == directly
    assert predictions.risk_coverage.risk[-1] == pytest.approx(1 - predictions.accuracy)


@pytest.mark.parametrize("name", ["confusion_matrix", "class_metrics", "reliability", "risk_coverage", "predicted"])
def test_what_several_parts_of_a_page_show_is_computed_once(predictions: Predictions, name: str) -> None:
    assert getattr(predictions, name) is getattr(predictions, name)
