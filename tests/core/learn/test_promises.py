"""What is promised of equal numbers, wherever it is said."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PLACES = (
    "README.md",
    "docs",
    "core/learn",
    "core/training",
    "core/presets.py",
    "core/config.py",
    "core/commands",
    "ui",
)
PROMISE = re.compile(
    r"same[^.]{0,60}\b(seed|settings|config|data)\b[^.]{0,80}\b(same|equal|identical) (numbers|result|accuracy)"
    r"|writes the same numbers|seed, same result",
    re.IGNORECASE,
)
QUOTES = re.compile(r'"\s*f?"')
"""Where one piece of a string ends and the next begins."""


def test_equal_numbers_are_promised_for_the_same_machine_only() -> None:
    # The demo's config, trained with one thread on two processors, ended at 97.72 % and at 97.80 %.
    files = [path for place in PLACES for path in _files(ROOT / place)]
    promises = [(path.name, sentence) for path in files for sentence in _sentences(path) if PROMISE.search(sentence)]
    assert {"README.md", "help.py", "glossary.md", "training.py", "outcome.py", "fit.py"} <= {
        name for name, _ in promises
    }
    assert [promise for promise in promises if "on the same machine" not in promise[1].lower()] == []


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else [path for path in place.rglob("*") if path.suffix in (".py", ".md")]


def _sentences(path: Path) -> list[str]:
    text = re.sub(r"\s+", " ", QUOTES.sub("", path.read_text(encoding="utf-8")))
    return re.split(r"(?<=[.!?|])\s", text)
