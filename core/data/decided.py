"""Where decisions on the labels of a dataset are kept: beside it, and gone when it is."""

from contextlib import suppress
from pathlib import Path

_FOLDER = "labels"


def folder_of_decisions(home: Path, dataset: str) -> Path:
    """The folder with everybody’s decisions on a dataset, see :mod:`core.labels.decisions`; may not exist."""
    return home / _FOLDER / dataset


def forget_decisions(home: Path, dataset: str) -> None:
    """Remove everybody’s decisions on a dataset that has been deleted."""
    folder = folder_of_decisions(home, dataset)
    for path in folder.glob("*.json"):
        with suppress(OSError):
            path.unlink()
    with suppress(OSError):
        folder.rmdir()
