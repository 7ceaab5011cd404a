"""What this process is made of: a server asks its workers for it by name, and compares it with its own."""

import hashlib
import json
import platform
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

DIGIT_LAB, PYTHON, MISSING = "Digit Lab", "Python", "missing"
COMPARED = ("torch", "numpy", "distributed")
"""Packages whose version has to be the same: they say what travels, and what a training run computes."""


def _made_of() -> dict[str, str]:
    parts = {DIGIT_LAB: _digest(), PYTHON: ".".join(platform.python_version_tuple()[:2])}
    parts |= {package: _version(package) for package in COMPARED}
    parts[MISSING] = next((package for package in COMPARED if not parts[package]), "") or _missing()
    return parts


def _version(package: str) -> str:
    """Without what it was built for: a worker may have a graphics card where the server has none."""
    try:
        return version(package).partition("+")[0]
    except PackageNotFoundError:
        return ""


def _missing() -> str:
    """The package without which nothing could run here, if there is one."""
    try:
        import_module("core.engine.worker")
    except ModuleNotFoundError as error:
        return error.name or "a package"
    return ""


def _digest() -> str:
    """Of the source: what servers and workers say to each other may change with every version."""
    folder, digest = Path(__file__).parents[1], hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:8]


HERE = json.dumps(_made_of())
NAME = f"{__name__}:HERE"
"""By which it is asked for: nothing of ours has to be there for the question to arrive."""
