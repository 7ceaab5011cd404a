"""The words of the trade, each in a sentence or two."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

FILE = Path(__file__).with_name("glossary.md")
_QUOTED = re.compile(r"[“”„‟«»\"]([^“”„‟«»\"]*)[“”„‟«»\"]")
_AROUND = "“”„‟«»\"‘’'.…;:!?()"


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
    """Words whose term or meaning holds every part of what is wanted; those with it in the term come first.

    Parameters
    ----------
    wanted
        Parts are separated by blanks, or are phrases in quotation marks of any kind. After a comma another wish
        begins: what fits one of them is found. Nothing wanted finds everything.
    """
    wishes = [parts for wish in wanted.split(",") if (parts := _parts(wish.lower()))]
    if not wishes:
        return tuple(words)
    found = [word for word in words if any(_fits(f"{word.term} {word.meaning}", parts) for parts in wishes)]
    return tuple(sorted(found, key=lambda word: not any(_fits(word.term, parts) for parts in wishes)))


def _parts(wish: str) -> list[str]:
    """``“too large” loss`` → ``["too large", "loss"]``."""
    parts = [*_QUOTED.findall(wish), *_QUOTED.sub(" ", wish).split()]
    return [" ".join(bare.split()) for part in parts if (bare := part.strip(_AROUND))]


def _fits(text: str, parts: Sequence[str]) -> bool:
    return all(part in text.lower() for part in parts)


WORDS = read_glossary(FILE.read_text(encoding="utf-8"))
BY_TERM: Mapping[str, Word] = MappingProxyType({word.term: word for word in WORDS})
