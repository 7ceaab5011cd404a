"""What somebody makes of a run: three answers in one text, whatever was typed."""

from hypothesis import given
from hypothesis import strategies as st

from core.runs.reflection import HEADINGS, Reflection
from core.runs.remarks import tidy_text

TYPED = st.lists(st.sampled_from(["", " ", "a", "  b", "1. c", *HEADINGS]), max_size=5).map("\n".join)


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.strip().splitlines()]


def test_it_reads_well_as_it_is_kept() -> None:
    said = Reflection("95%", "94%,\nand slowly", "The rate")
    assert said.text == ("What I expected\n95%\n\nWhat happened\n94%,\nand slowly\n\nWhat I would change\nThe rate")
    assert Reflection.of(said.text) == said


def test_a_text_without_headings_is_what_happened() -> None:
    assert Reflection.of("It was wider than I thought.") == Reflection(happened="It was wider than I thought.")
    assert Reflection.of("") == Reflection()
    assert Reflection().text == ""
    assert Reflection(change="  \n ").answers == ()


@given(TYPED, TYPED, TYPED)
def test_answers_come_back_from_what_is_kept(expected: str, happened: str, change: str) -> None:
    """Also where somebody types a heading: it stays in the answer in which it was typed."""
    said = Reflection(expected, happened, change)
    kept = Reflection.of(tidy_text(said.text))
    assert list(map(lines_of, (kept.expected, kept.happened, kept.change))) == list(
        map(lines_of, (expected, happened, change))
    )
    assert Reflection.of(tidy_text(kept.text)) == kept
