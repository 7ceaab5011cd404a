"""Corrections of labels as text: what a training run learned instead of what was published.

``12:5:3,45:9:x`` reads: image 12, published as class 5, is learned as class 3; image 45, published as 9, is left out.
Images count as in the published file, classes from 0.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

EXCLUDED = "x"
"""In place of a class: the image is left out."""
MOST_CORRECTIONS = 500
"""In one config: all of them are in its JSON and in links that share it."""
_ONE = re.compile(rf"([0-9]{{1,7}}):([0-9]{{1,3}}):([0-9]{{1,3}}|{EXCLUDED})")


@dataclass(frozen=True, order=True)
class Correction:
    """What is learned of one image.

    Parameters
    ----------
    index
        Its place in the published training file, from 0.
    published
        The class that it was published as: another dataset is told by it.
    label
        The class that it is learned as, whatever label noise makes of it; None where it is left out.
    """

    index: int
    published: int
    label: int | None

    def __str__(self) -> str:
        return f"{self.index}:{self.published}:{EXCLUDED if self.label is None else self.label}"


def read_corrections(text: str) -> tuple[Correction, ...]:
    """The corrections that a text names, by index.

    Raises
    ------
    ValueError
        If it is none, or names an image twice or more than ``MOST_CORRECTIONS``.
    """
    parts = [part.strip() for part in text.strip().removesuffix(",").split(",")] if text.strip() else []
    found = tuple(sorted((_read_one(part) for part in parts), key=lambda correction: correction.index))
    if len(found) > MOST_CORRECTIONS or len({correction.index for correction in found}) < len(found):
        raise ValueError("not corrections")
    return found


def corrections_text(corrections: Iterable[Correction]) -> str:
    """The canonical text of corrections, by index."""
    return ",".join(map(str, sorted(corrections, key=lambda correction: correction.index)))


def corrections_words(text: str) -> str:
    """How many there are, for people: ``12 relabelled, 1 left out``."""
    corrections = read_corrections(text)
    left_out = sum(correction.label is None for correction in corrections)
    confirmed = sum(correction.label == correction.published for correction in corrections)
    counts = {"relabelled": len(corrections) - left_out - confirmed, "confirmed": confirmed, "left out": left_out}
    return ", ".join(f"{count:,} {words}" for words, count in counts.items() if count)


def _read_one(part: str) -> Correction:
    match = _ONE.fullmatch(part)
    if match is None:
        raise ValueError("not a correction")
    return Correction(int(match[1]), int(match[2]), None if match[3] == EXCLUDED else int(match[3]))
