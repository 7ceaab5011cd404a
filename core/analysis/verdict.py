"""The verdict on one drawing: whether the network's answer is worth saying, and in which words."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.analysis.percent import probability_percent
from core.data.dataset import DIGIT_NAMES

CONFIDENCE_NEEDED = 0.8
"""Confidence (0–1, calibrated) from which an answer is given without a doubt.

Of the demo run's 10,000 test digits 3.7% stay below it, and more than half of all errors are among them. It does not
tell a digit from a scribble: half of all random scribbles are above it too, and :mod:`core.analysis.familiarity` is
there for that.
"""


_VOWEL_SOUNDS = "8AEFHILMNORSXaefhilmnorsx"


class Verdict(StrEnum):
    """What can be said about a drawing."""

    NO_INK = "no_ink"
    UNSURE = "unsure"
    DIGIT = "digit"
    SEVERAL_DIGITS = "several_digits"
    NOT_A_DIGIT = "not_a_digit"


def judge(confidence: float, has_strokes: bool, *, is_several: bool = False, is_strange: bool = False) -> Verdict:
    """Decide whether an answer is worth saying.

    Parameters
    ----------
    confidence
        Calibrated probability of the most probable class, 0–1; not looked at without strokes.
    is_several
        Whether the ink is more than one digit: a network that knows one at a time is confident all the same.
    is_strange
        Whether it is unlike what the network has learned from, whatever its confidence.
    """
    if not has_strokes:
        return Verdict.NO_INK
    if is_several:
        return Verdict.SEVERAL_DIGITS
    if is_strange:
        return Verdict.NOT_A_DIGIT
    return Verdict.DIGIT if confidence >= CONFIDENCE_NEEDED else Verdict.UNSURE


def verdict_words(verdict: Verdict) -> str:
    """The verdict in a table: ``sure``, ``not a digit``."""
    return "sure" if verdict is Verdict.DIGIT else verdict.value.replace("_", " ")


def verdict_sentence(
    verdict: Verdict, probabilities: NDArray[np.float32], class_names: Sequence[str], *, is_spot: bool = False
) -> str:
    """The verdict as a sentence in Markdown, with the runner-up where the network is unsure.

    Parameters
    ----------
    probabilities
        shape ``(K,)``: those that the verdict rests on, calibrated where they can be.
    class_names
        In Markdown.
    is_spot
        Whether there was ink, but no stroke in it.
    """
    if verdict is Verdict.NO_INK:
        return "This is one filled patch: there are no strokes to read." if is_spot else "Nothing to read yet."
    if verdict is Verdict.SEVERAL_DIGITS:
        return "This looks like **more than one digit**, and the network reads one at a time: draw or crop one."
    # Of equal ones the lower class comes first, as in argmax.
    ranked = np.argsort(-probabilities, kind="stable")[:2]
    names = [named(class_names[label]) for label in ranked]
    chances = [probability_percent(float(probabilities[label])) for label in ranked]
    if verdict is Verdict.DIGIT:
        return f"The network reads {names[0]}: {chances[0]}."
    if verdict is Verdict.NOT_A_DIGIT:
        return f"{_unlike(class_names)} If it has to answer, the network reads {names[0]}: {chances[0]}."
    return "The network is **unsure**: " + ", or ".join(map("{} at {}".format, names, chances)) + "."


def number_sentence(digits: Sequence[tuple[str, float, Verdict]]) -> str:
    """How the digits of a number were read, in Markdown.

    Parameters
    ----------
    digits
        From left to right: the name of the class in Markdown, its calibrated probability, and the verdict on this
        digit alone.
    """
    doubts = {Verdict.UNSURE: ", unsure", Verdict.NOT_A_DIGIT: ", unlike any digit"}
    said = [f"**{name}** ({probability_percent(chance)}{doubts.get(verdict, '')})" for name, chance, verdict in digits]
    return f"This is **more than one digit**, read one by one from left to right: {', '.join(said)}."


def _unlike(class_names: Sequence[str]) -> str:
    if tuple(class_names) == DIGIT_NAMES:
        return "This does **not look like a digit**: it is unlike all that the network has learned from."
    return "This is **unlike all** that the network has learned from."


def named(class_name: str) -> str:
    """A class, its name in Markdown, in a sentence: ``a **3**``, ``an **E**``, ``**T-shirt**``."""
    if len(class_name) != 1 or not class_name.isalnum():
        return f"**{class_name}**"
    return f"{'an' if class_name in _VOWEL_SOUNDS else 'a'} **{class_name}**"
