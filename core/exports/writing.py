"""Exports as files on disk, each whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.atomic import write_atomically
from core.errors import RunError
from core.exports.formats import Files


@dataclass(frozen=True)
class Written:
    """Where an export is.

    Parameters
    ----------
    path
        The file that was asked for.
    beside
        Those that it needs, which were written beside it.
    """

    path: Path
    beside: tuple[Path, ...]


def write_files(files: Files, out: str) -> Written:
    """Write an export to a file, or under its own name into a folder.

    Parameters
    ----------
    out
        A folder, if there is one of this name or it ends in a slash or has no ending: it is created. Otherwise the
        file to write, in a folder that is there.

    Raises
    ------
    RunError
        If it cannot be written.
    """
    path = Path(out)
    with said_in_a_sentence("The export", path):
        if is_folder(out):
            path.mkdir(parents=True, exist_ok=True)
            path = path / files.main
        beside = tuple(path.parent / name for name in files.contents if name != files.main)
        for other in beside:
            write_atomically(other, files.contents[other.name])
        # Last: whoever finds it finds what it needs.
        write_atomically(path, files.contents[files.main])
    return Written(path, beside)


def is_folder(out: str) -> bool:
    """Whether a path that somebody gave means a folder."""
    path = Path(out)
    return path.is_dir() or out.endswith(("/", os.sep)) or (not path.suffix and not path.exists())


@contextmanager
def said_in_a_sentence(what: str, path: Path) -> Iterator[None]:
    """Turn the operating system’s error into a sentence that a file or folder cannot be written.

    Raises
    ------
    RunError
        In place of the operating system’s error.
    """
    try:
        yield
    except OSError as error:
        raise RunError(f"{what} cannot be written to {path}: {error.strerror or error}.") from None
