"""What people say of a run: tags, notes, what they make of it, and a star."""

import json
from typing import Any

from core.errors import RunError
from core.runs.names import tidy

MOST_TAGS = 20
LONGEST_TAG = 30
LONGEST_TEXT = 10_000
"""Characters of notes, and of a reflection."""


def tidy_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    """The tags as they are kept: in lower case, without commas and empty ones, each once, in the order given.

    Raises
    ------
    RunError
        If there are too many, or one is too long.
    """
    parts = (tidy(part).casefold() for tag in tags for part in tag.split(","))
    found = tuple(dict.fromkeys(part for part in parts if part))
    if len(found) > MOST_TAGS:
        raise RunError(f"A run can have at most {MOST_TAGS} tags, not {len(found)}: remove some.")
    for tag in found:
        if len(tag) > LONGEST_TAG:
            raise RunError(
                f"A tag can have at most {LONGEST_TAG} characters, unlike “{tag[:LONGEST_TAG]}…”: shorten it."
            )
    return found


def tidy_text(text: str) -> str:
    """Notes as they are kept: lines and what can be shown, without empty ends.

    Raises
    ------
    RunError
        If there is too much of it.
    """
    lines = ("".join(letter for letter in line if letter.isprintable() or letter == "\t") for line in text.splitlines())
    kept = "\n".join(lines).strip()
    if len(kept) > LONGEST_TEXT:
        raise RunError(f"Notes can have at most {LONGEST_TEXT:,} characters, not {len(kept):,}: shorten them.")
    return kept


def remark_columns(
    tags: tuple[str, ...] | None, notes: str | None, reflection: str | None, starred: bool | None
) -> dict[str, Any]:
    """The columns that change; None leaves one as it is. Raises as :func:`tidy_tags` and :func:`tidy_text` do."""
    columns: dict[str, Any] = {}
    if tags is not None:
        columns["tags"] = json.dumps(tidy_tags(tags), ensure_ascii=False)
    texts = {"notes": notes, "reflection": reflection}
    columns |= {name: tidy_text(text) for name, text in texts.items() if text is not None}
    return columns if starred is None else columns | {"starred": starred}
