"""Learning curves: the points, and what is drawn of them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from core.figures.curve_points import MAX_BATCH_POINTS, curve_points, loss_ceiling, smoothed
from core.figures.curves import BEGINNING, LEAST_ERROR, accuracy_curves, loss_curves, place_frame
from core.runs.records import EpochMetrics
from tests.core.builders import make_early


def _epoch(number: int, losses: list[float], *, step: int = 10, val_loss: float = 0.5) -> EpochMetrics:
    return EpochMetrics(
        epoch=number,
        step=step,
        steps_per_epoch=10,
        train_loss=float(np.mean(losses)),
        train_accuracy=0.9,
        val_loss=val_loss,
        val_accuracy=0.8,
        seconds=1.0,
        images_per_second=1000.0,
        batch_losses=np.array(losses, dtype=np.float32),
        confusion=np.eye(10, dtype=np.int64),
    )


def test_stretches_stand_in_their_middle_and_epochs_at_their_end() -> None:
    points = curve_points([_epoch(1, [4, 3, 2, 1]), _epoch(2, [1, 1], step=5)])
    assert points.batch_positions == pytest.approx([0.125, 0.375, 0.625, 0.875, 1.125, 1.375])
    assert points.batch_losses == pytest.approx([4, 3, 2, 1, 1, 1])
    assert points.positions == pytest.approx([1.0, 1.5])
    assert points.val_accuracies == pytest.approx([0.8, 0.8])


def test_training_of_an_epoch_that_was_cut_off_is_left_out() -> None:
    """Its mean over a few batches jumps; its validation is as good as any."""
    points = curve_points([_epoch(1, [4, 3, 2, 1]), _epoch(2, [1, 1], step=5)])
    assert points.train_losses == pytest.approx([2.5, np.nan], nan_ok=True)
    assert points.train_accuracies == pytest.approx([0.9, np.nan], nan_ok=True)
    assert points.val_losses == pytest.approx([0.5, 0.5])
    only = curve_points([_epoch(1, [1, 1], step=5)])
    assert only.train_losses == pytest.approx([1.0])
    assert only.train_accuracies == pytest.approx([0.9])


def test_running_epoch_goes_on_after_the_ended_ones() -> None:
    points = curve_points([_epoch(1, [2, 1])], running=[(0.9, 7.0), (1.2, 0.6), (1.4, 0.5)])
    assert points.batch_positions == pytest.approx([0.25, 0.75, 1.2, 1.4])
    assert points.batch_losses == pytest.approx([2, 1, 0.6, 0.5])
    assert len(points.positions) == 1


def test_first_epoch_still_running() -> None:
    points = curve_points([], running=[(0.1, 2.3), (0.2, 1.9)])
    assert len(loss_curves(points, epochs=5).data) == 3
    assert accuracy_curves(points).layout.annotations[0].text.startswith("The first point")


def test_many_points_are_averaged_and_keep_their_mean() -> None:
    losses = np.random.default_rng(0).random((48, 100))
    points = curve_points([_epoch(i + 1, list(row)) for i, row in enumerate(losses)])
    assert len(points.batch_losses) <= MAX_BATCH_POINTS
    assert points.batch_losses.mean() == pytest.approx(losses.mean(), abs=1e-6)
    assert np.all(np.diff(points.batch_positions) > 0)
    assert len(loss_curves(points).to_json()) < 20_000


def test_ragged_tail_is_averaged_over_its_own_length() -> None:
    points = curve_points([_epoch(i + 1, [1.0] * 100) for i in range(4)], running=[(4.1, 3.0), (4.2, 3.0), (4.3, 6.0)])
    assert points.batch_losses[-2:] == pytest.approx([3.0, 6.0])


def test_diverged_loss_leaves_a_gap() -> None:
    points = curve_points([_epoch(1, [1.0, np.inf, np.nan], val_loss=float("inf"))])
    assert np.isnan(points.batch_losses).tolist() == [False, True, True]
    assert np.isnan(points.val_losses).all()
    assert len(loss_curves(points).data) == 3


def test_a_loss_that_is_too_large_for_single_precision_is_drawn() -> None:
    figure = loss_curves(curve_points([_epoch(1, [1.0]), _epoch(2, [2.0], val_loss=1e41)]))
    assert figure.data[-1].y.tolist() == [0.5, 1e41]
    assert figure.data[-2].y.dtype == np.float32


def test_no_epochs_gives_a_titled_empty_figure() -> None:
    points = curve_points([])
    for figure in (loss_curves(points, title="Loss so far"), accuracy_curves(points, title="Loss so far")):
        assert figure.layout.title.text == "Loss so far"
        assert not figure.data


def test_axis_stands_still_while_a_run_goes_on() -> None:
    one, two = curve_points([_epoch(1, [1.0])]), curve_points([_epoch(1, [1.0]), _epoch(2, [1.0])])
    assert loss_curves(one, epochs=20).layout.xaxis.range == loss_curves(two, epochs=20).layout.xaxis.range
    assert loss_curves(one, epochs=20).layout.xaxis.range[1] >= 20
    assert loss_curves(one, logarithmic=True).layout.yaxis.type == "log"


# --- axes that stand still ---


@pytest.mark.parametrize("scale", ["accuracy", "error_rate"])
def test_the_axis_of_accuracies_is_the_same_whatever_is_on_it(scale: str) -> None:
    bad, good = _epoch(1, [4.0]), replace(_epoch(2, [0.1]), val_accuracy=1.0, train_accuracy=0.999)
    figures = [accuracy_curves(curve_points(epochs), scale=scale) for epochs in ([bad], [bad, good])]
    assert figures[0].layout.yaxis == figures[1].layout.yaxis
    low, high = figures[0].layout.yaxis.range
    expected = (0, 1) if scale == "accuracy" else (np.log10(LEAST_ERROR), 0)
    assert low <= expected[0]
    assert high >= expected[1]
    drawn = {trace.name: trace.y for trace in figures[1].data}["Validation"]
    assert drawn == pytest.approx([0.8, 1.0] if scale == "accuracy" else [0.2, LEAST_ERROR])


def test_the_axis_of_losses_begins_at_zero_and_only_grows() -> None:
    high, low = curve_points([_epoch(1, [4.0])]), curve_points([_epoch(1, [0.2])])
    assert tuple(loss_curves(low, ceiling=loss_ceiling(high)).layout.yaxis.range) == (0, 5)
    assert tuple(loss_curves(high, ceiling=loss_ceiling(low)).layout.yaxis.range) == (0, 5)


@pytest.mark.parametrize(("highest", "ceiling"), [(2.3, 3), (0.99, 2), (0.97, 1), (1.0, 2), (9.9, 20), (0.004, 0.005)])
def test_a_ceiling_is_a_round_number_above_every_loss(highest: float, ceiling: float) -> None:
    assert loss_ceiling(curve_points([_epoch(1, [highest, 0.001], val_loss=0.001)])) == pytest.approx(ceiling)


def test_early_snapshots_are_drawn_before_the_first_epoch_ends() -> None:
    points = curve_points([], early=[make_early(0), make_early(3)])
    for figure, values in ((loss_curves(points), (2.5, 2.2)), (accuracy_curves(points), (0.1, 0.13))):
        (line,) = [trace for trace in figure.data if trace.name == "Validation, 50 images"]
        assert line.x == pytest.approx((0, 0.3))
        assert line.y == pytest.approx(values)


# --- smoothing ---


def test_smoothing_is_the_corrected_mean_of_all_before() -> None:
    values = np.random.default_rng(0).random(50)
    expected = pd.Series(values).ewm(alpha=0.1, adjust=True).mean()
    np.testing.assert_allclose(smoothed(values, 0.9), expected)
    np.testing.assert_array_equal(smoothed(values, 0.0), values)


def test_smoothing_leaves_gaps_where_they_are() -> None:
    values = np.array([1.0, np.nan, 1.0, 1.0])
    np.testing.assert_allclose(smoothed(values, 0.5), values)


def test_a_logarithmic_axis_of_epochs_has_room_for_the_beginning() -> None:
    points = curve_points([_epoch(1, [2, 1])], early=[make_early(0), make_early(3)])
    for figure in (loss_curves(points, epoch_axis="logarithmic"), accuracy_curves(points, epoch_axis="logarithmic")):
        low, high = figure.layout.xaxis.range
        every = np.concatenate([np.asarray(trace.x) for trace in figure.data])
        assert every.min() == pytest.approx(BEGINNING)
        assert low < np.log10(every.min()) < np.log10(every.max()) < high
    assert place_frame(0)["layout"]["shapes"][0]["x0"] == BEGINNING
