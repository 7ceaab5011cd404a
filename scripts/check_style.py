"""Find phrases in visible strings and docs that docs/STYLE.md rules out. usage: check_style.py [--list]."""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
DEBT = ROOT / "docs" / "style-debt.txt"
CODE = ("app.py", "core", "pages", "ui")
DOCS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "core")
EXEMPT = ("docs/STYLE.md",)
SHOWN = 110
_NOUNS = (
    "accuracy|batch|batches|curve|curves|data|digit|digits|epoch|error|example|examples|image|images|label|labels|loop|"
    "loss|losses|part|process|run|runs|sample|samples|set|sets|settings|split|splits|step|steps|time|worker|workers"
)
RULES = {
    "is-no": r"(?<!there )(?<!There )\b(?:is|are|was|were) no\b(?! (?:longer|more|less|fewer|better|worse|matter))",
    "training": rf"\btrainings\b|\b(?:[Aa]|[Ee]ach|[Ee]very|[Oo]ne|[Aa]nother) training\b(?![ -](?:{_NOUNS})\b)",
    "rightly": r"\b(?:[Rr]ightly|[Ww]rongly)\b",
    "so-many": r"\b[Ss]o many\b",
    "anew": r"\b[Aa]new\b",
    "broken-off": r"\b[Bb]r(?:oken|eaks?|oke) off\b",
    "turned-round": r"\b[Tt]urn(?:ed|s)? round\b",
    "put-right": r"\b[Pp]uts? right\b",
    "takes-off": r"\b[Tt]ak(?:es?|en) off\b",
    "stands": r"\bstands (?:in|at|on|for itself|above|below|beside|there)\b",
    "commas": r"with commas between",
    "bend": r"\b[Bb]ends?\b",
    "percent": r"\d[ \u00a0\u202f]%",
    "dataset": r"\b[Dd]ata sets?\b",
    "apostrophe": r"\b[A-Za-z]+'(?:s|t|re|ll|ve|d)\b",
}
_COMPILED = {name: re.compile(pattern) for name, pattern in RULES.items()}


class Hit(NamedTuple):
    """A phrase against a rule: where it is, and what the list of old ones calls it."""

    place: str
    entry: str


def hits_in(text: str, place: str) -> Iterator[Hit]:
    """Every rule that a text breaks, once, with the words around it."""
    words = " ".join(text.split())
    for name, pattern in _COMPILED.items():
        if found := pattern.search(words):
            start = max(0, found.start() - SHOWN // 2)
            yield Hit(place, f"{name}: {words[start : start + SHOWN].strip()}")


def strings_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string that a person may read: more than one word, not a docstring."""
    tree = ast.parse(source)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    docstrings |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings | inside:
            text = node.value
        else:
            continue
        if " " in text.strip():
            yield node.lineno, text


def files(roots: tuple[str, ...], ending: str) -> Iterator[Path]:
    """Every file of this kind below the roots, in order."""
    for root in roots:
        path = ROOT / root
        yield from sorted(path.rglob(f"*{ending}")) if path.is_dir() else [path] * (path.suffix == ending)


def all_hits() -> Iterator[Hit]:
    """What is against the rules in code and docs."""
    for path in files(CODE, ".py"):
        name = path.relative_to(ROOT).as_posix()
        for line, text in strings_in(path.read_text(encoding="utf-8")):
            yield from hits_in(text, f"{name}:{line}")
    for path in files(DOCS, ".md"):
        name = path.relative_to(ROOT).as_posix()
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if name not in EXEMPT:
                yield from hits_in(text, f"{name}:{line}")


def main() -> int:
    """Compare what is there with the list of old strings; 1 if something is new, or listed and gone."""
    found = list(all_hits())
    if "--list" in sys.argv[1:]:
        print("\n".join(sorted(hit.entry for hit in found)))
        return 0
    listed = Counter(DEBT.read_text(encoding="utf-8").splitlines())
    now = Counter(hit.entry for hit in found)
    new = now - listed
    for hit in found:
        if new[hit.entry]:
            print(f"{hit.place}: {hit.entry}")
    gone = listed - now
    for entry in sorted(gone):
        print(f"docs/style-debt.txt: no longer there, take the line out: {entry}")
    if new or gone:
        print("See docs/STYLE.md.")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
