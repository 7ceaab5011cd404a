"""Labels in the names of files: ``7_123.png``, ``img_00012_7.png``, ``digit-7 (2).jpg``, ``seven1.png``."""

import re
from collections.abc import Sequence

from core.data.class_names import MOST_CLASSES

_DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_PATTERNS = (
    # “label7”, “class_7”, “digit-7” anywhere.
    re.compile(r"(?:^|.*[_\-. (])(?:label|class|digit|is|true)[_\-. =]?(\d{1,2}|[a-z])(?![a-z0-9]).*", re.IGNORECASE),
    # A digit or its word before whatever tells the files apart.
    re.compile(rf"(\d|{'|'.join(_DIGIT_WORDS)})(?:[^0-9a-z].*|[a-z]|[_\-. (].*|\d*)?", re.IGNORECASE),
    # A letter or a word, then a number.
    re.compile(r"([a-z]{1,20})[_\-. (]?\(?\d+\)?", re.IGNORECASE),
    # One at the end: the number of the image, then its label.
    re.compile(rf".*[_\-. (=](\d|{'|'.join(_DIGIT_WORDS)})\)?", re.IGNORECASE),
)


def labels_of_names(stems: Sequence[str]) -> list[str] | None:
    """The label of each file by its name without ending; None where they follow no pattern with several labels."""
    for pattern in _PATTERNS:
        found = [pattern.fullmatch(stem) for stem in stems]
        if all(found):
            labels = [_plain(match[1]) for match in found if match]
            if 2 <= len(set(labels)) <= MOST_CLASSES and not _counts(stems, labels):
                return labels
    return None


def _plain(label: str) -> str:
    """A digit for its word."""
    word = label.lower()
    return str(_DIGIT_WORDS.index(word)) if word in _DIGIT_WORDS else label


def _counts(stems: Sequence[str], labels: Sequence[str]) -> bool:
    """Whether the labels only number the files: ``img_1``, ``img_2``, or ``1``, ``2`` … ``10``."""
    rest = {re.sub(r"\d", "", stem) for stem in stems}
    is_running = any(stem.isdigit() and len(stem) > 1 for stem in stems)
    ends_alike = len({re.sub(r"\d+\D*$", "", stem) for stem in stems}) == 1 and not stems[0][:1].isdigit()
    return is_running or (ends_alike and len(rest) == 1 and len(set(labels)) == len(labels))
