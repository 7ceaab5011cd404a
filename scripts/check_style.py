"""Find phrases in strings, docstrings and docs that docs/STYLE.md rules out. usage: check_style.py [--strings PATH…].

With ``--strings`` the strings that a person may read are printed, to be read through.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
CODE = ("app.py", "core", "pages", "ui")
DOCS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", "core")
EXEMPT = ("docs/STYLE.md",)
SHOWN = 110
_NOUNS = (
    "accuracy|batch|batches|curve|curves|data|digit|digits|epoch|error|example|examples|image|images|label|labels|loop|"
    "loss|losses|part|process|run|runs|sample|samples|set|sets|settings|split|splits|step|steps|time|worker|workers"
)
RULES = {
    "is-no": r"(?<!there )(?<!There )\b(?:is|are|was|were) no (?!(?:longer|more|less|fewer|better|worse|matter)\b)\w",
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
    "brings-in": r"\b[Bb](?:rings?|rought) (?:(?:it|them|images|a model|others|files) )?in\b",
    "shall": r"\bshall\b",
    "hopeless": r"\b[Hh]opeless\b",
    "speaks-for": r"\b[Ss]peaks? (?:for|against)\b",
    "went-away": r"\bwent away\b",
    "right-answers": r"\b[Rr]ight answers?\b",
    "derivative-by": r"\b[Dd]erivatives? of the loss by\b",
    "an-eight": r"\ba (?:8|11|18|8\d)\b(?![-–.×])",
    "looks-whether": r"\b[Ll]ook(?:s|ed)? whether\b",
    "as-many": r"\b(?:with|in|for|of) as many (?:batches|epochs|images|seeds|steps|threads)\b(?! as)",
    "for-ever": r"\bfor ever\b",
    "not-a-numbers": r"\b[Nn]ot-a-numbers\b",
    "whoever": r"\b[Ww]hoever\b",
    "what-came-of": r"\b[Ww]hat (?:came|comes|became|becomes) of\b",
    "goes-on": r"\b(?:[Gg]o(?:es|ing)?|[Ww]ent) on(?: |$)(?!a )",
    "apostrophe": r"\b[A-Za-z]+'(?:s|t|re|ll|ve|d)\b",
}
NOT_IN_DOCSTRINGS = ("apostrophe",)
"""Source is typed, not set: its apostrophes are straight."""
_CODE_SPAN = re.compile(r"`[^`]*`")
_SCRIPT_STRING = re.compile(r'"([^"\n]*)"|`([^`\n]*)`')
_TAG = re.compile(r"<[^>]*>|\{[%#].*?[%#]\}")
_COMPILED = {name: re.compile(pattern) for name, pattern in RULES.items()}


class Hit(NamedTuple):
    """A phrase against a rule: where it is, the rule, and the words around it."""

    place: str
    rule: str
    words: str


def hits_in(text: str, place: str, *, spare: tuple[str, ...] = ()) -> Iterator[Hit]:
    """Every rule that a text breaks, once, with the words around it; but for the rules that are spared."""
    words = " ".join(text.split())
    for name, pattern in _COMPILED.items():
        if name not in spare and (found := pattern.search(words)):
            start = max(0, found.start() - SHOWN // 2)
            yield Hit(place, name, words[start : start + SHOWN].strip())


def docstrings_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every docstring, also of those below a constant."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def strings_in(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string that a person may read: more than one word, not a docstring."""
    tree = ast.parse(source)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
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
        yield from sorted(path.rglob(f"*{ending}")) if path.is_dir() else [path] * path.name.endswith(ending)


def all_hits() -> Iterator[Hit]:
    """What is against the rules in code and docs."""
    for path in files(CODE, ".py"):
        name, source = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        for line, text in strings_in(source):
            yield from hits_in(text, f"{name}:{line}")
        for line, text in docstrings_in(source):
            yield from hits_in(text, f"{name}:{line}", spare=NOT_IN_DOCSTRINGS)
    yield from hits_in_lines(DOCS, ".md", lambda text: [_CODE_SPAN.sub("", text)])
    yield from hits_in_lines(CODE, ".html.jinja", lambda text: [_TAG.sub(" ", text)])
    yield from hits_in_lines(CODE, ".js", lambda text: ["".join(found) for found in _SCRIPT_STRING.findall(text)])


def hits_in_lines(roots: tuple[str, ...], ending: str, said: Callable[[str], list[str]]) -> Iterator[Hit]:
    """What is against the rules in what each line of these files says to people."""
    for path in files(roots, ending):
        name = path.relative_to(ROOT).as_posix()
        for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for words in said(text) if name not in EXEMPT else ():
                yield from hits_in(words, f"{name}:{line}")


def print_strings(paths: list[str]) -> None:
    """Every string that a person may read in these files and folders, with its place."""
    for path in files(tuple(paths) or CODE, ".py"):
        for line, text in sorted(strings_in(path.read_text(encoding="utf-8"))):
            print(f"{path.relative_to(ROOT).as_posix()}:{line}: {' '.join(text.split())}")


def main() -> int:
    """Print what is against the rules; 1 if anything is."""
    if sys.argv[1:2] == ["--strings"]:
        print_strings(sys.argv[2:])
        return 0
    found = list(all_hits())
    for hit in found:
        print(f"{hit.place}: {hit.rule}: {hit.words}")
    if found:
        print("See docs/STYLE.md.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
