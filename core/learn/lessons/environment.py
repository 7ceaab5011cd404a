"""What is installed, and what an import takes."""

import re
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from core.errors import DataError
from core.learn.source import source_of

IMPORTABLE = (
    "numpy",
    "torch",
    "torchvision",
    "sklearn",
    "pandas",
    "streamlit",
    "safetensors",
    "core.models.numpy_model",
)
"""Modules whose import may be timed."""
_REQUIREMENT = re.compile(r"^([A-Za-z0-9_.-]+)((?:[<>=!~]=?[\w.*]+,?)*)$")
_LONGEST_SECONDS = 60


@dataclass(frozen=True)
class Package:
    """A requirement: the versions that are wanted and the one that is there, empty where it is not."""

    name: str
    wanted: str
    installed: str


def required_packages() -> tuple[Package, ...]:
    """What ``requirements.txt`` asks for, and what this environment has."""
    found = (_REQUIREMENT.match(line.strip()) for line in source_of("requirements.txt").splitlines())
    return tuple(Package(match[1], match[2], _installed(match[1])) for match in found if match)


def import_seconds(module: str) -> float:
    """Seconds that a fresh Python takes to import one of ``IMPORTABLE``, its own start left out.

    Raises
    ------
    DataError
        If it cannot be imported.
    """
    assert module in IMPORTABLE
    script = f"import time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=_LONGEST_SECONDS, check=False
    )
    if done.returncode:
        raise DataError(f"{module} cannot be imported here.")
    return float(done.stdout)


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
