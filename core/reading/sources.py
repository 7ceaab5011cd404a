"""Pictures, folders, zips and tables → images to read in order, and a sentence about each that is unreadable."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.framing import Framing
from core.data.importing.archives import Archive, Member, open_archive
from core.data.importing.kaggle_csv import read_unlabelled_images
from core.data.importing.named_file import NamedFile
from core.data.importing.picture_folders import natural_order
from core.drawings.pictures import MAX_BYTES, read_picture
from core.drawings.preprocessing import drawing_framed
from core.errors import DataError, UploadError

_TABLES = (".csv", ".tsv", ".txt")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, eq=False)
class Found:
    """One image to read.

    Parameters
    ----------
    path
        The file as the user named it; of a file in a folder or zip, with its path there.
    row
        Its place in a table, counted from 0; None in a file of its own.
    image
        uint8, shape ``(28, 28)``, as the network gets it.
    has_strokes
        Whether there is anything on it that could be read.
    """

    path: str
    row: int | None
    image: NDArray[np.uint8]
    has_strokes: bool


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be read, and why: one sentence that names it."""

    path: str
    sentence: str


def read_sources(files: Iterable[NamedFile], framing: Framing) -> Iterator[Found | Unreadable]:
    """Every image in the files, in their order; in folders and zips in natural order (2 before 10).

    One picture is in memory at a time, or one table.

    Parameters
    ----------
    framing
        How the pictures were brought to 28×28 that the network learned from.
    """
    for file in files:
        yield from _read(file, framing)


def is_table(name: str) -> bool:
    """Whether a file holds rows of numbers, by its name."""
    return name.lower().removesuffix(".gz").endswith(_TABLES)


def _read(file: NamedFile, framing: Framing) -> Iterator[Found | Unreadable]:
    try:
        if file.is_folder:
            yield from _read_archive(file, framing)
        elif is_table(file.name):
            yield from _read_table(file)
        elif (content := _content(file)).startswith(_ZIP):
            yield from _read_archive(file, framing)
        else:
            yield _read_picture(file.name, content, framing)
    except UploadError as error:
        yield Unreadable(file.name, f"{file.name}: {error}")
    except DataError as error:
        yield Unreadable(file.name, str(error))


def _read_archive(file: NamedFile, framing: Framing) -> Iterator[Found | Unreadable]:
    with open_archive(file) as archive:
        members = {str(member.path): member for member in archive.members}
        if not members:
            raise DataError(f"There are no pictures and no tables in {file.name}.")
        for path in natural_order(set(members)):
            yield from _read_member(archive, members[path], f"{file.name.rstrip('/')}/{path}", framing)


def _read_member(archive: Archive, member: Member, path: str, framing: Framing) -> Iterator[Found | Unreadable]:
    try:
        if is_table(path):
            with archive.open(member) as stream:
                yield from _read_table(NamedFile(path, stream))
        else:
            yield _read_picture(path, archive.read(member, MAX_BYTES), framing)
    except UploadError as error:
        yield Unreadable(path, f"{path}: {error}")
    except DataError as error:
        yield Unreadable(path, str(error))


def _read_table(file: NamedFile) -> Iterator[Found]:
    for row, image in enumerate(read_unlabelled_images(file)):
        yield Found(file.name, row, image, bool(image.any()))


def _read_picture(path: str, content: bytes, framing: Framing) -> Found:
    steps = drawing_framed(read_picture(content), framing)
    return Found(path, None, steps.digit, steps.has_strokes)


def _content(file: NamedFile) -> bytes:
    """A picture's bytes: one more than is allowed is enough to refuse it, and stops at devices that never end."""
    if not isinstance(file.source, Path):
        with file.open() as stream:
            return stream.read(MAX_BYTES + 1)
    try:
        with file.source.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UploadError(f"it cannot be read ({error.strerror or error}).") from None
