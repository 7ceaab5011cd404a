"""Show the product's own code: read from the file when it is asked for, so that it cannot go stale."""

import ast
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def source_of(reference: str) -> str:
    """The text of one object, without importing its module.

    Parameters
    ----------
    reference
        ``module:qualname``, for instance ``core.models.mlp:MLP.backpropagate``; a constant is given by its name.
        Without a colon, a text file of the project, for instance ``requirements.txt``.

    Raises
    ------
    LookupError
        If there is no such module, object or file.
    """
    module, _, qualname = reference.partition(":")
    path = file_of(reference)
    text = path.read_text(encoding="utf-8")
    if not qualname:
        return text
    node = _find(ast.parse(text), qualname.split("."))
    if node is None:
        raise LookupError(f"{module} has no {qualname}.")
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef | ast.ClassDef) else []
    first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
    lines = text.splitlines()[first - 1 : node.end_lineno]
    return textwrap.dedent("\n".join(lines))


def file_of(reference: str) -> Path:
    """The file in which an object stands.

    Raises
    ------
    LookupError
        If there is none.
    """
    module, colon, _ = reference.partition(":")
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py") if colon else ROOT / module
    if not path.is_file():
        raise LookupError(f"There is no {module}.")
    return path


def place_of(reference: str) -> str:
    """Where it stands, as people write it: ``core/models/mlp.py · MLP.backpropagate``."""
    path = file_of(reference).relative_to(ROOT).as_posix()
    _, colon, qualname = reference.partition(":")
    return f"{path} · {qualname}" if colon else path


def _find(tree: ast.AST, names: list[str]) -> ast.stmt | None:
    """The statement that defines ``names[0]``, and within it the rest."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == names[0]:
            return _find(node, names[1:]) if names[1:] else node
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        is_named = any(isinstance(target, ast.Name) and target.id == names[0] for target in targets)
        if is_named and isinstance(node, ast.Assign | ast.AnnAssign) and not names[1:]:
            return node
    return None
