"""Pictures and charts of Learn: the data they show, empty input, orientation."""

from dataclasses import replace

import numpy as np
import pytest

from core.analysis.by_seed import Comparison
from core.figures.cards import memory_curves, pixel_part
from core.figures.curve_points import curve_points
from core.figures.experiments import (
    accuracy_dots,
    accuracy_lines,
    difference_dots,
    labelled_bars,
    loss_panels,
    offset_histogram,
    offset_shares,
    variant_curves,
)
from core.figures.theme import NEGATIVE_COLOUR, POSITIVE_COLOUR
from core.figures.walk import (
    ZOOM,
    before_and_after,
    ink_picture,
    side_by_side,
    signed_picture,
    value_bars,
)
from core.learn.cards.learning import Memory
from tests.core.builders import make_metrics, make_run

SIDE = 28 * ZOOM


def centre(picture: np.ndarray, row: int, column: int) -> list[int]:
    return picture[row * ZOOM + ZOOM // 2, column * ZOOM + ZOOM // 2].tolist()


def test_ink_is_white_on_black_and_the_frame_lies_around_its_pixel() -> None:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[3, 20] = 255
    picture = ink_picture(pixels, framed=3 * 28 + 20)
    assert picture.shape == (SIDE, SIDE, 3)
    assert centre(picture, 3, 20) == [255, 255, 255]
    assert centre(picture, 20, 3) == [0, 0, 0]
    assert picture[3 * ZOOM - 1, 20 * ZOOM].tolist() == [0, 200, 120]
    np.testing.assert_array_equal(np.argwhere((ink_picture(pixels) != picture).any(axis=2)).min(axis=0), [22, 158])
    for corner in (0, 27, 783):
        assert ink_picture(pixels, framed=corner).shape == (SIDE, SIDE, 3)


def test_signs_have_colours_and_the_largest_number_the_full_one() -> None:
    values = np.zeros(784)
    values[0], values[1] = 2.0, -1.0
    picture = signed_picture(values)
    assert centre(picture, 0, 0) == [230, 159, 0]
    assert centre(picture, 0, 1) == [0, 57, 89]
    assert centre(picture, 5, 5) == [0, 0, 0]
    assert not signed_picture(np.zeros(784)).any()


def test_pictures_stand_side_by_side() -> None:
    picture = signed_picture(np.ones(784))
    assert side_by_side([picture] * 3).shape == (SIDE, 3 * SIDE + 2 * 16, 3)


def test_the_bar_that_is_followed_has_a_frame_and_every_bar_the_colour_of_its_sign() -> None:
    figure = value_bars("Sums", np.array([1.0, -1.0, 2.0]), names=("a", "b", "c"), of="unit", marked=0)
    assert list(figure.data[0].y) == [1.0, -1.0, 2.0]
    assert list(figure.data[0].marker.color) == [POSITIVE_COLOUR, NEGATIVE_COLOUR, POSITIVE_COLOUR]
    assert [width > 0 for width in figure.data[0].marker.line.width] == [True, False, False]
    many = value_bars("Sums", np.zeros(128), names=[str(unit) for unit in range(128)], of="unit")
    assert len(many.layout.xaxis.tickvals) <= 20


def test_before_and_after_share_an_axis() -> None:
    figure = before_and_after(np.array([0.4, 0.6]), np.array([0.1, 0.9]), ("cat", "dog"), 1)
    assert [list(bars.y) for bars in figure.data] == [[0.4, 0.6], [0.1, 0.9]]
    assert "dog" in figure.layout.title.text
    assert figure.layout.xaxis.ticktext[1] == "<b>dog</b>"


def test_losses_of_several_runs_are_on_one_range_whatever_their_batches_were() -> None:
    first, second = (
        replace(make_metrics(epoch), train_loss=loss, val_loss=2 * loss, batch_losses=np.array([50.0], np.float32))
        for epoch, loss in ((1, 0.5), (2, 0.01))
    )
    panels = loss_panels(["A", "B"], [curve_points([first, second]), curve_points([first])], [3, 3], ["", "dropout on"])
    ranges = {tuple(panel.layout.yaxis.range) for panel in panels}
    ((low, high),) = ranges
    assert 10**low < 0.01 < 1.0 < 10**high < 5
    assert [trace.name for trace in panels[1].data if len(trace.x)] == ["Training, dropout on", "Validation"]
    empty = loss_panels(["A"], [curve_points([])], [3], [""])
    assert not empty[0].data
    assert empty[0].layout.annotations
    assert loss_panels([], [], [], []) == ()


def test_every_variant_has_a_line() -> None:
    curves = variant_curves(["one", "two"], [make_run(), make_run(epochs=0)])
    assert [len(curve.positions) for curve in curves] == [2, 0]
    np.testing.assert_allclose(curves[0].accuracies, [0.5, 0.75])
    figure = accuracy_lines(curves)
    assert [line.name for line in figure.data] == ["one", "two"]


def test_bars_carry_their_numbers() -> None:
    figure = labelled_bars("Shares", ("a", "b"), (0.5, 1.25), form=".0%")
    assert list(figure.data[0].text) == ["50%", "125%"]


def test_a_part_of_a_picture_keeps_its_places_and_small_ones_show_their_numbers() -> None:
    image = np.arange(784, dtype=np.int64).reshape(28, 28).astype(np.uint8)
    figure = pixel_part(image, top=3, left=20, side=7)
    np.testing.assert_array_equal(figure.data[0].z, image[3:10, 20:27])
    said = {(note.y, note.x): note.text for note in figure.layout.annotations}
    assert said == {(row, column): str(image[row, column]) for row in range(3, 10) for column in range(20, 27)}
    assert (figure.data[0].x0, figure.data[0].y0) == (20, 3)
    assert not pixel_part(image, top=0, left=0, side=14).layout.annotations


def test_learning_by_heart_is_two_lines() -> None:
    memory = Memory(np.array([0, 25]), np.array([0.1, 1.0]), np.array([0.1, 0.6]))
    figure = memory_curves(memory)
    assert [list(line.y) for line in figure.data] == [[0.1, 1.0], [0.1, 0.6]]
    assert [line.name for line in figure.data] == ["digits it learns from", "digits it has not seen"]


def test_offsets_fall_into_quarters_of_a_pixel() -> None:
    shares = offset_shares(np.array([0.0, 0.1, 0.3, 99.0]))
    assert shares.sum() == pytest.approx(1)
    assert shares[:2].tolist() == [0.5, 0.25]
    assert shares[-1] == 0.25
    assert len(offset_histogram(np.ones(3), np.ones(3)).data) == 2


@pytest.mark.parametrize(
    "figure",
    [
        value_bars("Sums", np.empty(0), names=(), of="unit"),
        before_and_after(np.empty(0), np.empty(0), (), 0),
        accuracy_lines(()),
        labelled_bars("Shares", (), ()),
        offset_histogram(np.empty(0), np.empty(0)),
        memory_curves(Memory(np.empty(0), np.empty(0), np.empty(0))),
        pixel_part(np.empty((0, 0), np.uint8), top=0, left=0, side=7),
    ],
)
def test_nothing_gives_a_titled_empty_figure(figure) -> None:
    assert figure.layout.title.text
    assert not figure.data
    assert figure.layout.annotations


def test_each_seed_is_a_dot_and_the_mean_has_its_interval() -> None:
    clear, broken = Comparison(np.array([1.0, 2.0, 3.0]), limit=0.5), Comparison(np.array([1.0, np.inf]))
    figure = difference_dots("points", ("one against another, at length", "broken"), (clear, broken))
    limits, dots, mean, left = figure.data[:4]
    assert list(limits.x) == [0.5, 0.0]
    assert list(dots.x) == [1.0, 2.0, 3.0]
    assert list(mean.x) == [2.0]
    low, high = clear.interval
    assert (mean.error_x.array[0], mean.error_x.arrayminus[0]) == pytest.approx((high - 2, 2 - low))
    assert list(left.x) == [1.0]
    assert set(limits.y) == set(figure.layout.yaxis.categoryarray)
    assert "<br>" in limits.y[0]
    assert difference_dots("points", (), ()).layout.annotations[0].text


def test_accuracies_by_seed_have_a_mark_at_their_mean() -> None:
    figure = accuracy_dots(("a", "b"), (np.array([0.9, 0.8]), np.array([0.5, 0.7])))
    assert [list(trace.x) for trace in figure.data] == [[0.9, 0.8], [0.5, 0.7], pytest.approx([0.85, 0.6])]
    assert accuracy_dots((), ()).layout.annotations[0].text
