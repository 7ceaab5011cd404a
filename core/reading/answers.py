"""What a network makes of many images."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.analysis.verdict import Verdict, judge
from core.data.dataset import DIGIT_NAMES
from core.drawings.numbers import NumberDigit
from core.reading.reader import Reader
from core.reading.sources import Found, Read, Remark, Unreadable

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, eq=False)
class DigitAnswer:
    """One digit of a number, and what the network makes of it alone.

    Parameters
    ----------
    box
        Left, top, right and bottom, in pixels of the picture as it was read.
    probabilities
        float32, shape ``(K,)``.
    """

    box: tuple[int, int, int, int]
    probabilities: NDArray[np.float32]
    confidence: float
    verdict: Verdict

    @property
    def label(self) -> int:
        """The class with the highest probability: of equal ones the lower."""
        return int(self.probabilities.argmax())

    def fields(self) -> dict[str, Any]:
        """What is said of it wherever programs read it, ready for JSON."""
        said = {"label": self.label, "verdict": self.verdict.value, "probabilities": self.probabilities.tolist()}
        return said | {"box": list(self.box)}


@dataclass(frozen=True, eq=False)
class Answer:
    """One image and what the network makes of it.

    Parameters
    ----------
    probabilities
        float32, shape ``(K,)``: the network’s own.
    confidence
        Calibrated probability of the most probable class, 0–1.
    verdict
        How sure the answer is.
    digits
        Where there are several, each by itself, from left to right.
    """

    found: Found
    probabilities: NDArray[np.float32]
    confidence: float
    verdict: Verdict
    digits: tuple[DigitAnswer, ...] = ()

    @property
    def most_probable(self) -> int:
        """The class with the highest probability, whatever the verdict: of equal ones the lower."""
        return int(self.probabilities.argmax())

    @property
    def label(self) -> int | None:
        """The same; None without ink."""
        return None if self.verdict is Verdict.NO_INK else self.most_probable

    def fields(self, class_names: tuple[str, ...]) -> dict[str, Any]:
        """What is said of the image wherever programs read it, ready for JSON: a row’s place in its table first.

        ``probabilities`` are the network’s own.
        """
        label = self.label
        said: dict[str, Any] = {} if self.found.row is None else {"image": self.found.row}
        said |= {"label": label, "verdict": self.verdict.value, "probabilities": self.probabilities.tolist()}
        if class_names != DIGIT_NAMES:
            said["class_name"] = None if label is None else class_names[label]
        if self.digits:
            said["digits"] = [digit.fields() for digit in self.digits]
        return said


def answers(found: Iterable[Read], reader: Reader) -> Iterator[Answer | Unreadable | Remark]:
    """The answer to each image, in order: pictures at once, the rows of a table some hundred at a time."""
    waiting: list[Found] = []
    for one in found:
        if not isinstance(one, Found):
            yield from answers_to(waiting, reader)
            waiting = []
            yield one
            continue
        waiting.append(one)
        if one.row is None or len(waiting) == _ROWS_AT_ONCE:
            yield from answers_to(waiting, reader)
            waiting = []
    yield from answers_to(waiting, reader)


def answers_to(found: Sequence[Found], reader: Reader) -> Iterator[Answer]:
    """The answers to images that go through the network together."""
    if not found:
        return
    opinion = reader.opinion(np.stack([one.image for one in found]))
    rows = zip(found, opinion.probabilities, opinion.confidence.tolist(), opinion.is_strange.tolist(), strict=True)
    for one, probabilities, confidence, is_strange in rows:
        verdict = judge(confidence, one.has_strokes, is_several=one.is_several, is_strange=is_strange)
        yield Answer(one, probabilities, confidence, verdict, answers_to_digits(one.digits, reader))


def answers_to_digits(digits: Sequence[NumberDigit], reader: Reader) -> tuple[DigitAnswer, ...]:
    """The answer to each digit of a number, in their order."""
    if not digits:
        return ()
    opinion = reader.opinion(np.stack([digit.image for digit in digits]))
    rows = zip(digits, opinion.probabilities, opinion.confidence.tolist(), opinion.is_strange.tolist(), strict=True)
    return tuple(
        DigitAnswer(digit.box, probabilities, confidence, judge(confidence, True, is_strange=is_strange))
        for digit, probabilities, confidence, is_strange in rows
    )
