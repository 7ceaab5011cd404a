"""Names of classes: what may be one, and classes of different sources told apart by them."""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from core.data.dataset import ImageDataset
from core.errors import DataError

MOST_CLASSES = 100
_MOST_NAMED = 3
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {
    written: str(digit)
    for digit, word in enumerate(_WORDS)
    for written in (word, f"{word}es" if word in ("zero", "six") else f"{word}s", f"{digit}s")
} | {"zeros": "0"}
# Without accents; words that are written in two ways have both. All names of a set must be of one language.
_OTHER_WORDS = (
    "null eins zwei drei vier funf/fuenf sechs sieben acht neun",
    "zero un/une deux trois quatre cinq six sept huit neuf",
    "cero uno/un dos tres cuatro cinco seis siete ocho nueve",
    "zero uno due tre quattro cinque sei sette otto nove",
    "zero um/uma dois/duas tres quatro cinco seis sete oito nove",
    "nul een twee drie vier vijf zes zeven acht negen",
    "zero jeden dwa trzy cztery piec szesc siedem osiem dziewiec",
    "sifir bir iki uc dort bes alti yedi sekiz dokuz",
    "ноль/нуль один два три четыре пять шесть семь восемь девять",
    "零/〇 一 二 三 四 五 六 七 八 九",
)
_LANGUAGES = tuple(
    {written: str(digit) for digit, word in enumerate(words.split()) for written in word.split("/")}
    for words in _OTHER_WORDS
)
_FILLERS = ("", "-", "digit", "digits", "class", "label", "number")
_BETWEEN_WORDS = re.compile(r"[\s_:.=()]+|(?<=\w)-+(?=\w)")
_JOINED = re.compile(r"(digits?|class|label|number)(\d+)")


def checked_class_names(names: Sequence[str]) -> tuple[str, ...]:
    """Class names on one line each, 40 characters at most.

    Raises
    ------
    DataError
        If there are fewer than two or too many, or two are the same.
    """
    tidy = tuple(
        " ".join("".join(letter for letter in name if letter.isprintable()).split())[:40].strip() for name in names
    )
    if len(tidy) == 1 and len(_plain(tidy[0])) > 1:
        # A single folder of pictures is hardly ever a class, unless it is called as a digit or a letter is.
        raise DataError(f"It holds only one class; there must be 2 to {MOST_CLASSES}.")
    if not 1 <= len(tidy) <= MOST_CLASSES:
        raise DataError(f"It holds {len(tidy)} classes; there must be 2 to {MOST_CLASSES}.")
    for index, name in enumerate(tidy):
        if not name:
            raise DataError(f"The name of class {index} cannot be shown.")
        if name in tidy[:index]:
            raise DataError(f"Two classes have the same name: “{name}”.")
    return tidy


def with_class_names(dataset: ImageDataset, class_names: tuple[str, ...]) -> ImageDataset:
    """The same images with labels that count the classes in the order of a run.

    The dataset may lack classes of the run. Names that differ only in writing are the same: ``Zero``, ``zero``, ``0``
    and ``digit 0``.

    Parameters
    ----------
    class_names
        K names, in the label order of the run.

    Raises
    ------
    DataError
        If the dataset has images of classes that the run has not.
    """
    if dataset.class_names == class_names:
        return dataset
    if len(set(class_names)) < len(class_names) or len(set(dataset.class_names)) < len(dataset.class_names):
        raise DataError(f"The classes of {dataset.name} are not those of the run: a name occurs twice.")
    if unknown := _unknown(dataset.class_names, class_names):
        raise DataError(
            f"The classes of {dataset.name} are not those of the run: only {dataset.name} has {_listed(unknown)}; "
            f"the run has {_listed(class_names)}."
        )
    places = _places(dataset.class_names, class_names)
    labels = np.array(places, dtype=np.int64)[dataset.labels]
    return replace(dataset, labels=labels, class_names=class_names)


def can_be_told_apart(names: Sequence[str], class_names: Sequence[str]) -> bool:
    """Whether a run with these class names knows every class of a dataset."""
    return None not in _places(names, class_names)


def places_in_order(names: Sequence[str], class_names: Sequence[str]) -> tuple[int, ...] | None:
    """The place of each class of a dataset among those of a run, where both have the same ones; None where not.

    Names that differ only in writing are the same, as for :func:`with_class_names`.
    """
    places = [place for place in _places(names, class_names) if place is not None]
    return tuple(places) if len(set(places)) == len(names) == len(class_names) else None


def require_order(names: Sequence[str], class_names: Sequence[str], dataset: str) -> None:
    """Make sure that the labels of a dataset count the classes of a run that says that it learned from it.

    Parameters
    ----------
    names, class_names
        Of the dataset and of the run, in label order.
    dataset
        What configs call the dataset.

    Raises
    ------
    DataError
        If they are other classes, or in another order.
    """
    places = places_in_order(names, class_names)
    if tuple(names) == tuple(class_names) or places == tuple(range(len(names))):
        return
    if places is not None:
        raise DataError(
            f"This network lists the classes of {dataset} in a different order: export its model file and import that "
            "file to put them in order."
        )
    only_there, only_here = _unknown(class_names, names), _unknown(names, class_names)
    differences = [f"only the network has {_listed(only_there)}"] if only_there else []
    differences += [f"only {dataset} has {_listed(only_here)}"] if only_here else []
    raise DataError(
        f"The classes of this network do not match those of {dataset}, which it names as its dataset: "
        f"{' and '.join(differences) or 'two of them have the same name'}."
    )


def as_digits(names: Sequence[str]) -> tuple[str, ...] | None:
    """``0 … 9`` for classes that are called ``zero``, ``digit 1`` and the like; None unless all are and none twice.

    Words may be those of another language if all are.
    """
    digits = tuple(_plain(name) for name in names)
    unaccented = [_unaccented(name) for name in digits]
    for words in _LANGUAGES:
        if all(name in words or name in words.values() for name in unaccented):
            digits = tuple(words.get(name, name) for name in unaccented)
    are_digits = all(name in _DIGITS.values() for name in digits) and len(set(digits)) == len(digits)
    return digits if are_digits else None


def _places(names: Sequence[str], class_names: Sequence[str]) -> list[int | None]:
    """The place of each name among the classes of a run, by its very name first; None where it has none."""
    counts = Counter(map(_plain, class_names))
    # Classes that differ only in writing, as A and a do, are told apart by their very names alone.
    plain = {_plain(name): place for place, name in enumerate(class_names) if counts[_plain(name)] == 1}
    exact = {name: place for place, name in enumerate(class_names)}
    return [exact.get(name, plain.get(_plain(name))) for name in names]


def _unknown(names: Sequence[str], class_names: Sequence[str]) -> list[str]:
    return [name for name, place in zip(names, _places(names, class_names), strict=True) if place is None]


def _plain(name: str) -> str:
    """A name without what people write differently: ``Digit_3``, ``Three`` and ``03`` are ``3``."""
    parted = _JOINED.sub(r"\1 \2", _in_ascii_digits(name).casefold())
    words = [_DIGITS.get(word, word) for word in _BETWEEN_WORDS.split(parted) if word not in _FILLERS]
    numbers = [word.lstrip("0") or "0" if word.isascii() and word.isdigit() else word for word in words]
    # “3 - three” says the same twice.
    return " ".join(dict.fromkeys(numbers)) or name.casefold()


def _in_ascii_digits(name: str) -> str:
    """Digits of any script as 0 to 9."""
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in name)


def _unaccented(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name.replace("ł", "l").replace("ı", "i"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(list(names)[:_MOST_NAMED])
    return f"{shown} and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else shown
