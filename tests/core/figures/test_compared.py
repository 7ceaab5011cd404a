"""Figures of a comparison: their data, and what is drawn of them."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from core.config import TrainConfig
from core.figures.compared_curves import compared_curves, compared_figure, curves_csv
from core.figures.confusion_difference import confusion_difference, difference_heatmap
from core.figures.parallel import coordinates, parallel_figure
from core.runs.records import Run
from tests.core.builders import SMALL, make_metrics, make_run


def run_with(seed: int, *accuracies: float) -> Run:
    epochs = tuple(
        replace(make_metrics(number, seconds=seed + 1.0), val_accuracy=accuracy)
        for number, accuracy in enumerate(accuracies, 1)
    )
    return replace(make_run(f"seed-{seed}", config=SMALL.replace(seed=seed)), epochs=epochs)


RUNS = (run_with(0, 0.5, 0.6, 0.7), run_with(1, 0.7, 0.8), replace(run_with(2), config=SMALL.replace(dropout=0.5)))
LABELS = ("=one", "<b>two</b>", "three")


def test_a_curve_for_each_run_that_has_epochs() -> None:
    first, second = compared_curves(RUNS, LABELS)
    assert (first.label, first.style, second.style) == ("=one", 0, 1)
    np.testing.assert_allclose(first.x, [1, 2, 3])
    np.testing.assert_allclose(first.y, [0.5, 0.6, 0.7])
    assert not len(first.low)
    np.testing.assert_allclose(compared_curves(RUNS, LABELS, axis="seconds")[1].x, [2, 4])
    np.testing.assert_allclose(compared_curves(RUNS, LABELS, measure="val_loss")[0].y, [0.75, 0.375, 0.25])


def test_smoothing_leaves_the_first_point_and_lags_behind() -> None:
    (curve, _) = compared_curves(RUNS, LABELS)
    np.testing.assert_allclose(curve.smoothed(0.5).y, [0.5, (0.25 + 0.6) / 1.5, (0.125 + 0.3 + 0.7) / 1.75])


def test_seeds_become_their_mean_over_the_epochs_that_all_have() -> None:
    (folded,) = compared_curves(RUNS, LABELS, fold=True)
    assert folded.label == "=one, mean of 2 seeds"
    np.testing.assert_allclose(folded.x, [1, 2])
    np.testing.assert_allclose(folded.y, [0.6, 0.7])
    # Student's interval of two values: 12.706 × their half distance.
    np.testing.assert_allclose(folded.high - folded.y, [1.2706, 1.2706], rtol=1e-4)
    figure = compared_figure([folded], "val_accuracy")
    assert figure.layout.yaxis.autorangeoptions.clipmax == 1, "no accuracy beyond 100%, whatever its interval"
    band, line = figure.data
    assert band.fill == "toself"
    assert line.name == "=one, mean of 2 seeds"


def test_a_logarithmic_accuracy_is_the_error_rate() -> None:
    figure = compared_figure(compared_curves(RUNS, LABELS), "val_accuracy", scale="logarithmic")
    np.testing.assert_allclose(figure.data[0].y, [0.5, 0.4, 0.3], rtol=1e-6)
    assert figure.layout.yaxis.type == "log"
    assert "error rate" in figure.layout.title.text
    assert figure.data[1].name == "&lt;b&gt;two&lt;/b&gt;"
    assert compared_figure((), "val_loss").layout.annotations[0].text == "None of these runs has a finished epoch."


def test_a_band_on_a_logarithmic_axis_stays_near_its_line() -> None:
    folded = compared_curves(RUNS, LABELS, fold=True)
    band, line = compared_figure(folded, "val_accuracy", scale="logarithmic").data
    np.testing.assert_allclose(line.y, [0.4, 0.3], rtol=1e-6)
    # Student's interval goes beyond accuracies of 100% and below 0, which an axis of powers of ten has no place for.
    np.testing.assert_allclose([band.y.min(), band.y.max()], [0.1, 1.2], rtol=1e-6)
    lossy = [
        replace(run, epochs=tuple(replace(epoch, val_loss=1 - epoch.val_accuracy) for epoch in run.epochs))
        for run in RUNS
    ]
    losses = compared_curves(lossy, LABELS, measure="val_loss", fold=True)
    assert losses[0].low.min() < 0
    np.testing.assert_allclose(compared_figure(losses, "val_loss", scale="logarithmic").data[0].y.min(), 0.1, rtol=1e-6)


def test_losses_that_are_no_numbers_are_gaps() -> None:
    broken = replace(RUNS[0], epochs=(replace(RUNS[0].epochs[0], val_loss=float("inf")), *RUNS[0].epochs[1:]))
    (curve,) = compared_curves([broken], ["x"], measure="val_loss")
    assert np.isnan(curve.y[0])
    rows = list(csv.reader(io.StringIO(curves_csv([curve], "val_loss", "epochs"))))
    assert rows[:3] == [
        ["run", "epochs", "val_loss", "low", "high"],
        ["x", "1", "", "", ""],
        ["x", "2", "0.375", "", ""],
    ]


def test_csv_has_every_point_and_no_formula() -> None:
    curves = compared_curves(RUNS, LABELS, fold=True)
    rows = list(csv.reader(io.StringIO(curves_csv(curves, "val_accuracy", "epochs"))))
    assert [row[:3] for row in rows[1:]] == [["'=one, mean of 2 seeds", x, y] for x, y in (("1", "0.6"), ("2", "0.7"))]
    assert float(rows[1][4]) == pytest.approx(1.8706, abs=1e-4)


def test_coordinates_place_numbers_words_and_switches() -> None:
    base = TrainConfig()
    configs = [
        base.replace(learning_rate=0.0001, hidden_size=32, activation="tanh", bias=False),
        base.replace(learning_rate=0.001, hidden_size=48, activation="relu"),
        base.replace(learning_rate=0.01, hidden_size=64, activation="sigmoid"),
    ]
    names = ("learning_rate", "hidden_size", "activation", "bias")
    *axes, accuracy = coordinates(configs, names, [0.9, None, 0.95], lambda name, value: f"{name} <{value}>")
    assert [axis.places for axis in axes] == [
        pytest.approx((0, 0.5, 1)),
        (0, 0.5, 1),
        (1, 0, 0.5),
        (0, 1, 1),
    ]
    assert axes[1].ends == ("hidden_size <32>", "hidden_size <64>")
    assert (accuracy.places, accuracy.ends) == ((0.0, None, 1.0), ("90.00%", "95.00%"))
    figure = parallel_figure([*axes, accuracy], ["a", "b", "c"], range(3))
    assert len(figure.data) == 3
    assert figure.data[1].y == (pytest.approx(0.5), 0.5, 0, 1, None)
    assert figure.data[1].hovertext[2] == "<b>b</b><br>Activation: activation &lt;relu&gt;"
    assert len(parallel_figure((), (), ()).layout.annotations) == 1


def test_the_difference_of_two_matrices() -> None:
    first, second = np.array([[8, 2], [1, 9]]), np.array([[9, 1], [4, 6]])
    difference = confusion_difference(first, second)
    assert difference.tolist() == [[1, -1], [3, -3]]
    (cells,) = difference_heatmap(difference, ("x", "y"), "A", "B").data
    assert cells.text[0][0] == "+1"
    assert cells.text[1][1] == "−3"
    assert cells.hovertext[1][0] == "<b>y read as x</b><br>3 more with B"
    assert np.sign(cells.z).tolist() == [[1, -1], [1, -1]]
    (nothing,) = difference_heatmap(np.zeros((2, 2), dtype=np.int64), ("x", "y"), "A", "B").layout.annotations
    assert nothing.text == "Both confusion matrices are the same."
    with pytest.raises(ValueError, match="same images"):
        confusion_difference(first, second + 1)
