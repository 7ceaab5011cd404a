"""The table of mistakes: its numbers, order, filters and CSV."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from core.analysis.predictions import Predictions
from core.analysis.ranking import (
    ERROR_ORDERS,
    cell_positions,
    epochs_correct,
    error_table,
    errors_csv,
)


def _predictions(count: int = 400, classes: int = 10, seed: int = 4) -> Predictions:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(classes) * 0.2, count).astype(np.float32)
    labels = random.integers(0, classes, count)
    return Predictions("run", probabilities, labels, tuple(map(str, range(classes))))


def test_every_mistake_is_there_once() -> None:
    predictions = _predictions()
    errors = error_table(predictions)
    wrong = [i for i in range(400) if int(np.argmax(predictions.probabilities[i])) != predictions.labels[i]]
    assert errors.positions.tolist() == wrong
    assert (errors.true_labels != errors.predicted).all()
    assert (errors.margin >= 0).all()


def test_loss_agrees_with_sklearn() -> None:
    predictions = _predictions()
    errors = error_table(predictions)
    for row in range(0, len(errors), 25):
        p = predictions.probabilities[errors.positions[row]].astype(np.float64)
        if p[errors.true_labels[row]] > 1e-9:
            theirs = log_loss([errors.true_labels[row]], [p / p.sum()], labels=range(10))
            assert errors.loss[row] == pytest.approx(theirs, rel=1e-5)


def test_a_certain_mistake_has_a_finite_loss() -> None:
    predictions = Predictions("run", np.array([[1, 0]], dtype=np.float32), np.array([1]), ("a", "b"))
    errors = error_table(predictions)
    assert errors.loss[0] == pytest.approx(27.631, abs=1e-3)
    assert (errors.confidence[0], errors.margin[0]) == (1.0, 1.0)


@pytest.mark.parametrize("order", ERROR_ORDERS)
def test_order_agrees_with_pandas(order) -> None:
    errors = error_table(_predictions())
    frame = pd.DataFrame({"value": getattr(errors, order), "position": errors.positions})
    theirs = frame.sort_values(["value", "position"], ascending=[False, True])["position"].tolist()
    assert errors.sorted_by(order).positions.tolist() == theirs


def test_ties_are_sorted_by_position() -> None:
    probabilities = np.array([[0.75, 0.25]] * 3, dtype=np.float32)
    errors = error_table(Predictions("run", probabilities, np.array([1, 1, 1]), ("a", "b")))
    assert errors.sorted_by("loss").positions.tolist() == [0, 1, 2]


def test_filters() -> None:
    errors = error_table(_predictions())
    picked = errors.where(true_label=4, predicted=9)
    assert set(zip(picked.true_labels, picked.predicted, strict=True)) <= {(4, 9)}
    assert len(errors.where()) == len(errors)
    assert sum(len(errors.where(true_label=label)) for label in range(10)) == len(errors)
    assert len(errors.where(true_label=3, predicted=3)) == 0


def test_cell_holds_its_digits_most_confident_first() -> None:
    predictions = _predictions()
    for true_label, predicted in ((1, 1), (4, 9)):
        positions = cell_positions(predictions, true_label, predicted)
        assert set(positions) == {
            i for i in range(400) if predictions.labels[i] == true_label and predictions.predicted[i] == predicted
        }
        confidence = predictions.confidence[positions].tolist()
        assert confidence == sorted(confidence, reverse=True)


def test_every_epoch_is_compared_with_the_labels() -> None:
    random = np.random.default_rng(5)
    epochs = [random.random((20, 3)).astype(np.float32) for _ in range(4)]
    labels = random.integers(0, 3, 20)
    expected = [[bool(np.argmax(epoch[i]) == labels[i]) for i in range(20)] for epoch in epochs]
    assert epochs_correct(epochs, labels).tolist() == expected
    assert epochs_correct([], labels).shape == (0, 20)


def test_csv_reads_back() -> None:
    errors = error_table(_predictions()).sorted_by("loss")
    indices = np.arange(400)[::-1].copy()
    rows = list(csv.DictReader(io.StringIO(errors_csv(errors, indices))))
    assert len(rows) == len(errors)
    assert list(rows[0]) == ["index", "true_label", "predicted", "confidence", "loss", "margin"]
    assert [int(row["index"]) for row in rows] == (399 - errors.positions).tolist()
    assert [float(row["loss"]) for row in rows] == pytest.approx(errors.loss, abs=1e-6)
    assert errors_csv(errors).splitlines()[1].startswith(f"{errors.positions[0]},")


def test_a_run_without_mistakes_and_one_without_images() -> None:
    for predictions in (
        Predictions("run", np.eye(3, dtype=np.float32), np.arange(3), ("a", "b", "c")),
        Predictions("run", np.zeros((0, 3), dtype=np.float32), np.zeros(0, dtype=np.int64), ("a", "b", "c")),
        Predictions("run", np.ones((4, 1), dtype=np.float32), np.zeros(4, dtype=np.int64), ("a",)),
    ):
        errors = error_table(predictions)
        assert len(errors.sorted_by("confidence").where(true_label=0)) == 0
        assert errors_csv(errors).count("\n") == 1
