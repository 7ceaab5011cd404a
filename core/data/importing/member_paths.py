"""Paths of the files in an archive: those that lead out of it are refused, and litter is known."""

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from core.errors import DataError

_LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")
# Files that come with data and are none: they are counted, not named.
BESIDE = re.compile(
    r"(^(readme|licen[cs]e|copying|sha256sums|md5sums|makefile).*|.*\.(txt|md|json|xml|ya?ml|py|ipynb|html?|log|names|toml))$"
)
MOST_FOLDERS = 50
"""Above a file: every one above each is looked at."""
# Patterns are searched for in names.
_LONGEST = 1_000
_DRIVE = re.compile(r"[A-Za-z]:[/.]")


def safe_path(text: str, name: str) -> PurePosixPath:
    """The path of a member, if it stays inside the archive.

    Raises
    ------
    DataError
        If it leads out of it, or is far too long.
    """
    plain = text.replace("\\", "/")
    if len(plain) > _LONGEST or plain.count("/") > MOST_FOLDERS:
        shown = "".join(letter for letter in text[:80] if letter.isprintable())
        raise DataError(
            f"The path “{shown}…” in {name} is too long: at most {_LONGEST:,} characters and {MOST_FOLDERS} folders "
            "are read."
        )
    path = PurePosixPath(plain)
    if path.is_absolute() or ".." in path.parts or _DRIVE.match(plain) or not path.parts:
        shown = "".join(letter for letter in text[:80] if letter.isprintable())
        raise DataError(f"The path “{shown}” in {name} leads out of the archive: such a file is not read.")
    return path


def check_letters(path: str, name: str) -> None:
    """Refuse a path that cannot be written down.

    Raises
    ------
    DataError
        If it holds bytes that are not letters.
    """
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode("utf-8", "replace").decode()
        raise DataError(f"The name “{shown}” in {name} is not UTF-8: rename it.") from None


def link_refused(path: PurePosixPath, name: str) -> DataError:
    """Why a link is not followed."""
    return DataError(f"{path} in {name} is a link to another file: links are not followed.")


def is_litter(path: PurePosixPath) -> bool:
    """Whether it is what systems leave beside the files of people."""
    return any(part in _LITTER or part.startswith(".") for part in path.parts)


def files_in(folder: Path, name: str) -> Iterator[PurePosixPath]:
    """Where the files of a folder on disk lie in it, one folder after the other; without litter.

    Raises
    ------
    DataError
        If there is a link, or a name that cannot be written down.
    """
    for where, folders, files in os.walk(folder):
        folders.sort()
        here = Path(where)
        for entry in sorted(files) + folders:
            if (here / entry).is_symlink():
                raise DataError(f"{entry} in {name} is a link to another file: links are not followed.")
        for entry in sorted(files):
            path = PurePosixPath((here / entry).relative_to(folder).as_posix())
            check_letters(str(path), name)
            if not is_litter(path):
                yield path


def folders_in(folder: Path) -> list[PurePosixPath]:
    """All folders in a folder on disk, but litter."""
    found = (PurePosixPath(Path(where).relative_to(folder).as_posix()) for where, _, _ in os.walk(folder))
    return [path for path in found if path.parts and not is_litter(path)]
