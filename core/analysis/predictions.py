"""Predictions: what one run says about one set of images, and the numbers that follow from it, each computed once."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.analysis.calibration import Reliability, reliability
from core.analysis.classification import ClassMetrics, class_metrics
from core.analysis.confusion import confusion_matrix
from core.analysis.selective import RiskCoverage, risk_coverage


@dataclass(frozen=True, eq=False)
class Predictions:
    """Class probabilities of one run on labelled images.

    Parameters
    ----------
    run_id
        The run that made them.
    probabilities
        float32, shape ``(N, K)``, rows sum to 1.
    labels
        int64, shape ``(N,)``: the true labels.
    class_names
        K names, in label order.
    """

    run_id: str
    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]

    @cached_property
    def predicted(self) -> NDArray[np.int64]:
        """int64, shape ``(N,)``: the class with the highest probability."""
        predicted: NDArray[np.int64] = self.probabilities.argmax(axis=1)
        return predicted

    @cached_property
    def confidence(self) -> NDArray[np.float32]:
        """float32, shape ``(N,)``: the highest probability of each image."""
        confidence: NDArray[np.float32] = self.probabilities.max(axis=1)
        return confidence

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """bool, shape ``(N,)``."""
        correct: NDArray[np.bool_] = self.predicted == self.labels
        return correct

    @property
    def accuracy(self) -> float:
        """Share of images whose prediction is the label, 0–1; NaN without images."""
        return float(self.correct.mean()) if len(self.labels) else float("nan")

    @cached_property
    def confusion_matrix(self) -> NDArray[np.int64]:
        """int64, shape ``(K, K)``: images by true label (row) and predicted label (column)."""
        return confusion_matrix(self.labels, self.predicted, len(self.class_names))

    @cached_property
    def class_metrics(self) -> ClassMetrics:
        """Precision, recall and F1 of every class."""
        return class_metrics(self.confusion_matrix)

    @cached_property
    def reliability(self) -> Reliability:
        """Confidence against accuracy in ten bins."""
        return reliability(self.confidence, self.correct)

    @cached_property
    def risk_coverage(self) -> RiskCoverage:
        """Errors that are left when only the most confident are answered."""
        return risk_coverage(self.confidence, self.correct)
