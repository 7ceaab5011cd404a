import numpy as np
import pytest

from core.data.class_names import MOST_CLASSES, checked_class_names, with_class_names
from core.data.dataset import DIGIT_NAMES, ImageDataset
from core.errors import DataError

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def dataset(*names: str) -> ImageDataset:
    labels = np.arange(30) % len(names)
    return ImageDataset("letters", np.zeros((30, 28, 28), np.uint8), labels, names)


def test_the_same_names_in_another_order_are_mapped() -> None:
    given = dataset("b", "c", "a")
    mapped = with_class_names(given, ("a", "b", "c"))
    assert mapped.class_names == ("a", "b", "c")
    before = [given.class_names[label] for label in given.labels]
    assert [mapped.class_names[label] for label in mapped.labels] == before
    assert mapped.images is given.images
    assert mapped.file_indices is given.file_indices


def test_the_same_names_in_the_same_order_are_left_alone() -> None:
    given = dataset("a", "a", "b")
    assert with_class_names(given, ("a", "a", "b")) is given


@pytest.mark.parametrize(
    ("names", "wanted", "rest"),
    [
        (("a", "b"), ("a", "c"), "only letters has b, only the run has c."),
        (("a", "b"), ("a", "b", "c"), "only the run has c."),
        (("a", "b", "c"), ("a", "b"), "only letters has c."),
        (("A", "b"), ("a", "b"), "only letters has A, only the run has a."),
        (WORDS, DIGIT_NAMES, "only letters has zero, one, two and 7 more, only the run has 0, 1, 2 and 7 more."),
        (("a", "a", "b"), ("a", "b", "a"), "a name occurs twice."),
        (("a", "a", "b"), ("a", "b"), "a name occurs twice."),
    ],
)
def test_names_that_differ_are_refused(names: tuple[str, ...], wanted: tuple[str, ...], rest: str) -> None:
    with pytest.raises(DataError) as refused:
        with_class_names(dataset(*names), wanted)
    assert str(refused.value) == f"The classes of letters are not those of the run: {rest}"


def test_names_are_brought_onto_one_line_each() -> None:
    assert checked_class_names(["long-necked\n swan", " bar ", "x" * 50]) == ("long-necked swan", "bar", "x" * 40)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["one"], "only one class; there must be from 2 to 100"),
        (list(map(str, range(MOST_CLASSES + 1))), "101 classes"),
        (["a", "\u200b"], "Class 1 has no name"),
        (["a", "b", " a"], "the same name: “a”"),
    ],
)
def test_names_that_cannot_be_told_apart_or_shown_are_refused(names: list[str], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        checked_class_names(names)
