"""Labels of any kind → classes: digits, numbers with gaps or from 1, letters, words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.class_names import MOST_CLASSES, as_digits, checked_class_names
from core.data.dataset import DIGIT_NAMES
from core.data.importing.csv_rows import Labels
from core.errors import DataError

_STRAY_SHARE = 0.08
"""Eleven equally common classes have 9% each: labels beyond the digits that are rarer are mistakes."""
_WAY_OUT = "give class names (on the command line --class-names A,B,…) in the order of the labels"


@dataclass(frozen=True, eq=False)
class Classes:
    """Which class each label means.

    Parameters
    ----------
    names
        K names, in label order.
    numbers
        Position among the names, by the label in the file.
    notes
        Sentences for the report.
    """

    names: tuple[str, ...]
    numbers: Mapping[Any, int]
    notes: tuple[str, ...] = ()

    def of(self, labels: Labels) -> NDArray[np.int64]:
        """Labels of a file as positions among the names; int64, shape ``(N,)``."""
        values, places = np.unique(labels, return_inverse=True)
        return np.array([self.numbers[_plain(value)] for value in values], np.int64)[places]


def classes_of(labels: Sequence[tuple[str, Labels]], class_names: Sequence[str] = ()) -> Classes:
    """Find the classes that labels of some files mean together.

    Parameters
    ----------
    labels
        The names of files, and what is in them.
    class_names
        In label order, if the user gave any.

    Raises
    ------
    DataError
        If they are too many, do not fit the class names, or some seem to be mistakes; the sentence names one.
    """
    counts = _counts(piece for _, piece in labels)
    if len(counts) > MOST_CLASSES:
        raise DataError(
            f"{labels[0][0]} has {len(counts):,} different labels; at most {MOST_CLASSES} are classes. Is the "
            "label in another column?"
        )
    if class_names:
        return _named(labels, counts, checked_class_names(class_names))
    digits = {value: int(value) for value in counts if str(value) in DIGIT_NAMES}
    if len(digits) == len(counts):
        return Classes(DIGIT_NAMES, digits)
    if numbers := _digits_of_each([piece for _, piece in labels]):
        words = {str(value): str(number) for value, number in numbers.items() if str(value) not in DIGIT_NAMES}
        note = f"The classes {', '.join(words)} are called {', '.join(words.values())}."
        return Classes(DIGIT_NAMES, numbers, (note,))
    _refuse_strays(labels, counts, digits)
    values = _in_order(counts)
    names = tuple(str(value) for value in values)
    listed = f"{names[0]}, {names[1]} … {names[-1]}" if len(names) > 3 else ", ".join(names)
    note = f"The labels are not digits: the {len(names)} classes are called {listed}. To name them, {_WAY_OUT}."
    if all(isinstance(value, str) for value in values):
        note = f"The labels are words: the {len(names)} classes are called {listed}."
    if values[0] == 1 and values[-1] == 10:
        note = (
            "The labels go from 1 to 10, and serve as class names. If 10 stands for 0, give the class names "
            "1,2,3,4,5,6,7,8,9,0; if 1 stands for 0, give 0,1,2,3,4,5,6,7,8,9."
        )
    return Classes(names, {value: place for place, value in enumerate(values)}, (note,))


def _named(labels: Sequence[tuple[str, Labels]], counts: Mapping[Any, int], names: tuple[str, ...]) -> Classes:
    """Labels that count the names from 0 or from 1, are those names, or are as many."""
    values = _in_order(counts)
    if all(isinstance(value, int) and value < len(names) for value in values):
        return Classes(names, {value: value for value in values})
    if all(isinstance(value, int) and 1 <= value <= len(names) for value in values):
        note = f"The labels count from 1: 1 is “{names[0]}”, {len(names)} is “{names[-1]}”."
        return Classes(names, {value: value - 1 for value in values}, (note,))
    if all(str(value) in names for value in values):
        return Classes(names, {value: names.index(str(value)) for value in values})
    if len(values) == len(names):
        note = f"The labels have gaps: {values[0]} is “{names[0]}”, {values[-1]} is “{names[-1]}”."
        return Classes(names, {value: place for place, value in enumerate(values)}, (note,))
    last = values[-1]
    file, place = _where(labels, last)
    raise DataError(
        f"Image {place:,} of {file} has the label {last}; with {len(names)} class names labels go from 0 to "
        f"{len(names) - 1}, and there are {len(values)} different labels: give as many class names."
    )


def _digits_of_each(pieces: Sequence[Labels]) -> dict[Any, int]:
    """The digit of each label, where those of every file are digits in its own writing: words, or numbers; else empty.

    There may be ``0 … 9`` to train on and ``zero … nine`` to test on.
    """
    numbers: dict[Any, int] = {}
    for piece in pieces:
        values = [_plain(value) for value in np.unique(piece)]
        digits = as_digits([str(value) for value in values])
        if digits is None:
            return {}
        numbers |= {value: int(digit) for value, digit in zip(values, digits, strict=True)}
    return numbers


def _refuse_strays(labels: Sequence[tuple[str, Labels]], counts: Mapping[Any, int], digits: Mapping[Any, int]) -> None:
    total = sum(counts.values())
    strays = [value for value in counts if value not in digits]
    if digits and sum(counts[value] for value in strays) < _STRAY_SHARE * total:
        file, place = _where(labels, strays[0])
        raise DataError(
            f"Image {place:,} of {file} has the label {strays[0]}, while nearly all others are digits from 0 to 9: "
            f"correct it, or {_WAY_OUT}."
        )


def _counts(pieces: Any) -> dict[Any, int]:
    counts: dict[Any, int] = {}
    for piece in pieces:
        for value, count in zip(*np.unique(piece, return_counts=True), strict=True):
            counts[_plain(value)] = counts.get(_plain(value), 0) + int(count)
    return counts


def _where(labels: Sequence[tuple[str, Labels]], value: Any) -> tuple[str, int]:
    """The file that holds a label, and the place of the first one there, counted from 1."""
    for file, piece in labels:
        place = next((place for place, label in enumerate(piece, 1) if _plain(label) == value), None)
        if place is not None:
            return file, place
    raise AssertionError(value)


def _in_order(values: Mapping[Any, int]) -> list[Any]:
    """Numbers by size, before words by the alphabet."""
    return sorted(
        values, key=lambda value: (isinstance(value, str), value if isinstance(value, int) else 0, str(value))
    )


def _plain(value: Any) -> int | str:
    """A label as Python's number, also where it is written among words; else as text."""
    if isinstance(value, int | np.integer):
        return int(value)
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
