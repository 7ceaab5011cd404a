"""What several networks read, counted, and in a sentence."""

import pytest

from core.analysis.agreement import agreement_sentence, votes


def test_most_often_first_and_equals_by_name() -> None:
    assert votes(["4", "9", "4", "1"]) == [("4", 2), ("1", 1), ("9", 1)]
    assert votes([]) == []


@pytest.mark.parametrize(
    ("counted", "sentence"),
    [
        ([], ""),
        ([("a 7", 1)], "The only run here reads a 7."),
        ([("a 7", 12)], "All 12 runs here read a 7."),
        ([("a 7", 9), ("a 1", 1)], "Of the 10 runs here, 9 read a 7, 1 reads a 1."),
    ],
)
def test_the_sentence_says_who_disagrees(counted: list[tuple[str, int]], sentence: str) -> None:
    assert agreement_sentence(counted) == sentence
