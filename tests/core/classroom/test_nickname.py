import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.classroom.nickname import LONGEST_NICKNAME, folded, tidy_nickname
from core.errors import RunError


@pytest.mark.parametrize(
    "typed", ["Mia", "**b**", "<b>x</b>", "$a^2$", ":smile:", ":red[x]", "[x](http://y)", "مريم", "李", "🦊 Zoë", "a_b"]
)
def test_a_nickname_is_kept_as_it_was_typed(typed: str) -> None:
    assert tidy_nickname(typed) == typed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Mia \n Maus ", "Mia Maus"),
        ("\u202eaiM\u202c", "aiM"),
        ("\u2066Mia\u2069\u200b", "Mia"),
        ("e" + "\u0301" * 30 + "!", "é\u0301\u0301!"),
        ("Mia\x00\x1b[31m", "Mia[31m"),
    ],
)
def test_what_cannot_be_seen_is_left_out(typed: str, kept: str) -> None:
    assert tidy_nickname(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "\u202e", "\u0301", "x" * (LONGEST_NICKNAME + 1), "x" * 10**6])
def test_too_little_or_too_much_is_refused(typed: str) -> None:
    with pytest.raises(RunError):
        tidy_nickname(typed)


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_what_is_kept_is_short_and_stays_as_it_is(typed: str) -> None:
    try:
        kept = tidy_nickname(typed)
    except RunError:
        return
    assert 1 <= len(kept) <= LONGEST_NICKNAME
    assert kept.isprintable()
    assert tidy_nickname(kept) == kept


def test_what_looks_the_same_is_the_same() -> None:
    assert folded("Mia") == folded("MIA") == folded("Ｍｉａ")
    assert folded("Mia") != folded("Mio")
