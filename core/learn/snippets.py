"""The cells of ``docs/notebook.py``: the 31 questions answered in PyTorch, as snippets and as a notebook."""

import ast
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from core.data.mnist import MNIST_DIRECTORY
from core.exports.notebook import code_cell, markdown_cell, notebook_of
from core.learn.source import source_of

SCRIPT = "docs/notebook.py"
NOTEBOOK = "mnist-questions.ipynb"
IMPORTS = "Q2"
"""The cell that imports what most others use."""
_CELL = re.compile(r"^# %% ", re.MULTILINE)
_QUESTION = re.compile(r"Q(\d+)")
_ABOUT = (
    "# MNIST in 31 questions\n\nRun the cells from top to bottom: each uses what those before it made.\n\n"
    "**Without internet**, keep the folder `data/mnist` beside this notebook, as in Digit Lab’s zip, or the notebook "
    "inside Digit Lab’s folder: the cell “Offline” unpacks the images.\n\n"
    "**On Colab**, choose File → Upload notebook and first run `%pip install onnx onnxscript onnxruntime` in a cell of "
    "its own. MNIST is downloaded by question 3."
)


@dataclass(frozen=True)
class Snippet:
    """A cell.

    Parameters
    ----------
    title
        What follows ``# %%``: ``Q1`` to ``Q31``, those of several cells with a word behind it, or a name.
    code
        Its lines.
    uses
        Names that earlier cells made, each with the title of the last cell that did, in the order of use.
    """

    title: str
    code: str
    uses: Mapping[str, str]

    @property
    def question(self) -> int:
        """The number of its question; 0 if it belongs to none."""
        found = _QUESTION.match(self.title)
        return int(found[1]) if found else 0


@cache
def snippets() -> tuple[Snippet, ...]:
    """All cells of the script, in order."""
    made: dict[str, str] = {}
    cells = []
    for part in _CELL.split(source_of(SCRIPT))[1:]:
        title, _, code = part.partition("\n")
        tree = ast.parse(code)
        uses = {name: made[name] for name in _needed(tree) if name in made}
        cells.append(Snippet(title.strip(), code.strip(), uses))
        made |= dict.fromkeys(_made(tree), title.strip())
    return tuple(cells)


def snippets_of(number: int) -> tuple[Snippet, ...]:
    """The cells of a question."""
    return tuple(snippet for snippet in snippets() if snippet.question == number)


def snippet_named(title: str) -> Snippet:
    """The cell of this title."""
    return next(snippet for snippet in snippets() if snippet.title == title)


def lines_of(title: str, *beginnings: str) -> str:
    """The lines of a cell that begin with one of these, in the cell's order; all where none is given.

    Raises
    ------
    ValueError
        If a beginning is that of no line: the notebook has changed.
    """
    code = snippet_named(title).code
    lines = code.splitlines()
    for beginning in beginnings:
        if not any(line.startswith(beginning) for line in lines):
            raise ValueError(f"No line of {title} begins with “{beginning}”.")
    return "\n".join(line for line in lines if line.startswith(beginnings)) if beginnings else code


def notebook(questions: Sequence[str]) -> bytes:
    """The script as a Jupyter notebook, each question as a heading above its cells.

    Parameters
    ----------
    questions
        The 31 questions, in order.
    """
    cells = [markdown_cell(_ABOUT)]
    for number, snippet in enumerate(snippets()):
        asked = snippet.question
        heading = f"## {asked}. {questions[asked - 1]}" if asked else f"## {snippet.title}"
        if not asked or snippet == snippets_of(asked)[0]:
            cells.append(markdown_cell(heading, f"title-{number}"))
        cells.append(code_cell(f"part-{number}", snippet.code))
    return notebook_of(cells)


def notebook_with_images(questions: Sequence[str]) -> bytes:
    """A zip of the notebook and MNIST’s four files, which runs without internet."""
    stream = BytesIO()
    # The images are compressed already.
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(NOTEBOOK, notebook(questions))
        for path in sorted(MNIST_DIRECTORY.iterdir()):
            if path.is_file():
                archive.write(path, f"data/mnist/{path.name}")
    return stream.getvalue()


def _made(tree: ast.Module) -> dict[str, int]:
    """Names that a cell binds for those after it, each with the line that does so first."""
    made: dict[str, int] = {}
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            made.setdefault(statement.name, statement.lineno)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            made |= {(alias.asname or alias.name).partition(".")[0]: statement.lineno for alias in statement.names}
        else:
            for node in ast.walk(statement):
                if isinstance(node, ast.Name) and _is_stored(node):
                    made.setdefault(node.id, node.lineno)
    return made


def _needed(tree: ast.Module) -> list[str]:
    """Names that a cell reads without having bound them on an earlier line, parameters and inner names left out."""
    inner: set[str] = set()
    for scope in ast.walk(tree):
        if isinstance(scope, ast.FunctionDef | ast.comprehension):
            inner |= {node.arg for node in ast.walk(scope) if isinstance(node, ast.arg)}
            inner |= {node.id for node in ast.walk(scope) if isinstance(node, ast.Name) and _is_stored(node)}
    made = _made(tree)
    loads = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and not _is_stored(node)]
    loads.sort(key=lambda node: (node.lineno, node.col_offset))
    needed = [node.id for node in loads if node.id not in inner and made.get(node.id, node.lineno) >= node.lineno]
    return list(dict.fromkeys(needed))


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
