import math
import re

import numpy as np
import pytest

from core.analysis.verdict import CONFIDENCE_NEEDED, Verdict, judge, named, verdict_sentence
from core.data.dataset import DIGIT_NAMES


def probabilities(**shares: float) -> np.ndarray:
    values = np.zeros(10, np.float32)
    for name, share in shares.items():
        values[int(name[1:])] = share
    return values


@pytest.mark.parametrize(
    ("confidence", "has_ink", "is_strange", "verdict"),
    [
        (1.0, False, False, Verdict.NO_INK),
        (1.0, False, True, Verdict.NO_INK),
        (1.0, True, False, Verdict.DIGIT),
        (CONFIDENCE_NEEDED, True, False, Verdict.DIGIT),
        (CONFIDENCE_NEEDED - 0.001, True, False, Verdict.UNSURE),
        (math.nan, True, False, Verdict.UNSURE),
        (1.0, True, True, Verdict.NOT_A_DIGIT),
        (0.1, True, True, Verdict.NOT_A_DIGIT),
    ],
)
def test_the_verdict(confidence: float, has_ink: bool, is_strange: bool, verdict: Verdict) -> None:
    assert judge(confidence, has_ink, is_strange=is_strange) is verdict


def test_several_digits_come_before_one_that_is_strange() -> None:
    assert judge(1.0, has_strokes=True, is_several=True, is_strange=True) is Verdict.SEVERAL_DIGITS


def test_verdicts_are_the_words_that_scripts_see() -> None:
    assert [str(verdict) for verdict in Verdict] == ["no_ink", "unsure", "digit", "several_digits", "not_a_digit"]


def test_the_sentence_names_the_digit_or_both_candidates() -> None:
    sure = probabilities(d3=0.97, d5=0.03)
    torn = probabilities(d4=0.55, d9=0.40, d1=0.05)
    assert verdict_sentence(Verdict.DIGIT, sure, DIGIT_NAMES) == "The network reads a **3**: 97%."
    assert verdict_sentence(Verdict.UNSURE, torn, DIGIT_NAMES) == (
        "The network is **unsure**: a **4** at 55%, or a **9** at 40%."
    )
    assert "Nothing to read" in verdict_sentence(Verdict.NO_INK, sure, DIGIT_NAMES)
    strange = verdict_sentence(Verdict.NOT_A_DIGIT, sure, DIGIT_NAMES)
    assert "not look like a digit" in strange
    assert strange.endswith("the network reads a **3**: 97%.")
    assert "digit" not in verdict_sentence(Verdict.NOT_A_DIGIT, sure, tuple("ABCDEFGHIJ"))
    assert "one filled patch" in verdict_sentence(Verdict.NO_INK, sure, DIGIT_NAMES, is_spot=True)


def test_the_threshold_keeps_what_its_docstring_says() -> None:
    """The figures in the docstring are those of the demo run's test predictions."""
    from pathlib import Path

    from safetensors.numpy import load_file

    from core.data.mnist import load_mnist

    demo = Path(__file__).parents[3] / "demo" / "predictions.safetensors"
    found = load_file(demo)["probabilities"]
    correct = found.argmax(axis=1) == load_mnist("test").labels
    kept = found.max(axis=1) >= CONFIDENCE_NEEDED
    assert 0.01 < (~kept).mean() < 0.05
    assert correct[kept].mean() > 0.985
    assert (~correct & ~kept).sum() > 0.4 * (~correct).sum()


@pytest.mark.parametrize("verdict", [Verdict.DIGIT, Verdict.UNSURE])
def test_of_equal_probabilities_the_sentence_names_the_class_that_argmax_does(verdict: Verdict) -> None:
    tie = probabilities(d2=0.3, d4=0.3, d7=0.3, d9=0.1)
    sentence = verdict_sentence(verdict, tie, DIGIT_NAMES)
    assert re.findall(r"\*\*(\d)\*\*", sentence) == ["2", "4"][: 1 + (verdict is Verdict.UNSURE)]
    assert int(tie.argmax()) == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [("3", "a **3**"), ("8", "an **8**"), ("E", "an **E**"), ("b", "a **b**"), ("T-shirt/top", "**T-shirt/top**")],
)
def test_classes_are_named_as_in_speech(name: str, words: str) -> None:
    assert named(name) == words
