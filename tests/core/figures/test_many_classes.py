"""Charts with 2 to 62 classes and with long names: what is drawn, in numbers."""

import numpy as np
import pytest

from core.analysis.balance import ClassBalance
from core.analysis.classification import class_metrics
from core.analysis.pixels import ClassImages
from core.figures.balance import class_balance_bars
from core.figures.class_images import mean_image_grid
from core.figures.class_quality import class_quality_points
from core.figures.confusion import confusion_heatmap
from core.figures.digit_map import digit_map
from core.figures.montage import digit_montage
from core.figures.names import longest, shortened, tick_names
from core.figures.probabilities import probability_bars
from core.figures.schedule import schedule_figure
from core.figures.theme import class_colour, class_symbol
from core.training.schedule import ScheduleCurve

CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


def names(count: int) -> tuple[str, ...]:
    return tuple(f"n{label}" for label in range(count))


def counts(classes: int) -> np.ndarray:
    return np.random.default_rng(classes).integers(1, 50, (classes, classes))


@pytest.mark.parametrize("classes", [2, 10, 20, 47, 62])
def test_every_cell_of_a_matrix_can_be_clicked(classes: int) -> None:
    figure = confusion_heatmap(counts(classes), names(classes), selected=(1, 0))
    targets = figure.data[2]
    assert [tuple(cell) for cell in targets.customdata] == [(r, c) for r in range(classes) for c in range(classes)]
    # At 330 pixels a cell is this wide; a target must not cover the middle of the next one.
    assert targets.marker.size < 2 * 330 / classes
    written = [text for text in targets.text if text]
    assert bool(written) == (classes <= 20)
    assert len(figure.layout.xaxis.tickvals) <= 40


def test_long_names_stand_upright_below_a_matrix_and_are_whole_on_hover() -> None:
    figure = confusion_heatmap(counts(10), CLOTHES)
    assert figure.layout.xaxis.tickangle == -90
    assert "T-shirt/top read as Ankle boot" in figure.data[2].hovertext[9]
    assert confusion_heatmap(counts(10), "0123456789").layout.xaxis.tickangle == 0


def test_colour_and_symbol_tell_a_hundred_classes_apart() -> None:
    assert len({(class_colour(label), class_symbol(label)) for label in range(100)}) == 100


def test_of_many_classes_the_most_probable_get_a_bar_and_the_true_one() -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(47)).astype(np.float32)
    order = np.argsort(-probabilities)
    figure = probability_bars(probabilities, names(47), true_label=int(order[-1]))
    shown = [f"n{label}" for label in (*order[:10], order[-1])]
    assert [text.removeprefix("<b>").removesuffix("</b>") for text in figure.layout.xaxis.ticktext] == shown
    np.testing.assert_allclose(figure.data[0].y, probabilities[[*order[:10], order[-1]]], atol=1e-4)
    assert len(probability_bars(probabilities, names(47), true_label=int(order[0])).data[0].y) == 10


@pytest.mark.parametrize("classes", [2, 10, 15])
def test_of_few_classes_all_get_a_bar_in_their_order(classes: int) -> None:
    figure = probability_bars(np.full(classes, 1 / classes, np.float32), names(classes))
    assert tuple(figure.layout.xaxis.ticktext) == names(classes)


@pytest.mark.parametrize("classes", [3, 20, 47])
def test_quality_is_shown_for_every_class(classes: int) -> None:
    quality = class_metrics(counts(classes))
    figure = class_quality_points(quality, names(classes))
    np.testing.assert_allclose(figure.data[1].y, quality.recall, atol=1e-6)
    assert tuple(figure.data[1].hovertext) == names(classes)


def test_balance_and_map_of_many_classes() -> None:
    balance = ClassBalance(("Training", "Validation", "Test"), names(47), np.ones((3, 47), np.int64))
    assert len(class_balance_bars(balance).layout.xaxis.tickvals) == 24
    points, labels = np.random.default_rng(0).normal(size=(94, 2)), np.repeat(np.arange(47), 2)
    assert digit_map(points, labels, names(47), title="Map").layout.legend.orientation == "v"
    assert digit_map(points[:20], labels[:20], names(10), title="Map").layout.legend.orientation == "h"


def test_captions_fit_below_their_images() -> None:
    images = np.zeros((10, 28, 28), np.uint8)
    captions = digit_montage(images, CLOTHES, columns=10, captions=CLOTHES).data[1].text
    assert longest(captions) <= 6
    assert captions[3] == "Dress"
    wide = digit_montage(images, CLOTHES, columns=4, captions=CLOTHES).data[1].text
    assert tuple(wide) == CLOTHES
    grid = mean_image_grid(ClassImages(names(47), np.zeros((47, 28, 28)), np.zeros((47, 28, 28))))
    assert grid.layout.xaxis.range == (0, 8)


def test_names_are_cut_and_ticks_thinned() -> None:
    assert (shortened("Ankle boot", 6), shortened("Coat", 6), longest(())) == ("Ankle…", "Coat", 0)
    assert tick_names(names(10))["ticktext"] == list(names(10))
    assert tick_names(names(62))["tickvals"] == list(range(0, 62, 3))
    assert tick_names(CLOTHES)["tickangle"] == -40
    assert tick_names(())["tickvals"] == []


def test_a_schedule_is_drawn_as_it_is() -> None:
    curve = ScheduleCurve(np.array([0.0, 1.0, 2.0]), np.array([0.1, 0.05, 0.0]))
    figure = schedule_figure(curve, 2)
    assert list(figure.data[0].y) == [0.1, 0.05, 0.0]
    assert figure.layout.xaxis.range == (0, 2)
    empty = schedule_figure(ScheduleCurve(np.empty(0), np.empty(0)), 2)
    assert empty.layout.title.text == "Learning rate"
    assert not empty.data
