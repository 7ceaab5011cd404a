"""What the server imports when it starts, and what nobody imports at all."""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "torchvision", "sklearn", "scipy", "skimage")
UNPICKLERS = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal"}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Of a file's syntax tree; several tests go through all of them."""
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported_modules(path: Path) -> Iterator[str]:
    """Modules of this project that the file names in an import, at its top or inside a function."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names if is_module(node.module, alias.name))


@cache
def is_module(package: str, name: str) -> bool:
    return ROOT.joinpath(*package.split("."), f"{name}.py").exists()


def modules_that_the_server_imports() -> list[str]:
    files = [ROOT / "app.py", *sources("pages", "ui")]
    names = {name for path in files if path.exists() for name in imported_modules(path)}
    names |= {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources("ui")}
    return sorted(name.removesuffix(".__init__") for name in names if name.split(".")[0] in ("core", "ui"))


@pytest.mark.slow
@pytest.mark.parametrize("heavy", HEAVY)
def test_the_server_starts_without(heavy: str, heavy_modules_of_the_server: dict[str, str]) -> None:
    assert heavy not in heavy_modules_of_the_server


@pytest.mark.slow
def test_the_server_listens_and_home_has_its_words_without_what_takes_long_to_load(tmp_path: Path) -> None:
    script = """
import sys
def loaded(*names):
    return [name for name in names if name in sys.modules]
import app
assert not loaded("numpy", "pandas", "PIL.Image", "sqlalchemy"), "app.py"
import ui.home.start, ui.live.share, ui.shell.navigation
assert not loaded("pandas", "sqlalchemy"), "Home’s words"
import ui.home.digits, ui.home.latest
assert not loaded("pandas"), "Home"
"""
    environment = os.environ | {"DIGITLAB_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-1000:]


@pytest.fixture(scope="module")
def heavy_modules_of_the_server() -> dict[str, str]:
    """Heavy package → the first of the server's modules that brought it in, in a fresh interpreter."""
    script = f"""
import importlib, json, sys
found = {{}}
for name in {modules_that_the_server_imports()!r}:
    importlib.import_module(name)
    for heavy in {HEAVY!r}:
        if heavy in sys.modules:
            found.setdefault(heavy, name)
print(json.dumps(found))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found = json.loads(done.stdout.strip().splitlines()[-1])
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
def test_the_scan_finds_the_modules() -> None:
    assert "core.config" in modules_that_the_server_imports()


@pytest.mark.slow
def test_nothing_can_unpickle() -> None:
    named = {path: set(imported_modules(path)) for path in sources("core", "ui", "pages")}
    assert not [path for path, names in named.items() if UNPICKLERS & {name.split(".")[0] for name in names}]


@pytest.mark.slow
def test_files_are_read_as_data_only() -> None:
    """`numpy.load(allow_pickle=True)` and `torch.load(weights_only=False)` would run what a file says."""
    dangerous = {("allow_pickle", True), ("weights_only", False)}
    for path in sources("core", "ui", "pages"):
        for node in nodes(path):
            if isinstance(node, ast.keyword) and isinstance(node.value, ast.Constant):
                assert (node.arg, node.value.value) not in dangerous, f"{path}:{node.lineno}"


# --- the house ---

MOST_LINES, MOST_LINES_OF_A_PAGE = 300, 25
LONGER = {"docs/notebook.py": "one notebook, whose cells run in order"}
LOADED_BY_NAME = {
    "app.py": "Home’s modules, once the server listens",
    "core/engine/here.py": "whether a worker’s modules can be imported where it runs",
    "core/data/apart_child.py": "the one reader that an order names",
    "soak/parts.py": "the one part that is asked for",
    "ui/shell/resources.py": "libraries of others, before a visitor waits for them",
}
"""Why: docs/adr/0031-loaded-by-name.md."""


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_modules_and_pages_are_short() -> None:
    named = [*sources("core", "ui", "benchmarks", "scripts", "soak", "docs"), ROOT / "app.py"]
    long = {path.relative_to(ROOT).as_posix() for path in named if lines_of(path) > MOST_LINES}
    assert long == set(LONGER)
    assert [path for path in sources("pages") if lines_of(path) > MOST_LINES_OF_A_PAGE] == []


def test_every_room_is_in_both_pictures_of_the_house() -> None:
    for name in ("CONTRIBUTING.md", "docs/ARCHITECTURE.md"):
        said = set(re.findall(r"[a-z_]+", (ROOT / name).read_text(encoding="utf-8").split("```")[1]))
        rooms = {path.parent.name for floor in ("core", "ui") for path in (ROOT / floor).glob("*/__init__.py")}
        assert rooms - said == set(), name
    modules = {path.stem for path in (ROOT / "core").glob("[!_]*.py")}
    assert modules - set(re.findall(r"[a-z_]+", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))) == set()


def test_our_own_modules_are_loaded_by_name_where_only_that_will_do() -> None:
    loading = set()
    for path in [*sources("core", "ui", "pages", "soak", "scripts", "benchmarks"), ROOT / "app.py"]:
        called = [node.func for node in nodes(path) if isinstance(node, ast.Call)]
        names = {getattr(function, "attr", getattr(function, "id", "")) for function in called}
        if names & {"import_module", "__import__"}:
            loading.add(path.relative_to(ROOT).as_posix())
    assert loading == set(LOADED_BY_NAME)
    said = {node.value for node in nodes(ROOT / "ui/shell/resources.py") if isinstance(node, ast.Constant)}
    assert not [text for text in said if str(text).startswith(("core.", "ui.", "pages."))]


@pytest.mark.slow
def test_state_of_the_app_lives_in_ui() -> None:
    for path in sources("core", "pages"):
        names = {n.attr for n in nodes(path) if isinstance(n, ast.Attribute)}
        assert "session_state" not in names, path
