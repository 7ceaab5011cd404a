"""Learn’s cards: what they say is computed, and computed correctly."""

import re

import numpy as np
import pytest

from core.config import TrainConfig
from core.data.dataset import ImageDataset, Normalisation, Splits
from core.drawings.preprocessing import normalise
from core.learn.cards.catalogue import CARDS
from core.learn.cards.handwriting import WRITERS, some_of
from core.learn.cards.learning import STEPS, memory_of, reading_after
from core.learn.cards.pixels import ZOOMS, telling_part
from core.learn.cards.stencil import OFFERED, stencil_sum, telling_units
from core.learn.cards.strangers import KINDS, LETTERS, letter, shown_to_it
from core.learn.glossary import BY_TERM
from core.models.numpy_mlp import NumpyMLP
from core.models.numpy_model import NumpyModel
from core.models.shapes import parameter_shapes


@pytest.fixture(scope="module")
def network() -> NumpyModel:
    config = TrainConfig(hidden_size=16)
    chance = np.random.default_rng(0)
    weights = {
        name: chance.normal(0, 0.1, shape).astype(np.float32) for name, shape in parameter_shapes(config).items()
    }
    return NumpyModel("random", config, weights, Normalisation(0.13, 0.31))


def test_every_card_is_short_and_without_formulas() -> None:
    assert len(CARDS) == 8
    for card in CARDS:
        # A full stop in bold, or before a quotation mark, ends a sentence as well.
        assert 2 <= len(re.findall(r"[.?!](?:\*\*)?(?:\s|$)", card.text)) <= 5, card.name
        assert len(card.text) < 450
        assert not re.search(r"[=$∑√]|\\\\", card.text), card.name
        assert set(card.terms) <= set(BY_TERM)


@pytest.mark.parametrize("zoom", ZOOMS)
def test_the_part_that_is_enlarged_holds_ink_and_background(mnist_train: ImageDataset, zoom: int) -> None:
    for image in mnist_train.images[:20]:
        top, left, side = telling_part(image, zoom)
        part = image[top : top + side, left : left + side]
        assert part.shape == (28 // zoom, 28 // zoom)
        assert part.min() < 40
        assert part.max() > 200


def test_a_stencil_adds_up_to_what_the_unit_computes(network: NumpyModel, mnist_train: ImageDataset) -> None:
    for unit, image in enumerate(mnist_train.images[:16]):
        summed = stencil_sum(network, unit, image)
        expected = network.sums(0, normalise(image[None], network.normalisation))[0, unit]
        assert summed.total == pytest.approx(float(expected), abs=1e-3)
        assert summed.added >= 0 >= summed.subtracted
    blank = stencil_sum(network, 3, np.zeros((28, 28), np.uint8))
    assert blank.added == blank.subtracted == 0
    assert blank.total == blank.start


def test_units_that_are_offered_answer_to_different_digits(network: NumpyModel, mnist_train: ImageDataset) -> None:
    weights = {name: np.zeros_like(array) for name, array in network.weights.items()}
    sevens = mnist_train.images[mnist_train.labels == 7].mean(axis=0).reshape(-1)
    weights["layers.0.weight"][5] = (sevens - mnist_train.images.mean(axis=0).reshape(-1)) / 255
    biased = NumpyModel("sevens", network.config, weights, network.normalisation)
    images, labels = mnist_train.images[:500], mnist_train.labels[:500]
    assert telling_units(biased, images, labels)[0] == 5
    offered = telling_units(network, images, labels)
    assert len(offered) == len(set(offered)) == OFFERED


def test_steps_teach_and_no_step_teaches_nothing(small_splits: Splits) -> None:
    train, shown = small_splits.train, small_splits.validation
    start, after = (reading_after(steps, train, shown, small_splits.normalisation) for steps in (0, 100))
    assert start.accuracy < 0.35
    assert after.accuracy > 0.7
    assert after.accuracy == (after.predicted == shown.labels).mean()
    again = reading_after(100, train, shown, small_splits.normalisation)
    np.testing.assert_array_equal(again.predicted, after.predicted)
    # The first weights are those of the book.
    network = NumpyMLP(TrainConfig(backend="numpy", hidden_size=32))
    network.initialise(np.random.default_rng(0))
    logits = network.forward(normalise(shown.images, small_splits.normalisation)).logits
    np.testing.assert_array_equal(start.predicted, logits.argmax(axis=1))


def test_few_images_are_learned_by_heart_and_more_narrow_the_gap(small_splits: Splits) -> None:
    few, more = (
        memory_of(count, small_splits.train, small_splits.validation, small_splits.normalisation) for count in (50, 600)
    )
    assert few.steps[0] == 0
    assert few.steps[-1] == STEPS
    assert few.seen[-1] == 1
    assert few.seen[-1] - few.unseen[-1] > 0.2
    assert few.seen[-1] - few.unseen[-1] > more.seen[-1] - more.unseen[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_what_it_is_shown_is_a_picture_and_always_the_same(kind: str, mnist_train: ImageDataset) -> None:
    digits = mnist_train.images[:5]
    pictures = [shown_to_it(kind, number, digits) for number in range(4)]
    for number, picture in enumerate(pictures):
        assert picture.dtype == np.uint8
        assert picture.shape == (28, 28)
        assert picture.max() > 100
        np.testing.assert_array_equal(picture, shown_to_it(kind, number, digits))
    assert len({picture.tobytes() for picture in pictures}) == 4
    np.testing.assert_array_equal(shown_to_it("digit", 6, digits), digits[1])


def test_letters_have_the_size_and_place_of_a_digit() -> None:
    assert not set(LETTERS) & set("OQIlSZB")
    for name in LETTERS:
        rows, columns = np.nonzero(letter(name) > 40)
        assert 17 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21, name
        assert 13 <= np.average(np.arange(28), weights=letter(name).sum(axis=1)) <= 15, name


def test_hands_are_from_the_half_that_is_theirs(mnist_test: ImageDataset) -> None:
    for number, writers in enumerate(WRITERS):
        places = some_of(writers, mnist_test.labels, 4)
        assert len(set(places)) == 40
        assert set(places // 5_000) == {number}
        np.testing.assert_array_equal(mnist_test.labels[places].reshape(4, 10), np.tile(np.arange(10), (4, 1)))
