"""Nicknames: what somebody is called in a class, as they typed it, as far as it can be shown."""

import unicodedata

from core.errors import RunError
from core.runs.names import tidy

LONGEST_NICKNAME = 24
_MOST_MARKS = 2
"""Accents on one letter: more of them reach into the lines above and below."""


def tidy_nickname(text: str) -> str:
    """One line of at most 24 characters, without what cannot be seen: no control has a name read backwards.

    Raises
    ------
    RunError
        If nothing is left, or too much.
    """
    name = tidy(_with_few_marks(unicodedata.normalize("NFC", tidy(text[: 100 * LONGEST_NICKNAME]))))
    if not any(unicodedata.category(letter)[0] in "LNSP" for letter in name):
        raise RunError("A nickname needs at least one character that can be seen.")
    if len(name) > LONGEST_NICKNAME:
        raise RunError(f"A nickname has at most {LONGEST_NICKNAME} characters, not {len(name)}: shorten it.")
    return name


def folded(nickname: str) -> str:
    """What two nicknames share that people cannot tell apart at a glance: case, width and form of letters."""
    return " ".join(unicodedata.normalize("NFKC", nickname).casefold().split())


def _with_few_marks(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            kept.append(letter)
    return "".join(kept)
