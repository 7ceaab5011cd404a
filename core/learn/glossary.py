"""The words of the trade, each in a sentence or two."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("glossary.md")


@dataclass(frozen=True)
class Word:
    """A term, what it means, and the page that shows it, as ``page?name=value&…``."""

    term: str
    meaning: str
    shown_at: str


def read_glossary(text: str) -> tuple[Word, ...]:
    """Words from lines of the form ``term | page | meaning``; lines without two bars are left out."""
    rows = [[part.strip() for part in line.split("|", 2)] for line in text.splitlines()]
    return tuple(Word(row[0], row[2], row[1]) for row in rows if len(row) == 3)


def search(words: Sequence[Word], wanted: str) -> tuple[Word, ...]:
    """Words whose term or meaning holds every part of what is wanted; those with it in the term come first."""
    parts = wanted.lower().split()
    found = [word for word in words if all(part in f"{word.term} {word.meaning}".lower() for part in parts)]
    return tuple(sorted(found, key=lambda word: not all(part in word.term.lower() for part in parts)))


WORDS = read_glossary(FILE.read_text(encoding="utf-8"))
