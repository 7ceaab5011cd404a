"""The mistakes of a run, one row each: sorted, filtered, looked up and written as CSV."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from core.analysis.predictions import Predictions
from core.cells import cell

ErrorOrder = Literal["confidence", "loss", "margin"]
ERROR_ORDERS: tuple[ErrorOrder, ...] = get_args(ErrorOrder)

SMALLEST_PROBABILITY = 1e-12
"""A true label that got no probability at all counts as if it had this much: a loss of 27.6 nats, not infinity."""


@dataclass(frozen=True, eq=False)
class ErrorTable:
    """E mistakes, as columns of shape ``(E,)``.

    Parameters
    ----------
    positions
        int64: place of the image in the set that was predicted.
    true_labels, predicted
        int64: what it is, and what it was taken for.
    confidence
        float64: probability of ``predicted``, 0–1.
    loss
        float64: −ln of the probability of the true label, nats, at most 27.6.
    margin
        float64: probability of ``predicted`` minus that of the true label, 0–1.
    class_names
        K names, in label order.
    """

    positions: NDArray[np.int64]
    true_labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    loss: NDArray[np.float64]
    margin: NDArray[np.float64]
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.positions)

    def rows(self, selection: NDArray[np.int64] | NDArray[np.bool_]) -> "ErrorTable":
        """Some of the mistakes, by row number or mask."""
        return ErrorTable(
            self.positions[selection],
            self.true_labels[selection],
            self.predicted[selection],
            self.confidence[selection],
            self.loss[selection],
            self.margin[selection],
            self.class_names,
        )

    def sorted_by(self, order: ErrorOrder) -> "ErrorTable":
        """The worst first: highest confidence, loss or margin; ties by position."""
        values: NDArray[np.float64] = getattr(self, order)
        return self.rows(np.lexsort((self.positions, -values)))

    def where(self, true_label: int | None = None, predicted: int | None = None) -> "ErrorTable":
        """Those with this true label and this prediction; None takes all."""
        keep = np.ones(len(self), dtype=np.bool_)
        if true_label is not None:
            keep &= self.true_labels == true_label
        if predicted is not None:
            keep &= self.predicted == predicted
        return self.rows(keep)


def error_table(predictions: Predictions) -> ErrorTable:
    """Every image that a run got wrong, in the order of the images."""
    positions = np.flatnonzero(~predictions.correct)
    true_labels, predicted = predictions.labels[positions], predictions.predicted[positions]
    own = predictions.probabilities[positions, true_labels].astype(np.float64)
    confidence = predictions.confidence[positions].astype(np.float64)
    return ErrorTable(
        positions,
        true_labels,
        predicted,
        confidence,
        loss=losses(own),
        margin=confidence - own,
        class_names=predictions.class_names,
    )


def losses(own_probability: NDArray[np.floating]) -> NDArray[np.float64]:
    """−ln of the true label's probability, nats, 0 … 27.6."""
    return -np.log(np.clip(own_probability.astype(np.float64), SMALLEST_PROBABILITY, 1.0))


def cell_positions(predictions: Predictions, true_label: int, predicted: int) -> NDArray[np.int64]:
    """Images of one cell of the confusion matrix, most confident first; ties in the order of the images."""
    positions = np.flatnonzero((predictions.labels == true_label) & (predictions.predicted == predicted))
    return positions[np.argsort(-predictions.confidence[positions], kind="stable")]


def epochs_correct(epoch_probabilities: Iterable[NDArray[np.float32]], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the kept epochs read which images correctly.

    Parameters
    ----------
    epoch_probabilities
        One array of shape ``(N, K)`` for each kept epoch.
    labels
        int64, shape ``(N,)``.

    Returns
    -------
    NDArray[np.bool_]
        Shape ``(epochs, N)``.
    """
    correct = [probabilities.argmax(axis=1) == labels for probabilities in epoch_probabilities]
    return np.array(correct, dtype=np.bool_).reshape(len(correct), len(labels))


def errors_csv(errors: ErrorTable, file_indices: NDArray[np.int64] | None = None) -> str:
    """The table as CSV with a header line.

    Parameters
    ----------
    errors
        Rows in the order in which they are written.
    file_indices
        int64, shape ``(N,)``: place of each predicted image in its file; its position if left out.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["index", "true_label", "predicted", "confidence", "loss", "margin"])
    for position, true_label, predicted, confidence, loss, margin in zip(
        errors.positions,
        errors.true_labels,
        errors.predicted,
        errors.confidence,
        errors.loss,
        errors.margin,
        strict=True,
    ):
        index = position if file_indices is None else file_indices[position]
        names = cell(errors.class_names[true_label]), cell(errors.class_names[predicted])
        writer.writerow([int(index), *names, f"{confidence:.6f}", f"{loss:.6f}", f"{margin:.6f}"])
    return text.getvalue()
