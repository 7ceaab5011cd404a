"""Readers that misbehave, for ``test_apart``."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from core.errors import DataError

_READ: list[Path] = []


def alone(_path: Path) -> dict[str, np.ndarray]:
    """Fails where another was read before."""
    if _READ:
        raise LookupError
    return {"is_alone": np.array(True)}


def chatty(_path: Path) -> dict[str, np.ndarray]:
    """Says what only the process itself may say, and fails."""
    print('[0, ""]', flush=True)
    raise LookupError


def good(path: Path, factor: int = 1) -> dict[str, np.ndarray]:
    _READ.append(path)
    return {"bytes": np.frombuffer(path.read_bytes(), np.uint8) * np.uint8(factor), "pid": np.array(os.getpid())}


def refusing(path: Path) -> dict[str, np.ndarray]:
    raise DataError(f"“{path.read_text()}” is not what it seems.")


def failing(path: Path) -> dict[str, np.ndarray]:
    raise LookupError(str(path))


def crashing(_path: Path) -> dict[str, np.ndarray]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def endless(_path: Path) -> dict[str, np.ndarray]:
    while True:
        time.sleep(60)


def greedy(_path: Path) -> dict[str, np.ndarray]:
    return {"all": np.ones(4_000_000_000, np.uint8)}


def objects(_path: Path) -> dict[str, np.ndarray]:
    return {"objects": np.array([object()], dtype=object)}
