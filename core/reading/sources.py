"""Pictures, folders, zips and tables → images to read in order, and a sentence about each that is unreadable."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.framing import Framing
from core.data.importing.archives import open_archive
from core.data.importing.idx_files import read_idx_images
from core.data.importing.kaggle_csv import read_unlabelled_images
from core.data.importing.kinds import Kind, kind_of
from core.data.importing.named_file import NamedFile
from core.data.importing.picture_folders import natural_order
from core.drawings.pictures import MAX_BYTES, read_picture
from core.drawings.preprocessing import drawing_framed
from core.errors import DataError, UploadError


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
    is_several
        Whether it is more than one digit.
    """

    path: str
    row: int | None
    image: NDArray[np.uint8]
    has_strokes: bool
    is_several: bool = False


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


def is_table(file: NamedFile) -> bool:
    """Whether a file holds a row for each image.

    Raises
    ------
    DataError
        If it is not there, or is nothing that can be read.
    """
    return kind_of(file) == "table"


def _read(file: NamedFile, framing: Framing, *, is_inner: bool = False) -> Iterator[Found | Unreadable]:
    try:
        kind = _kind(file)
        if kind == "table":
            yield from _rows(file, read_unlabelled_images(file))
        elif kind == "idx":
            yield from _rows(file, read_idx_images(file))
        elif kind == "picture":
            yield _read_picture(file, framing)
        elif kind not in ("folder", "zip", "tar"):
            raise DataError(f"{file.name} holds arrays: write its images as CSV, a row for each.")
        elif is_inner:
            raise DataError(f"{file.name} is an archive inside another one: unpack it first.")
        else:
            yield from _read_archive(file, framing)
    except UploadError as error:
        yield Unreadable(file.name, f"{file.name}: {error}")
    except DataError as error:
        yield Unreadable(file.name, str(error))


def _kind(file: NamedFile) -> Kind:
    """What it is; a pipe or a device, which can be read only once, is taken for a picture, and so is what is not there.

    Of those the reader of pictures says what is wrong.
    """
    path = file.source
    return "picture" if isinstance(path, Path) and not (path.is_file() or path.is_dir()) else kind_of(file)


def _read_archive(file: NamedFile, framing: Framing) -> Iterator[Found | Unreadable]:
    with open_archive(file) as archive:
        members = {str(member.path): member for member in archive.members}
        if not members:
            raise DataError(f"There are no pictures and no tables in {file.name}.")
        for path in natural_order(set(members)):
            inner = NamedFile(f"{file.name.rstrip('/')}/{path}", partial(archive.open, members[path]))
            yield from _read(inner, framing, is_inner=True)


def _rows(file: NamedFile, images: NDArray[np.uint8]) -> Iterator[Found]:
    for row, image in enumerate(images):
        yield Found(file.name, row, image, bool(image.any()))


def _read_picture(file: NamedFile, framing: Framing) -> Found:
    steps = drawing_framed(read_picture(_content(file)), framing)
    return Found(file.name, None, steps.digit, steps.has_strokes, steps.is_several)


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
