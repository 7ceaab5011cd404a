"""Several changes at once: their order, their text, and what is made of images."""

import numpy as np
import pytest

from core.corruptions.changes import CHANGES
from core.corruptions.combination import NONE, ORDER, Combination
from core.corruptions.measuring import measure, read_results, results_path, together_names, write_results
from core.data.mnist import load_mnist
from core.errors import DataError
from core.explain.sample import fixed_sample
from core.models.numpy_model import NumpyModel
from core.runs.archive import DEMO_DIRECTORY
from core.runs.files import CHECKPOINT
from core.runs.model_tensors import read_model


@pytest.fixture(scope="module")
def images():
    return fixed_sample(load_mnist("test"), 100)


@pytest.fixture(scope="module")
def model() -> NumpyModel:
    return read_model(DEMO_DIRECTORY / CHECKPOINT)


def test_every_change_has_a_place_in_the_order_and_a_slider_that_reaches_its_ends() -> None:
    assert sorted(ORDER) == sorted(CHANGES)
    for change in CHANGES.values():
        steps = (change.strengths[-1] - change.strengths[0]) / change.step
        assert steps == pytest.approx(round(steps))
        assert change.usual in change.strengths
        assert change.usual != change.neutral


def test_any_order_of_the_text_is_one_combination() -> None:
    combination = Combination.parse("noise:0.20, rotation:15,scale:1")
    assert combination == Combination.of({"rotation": 15, "scale": 1, "noise": 0.2})
    assert combination.text == "scale:1,rotation:15,noise:0.2"
    assert combination.words == "Scale 1 ×, then Rotation 15°, then Noise 0.2"
    assert combination.effective.text == "rotation:15,noise:0.2"
    assert [one.text for one in combination.alone] == ["scale:1", "rotation:15", "noise:0.2"]
    assert [one.text for one in combination.stages][::3] == [NONE, combination.text]
    assert Combination.of({"noise": 0.1 + 0.2}).text == "noise:0.3"
    assert Combination.parse(NONE) == Combination()
    assert together_names(combination) == tuple(
        f"together/{text}" for text in (NONE, "rotation:15", "noise:0.2", "rotation:15,noise:0.2")
    )
    assert together_names(Combination()) == (f"together/{NONE}",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "CHANGE:STRENGTH"),
        ("rotation", "not “rotation”"),
        ("rotation:much", "not “rotation:much”"),
        ("melting:1", "no change “melting”"),
        ("rotation:91", "from 0 to 90°, not 91"),
        ("noise:nan", "CHANGE:STRENGTH"),
        ("noise:0.1,noise:0.2", "twice"),
    ],
)
def test_what_is_none_is_named(text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        Combination.parse(text)


def test_changes_are_made_one_after_the_other(images) -> None:
    before = images.images.copy()
    both = Combination.of({"inversion": 1, "thickness": 1})
    # By hand: the strokes grow first, then black and white are swapped. The other way round, strokes would shrink.
    thick = CHANGES["thickness"].apply(images.images, 1)
    np.testing.assert_array_equal(both.apply(images.images), 255 - thick)
    alone = Combination.of({"rotation": 20})
    np.testing.assert_array_equal(alone.apply(images.images), CHANGES["rotation"].apply(images.images, 20))
    # Each step draws for itself: which way a digit is rotated says nothing of where it is moved to.
    moved = Combination.of({"rotation": 20, "shift": 4}).apply(images.images)
    turned = CHANGES["rotation"].apply(images.images, 20)
    assert not np.array_equal(moved, CHANGES["shift"].apply(turned, 4))
    np.testing.assert_array_equal(moved, CHANGES["shift"].apply(turned, 4, seed=1))
    np.testing.assert_array_equal(Combination().apply(images.images), before)
    assert Combination().apply(images.images) is not images.images
    np.testing.assert_array_equal(images.images, before)


def test_accuracy_is_that_of_the_changed_images_and_one_alone_is_a_point_of_its_curve(images, model) -> None:
    both = Combination.of({"rotation": 30, "noise": 0.5})
    said = model.logits(both.apply(images.images)).argmax(axis=1)
    assert measure(model, images, f"together/{both.text}") == ((said == images.labels).mean(),)
    alone = measure(model, images, "together/noise:0.5")[0]
    assert alone == measure(model, images, "change/noise")[CHANGES["noise"].strengths.index(0.5)]
    clean = measure(model, images, f"together/{NONE}")[0]
    assert measure(model, images, f"together/{both.text}")[0] < alone < clean


def test_results_of_the_newest_combinations_are_kept(images, tmp_path) -> None:
    path = results_path(tmp_path, run_id="a-run", version="1", images=images)
    many = {f"together/shift:{number / 100:g}": (number / 1_000,) for number in range(1, 301)}
    write_results(path, {"mnist_c/fog": (0.5,)} | many)
    kept = read_results(path)
    assert kept == {"mnist_c/fog": (0.5,)} | dict(list(many.items())[-200:])
    for name in ("together/shift", "together/noise:0.2,rotation:15", "together/rotation:015", "together/"):
        write_results(path, {name: (0.5,)})
        assert read_results(path) == {}
    path.write_text('{"together/shift:1": [2]}', encoding="utf-8")
    assert read_results(path) == {}
