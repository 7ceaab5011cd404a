import numpy as np
import pytest

from core.data.class_names import (
    MOST_CLASSES,
    as_digits,
    can_be_told_apart,
    checked_class_names,
    places_in_order,
    require_order,
    with_class_names,
)
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
        (("a", "b"), ("a", "c"), "only letters has b; the run has a, c."),
        (("a", "b", "c"), ("a", "b"), "only letters has c; the run has a, b."),
        (("-1", "10"), DIGIT_NAMES, "only letters has -1, 10; the run has 0, 1, 2 and 7 more."),
        (("Aa",), ("AA", "aA"), "only letters has Aa; the run has AA, aA."),
        (WORDS, tuple("abc"), "only letters has zero, one, two and 7 more; the run has a, b, c."),
        (("a", "a", "b"), ("a", "b", "a"), "a name occurs twice."),
        (("a", "a", "b"), ("a", "b"), "a name occurs twice."),
    ],
)
def test_names_that_differ_are_refused(names: tuple[str, ...], wanted: tuple[str, ...], rest: str) -> None:
    with pytest.raises(DataError) as refused:
        with_class_names(dataset(*names), wanted)
    assert str(refused.value) == f"The classes of letters are not those of the run: {rest}"


@pytest.mark.parametrize(
    ("names", "classes", "places", "rest"),
    [
        (("a", "b", "c"), ("c", "a", "b"), (1, 2, 0), "lists the classes of letters in a different order"),
        (("0", "1"), ("one", "zero"), (1, 0), "lists the classes of letters in a different order"),
        (("a", "b"), ("a", "b", "c"), None, "dataset: only the network has c."),
        (("a", "b", "c"), ("a", "b"), None, "dataset: only letters has c."),
        (("a", "b"), ("a", "x"), None, "dataset: only the network has x and only letters has b."),
        (("3", "4"), ("three", "3"), None, "dataset: only letters has 4."),
        (("a", "a", "b"), ("a", "b", "b"), None, "dataset: two of them have the same name."),
    ],
)
def test_the_classes_of_a_network_are_those_of_its_dataset(
    names: tuple[str, ...], classes: tuple[str, ...], places: tuple[int, ...] | None, rest: str
) -> None:
    require_order(names, names, "letters")
    assert places_in_order(names, classes) == places
    with pytest.raises(DataError) as refused:
        require_order(names, classes, "letters")
    assert rest in str(refused.value)


def test_names_that_differ_only_in_writing_are_in_order() -> None:
    require_order(("0", "1", "two"), ("Zero", "one", "digit 2"), "letters")


@pytest.mark.parametrize(
    ("name", "digit"),
    [
        ("Zero", "0"),
        ("three", "3"),
        ("digit_7", "7"),
        ("Class 4", "4"),
        ("09", "9"),
        ("3 - three", "3"),
        ("5-five", "5"),
    ],
)
def test_what_people_call_a_digit(name: str, digit: str) -> None:
    mapped = with_class_names(dataset(name), DIGIT_NAMES)
    assert {mapped.class_names[label] for label in mapped.labels} == {digit}
    assert can_be_told_apart([name], DIGIT_NAMES)
    assert with_class_names(dataset(digit), (name, "another")).labels.max() == 0


def test_a_dataset_may_lack_classes_of_the_run() -> None:
    mapped = with_class_names(dataset("2", "9"), DIGIT_NAMES)
    assert set(mapped.labels.tolist()) == {2, 9}


def test_classes_that_differ_only_in_writing_keep_their_very_names() -> None:
    mapped = with_class_names(dataset("a", "A"), ("A", "a", "b"))
    assert mapped.labels[:2].tolist() == [1, 0]


def test_words_for_digits() -> None:
    assert as_digits(WORDS) == DIGIT_NAMES
    assert as_digits(("eight", "two")) == ("8", "2")
    for names in (
        ("zero", "0"),
        ("zero", "oh"),
        ("10", "one"),
        ("3", "٣"),
        ("0", "²"),
        ("fuego", "uno"),
        ("null", "un"),
    ):
        assert as_digits(names) is None


@pytest.mark.parametrize(
    "names",
    [
        "٠ ١ ٢ ٣ ٤ ٥ ٦ ٧ ٨ ٩",
        "０ １ ２ ３ ４ ５ ６ ７ ８ ９",
        "Digit0 Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9",
        "label=0 label=1 label=2 label=3 label=4 label=5 label=6 label=7 label=8 label=9",
        "0s 1s 2s 3s 4s 5s 6s 7s 8s 9s",
        "zeros ones twos threes fours fives sixes sevens eights nines",
        "zero(0) one(1) two(2) three(3) four(4) five(5) six(6) seven(7) eight(8) nine(9)",
        "Null Eins Zwei Drei Vier Fünf Sechs Sieben Acht Neun",
        "zéro un deux trois quatre cinq six sept huit neuf",
        "零 一 二 三 四 五 六 七 八 九",
    ],
)
def test_digits_as_people_write_them(names: str) -> None:
    assert as_digits(names.split()) == DIGIT_NAMES
    assert as_digits(names.split()[:1:-1]) == DIGIT_NAMES[:1:-1]


def test_names_are_brought_onto_one_line_each() -> None:
    assert checked_class_names(["long-necked\n swan", " bar ", "x" * 50]) == ("long-necked swan", "bar", "x" * 40)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["pictures"], "only one class; there must be 2 to 100"),
        (list(map(str, range(MOST_CLASSES + 1))), "101 classes"),
        (["a", "\u200b"], "The name of class 1 cannot be shown"),
        (["a", "b", " a"], "the same name: “a”"),
    ],
)
def test_names_that_cannot_be_told_apart_or_shown_are_refused(names: list[str], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        checked_class_names(names)
