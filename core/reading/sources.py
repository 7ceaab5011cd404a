"""Pictures, folders, archives, tables and arrays → images to read in order, and a sentence about each other."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.framing import Framing
from core.data.importing.archives import Archive, open_archive
from core.data.importing.images import ROWS, holds_labels, images_of
from core.data.importing.kinds import is_picture_name, kind_of
from core.data.importing.named_file import NamedFile
from core.data.importing.picture_folders import natural_order
from core.data.importing.signatures import Kind
from core.data.importing.sorting import contents_of, in_memory, unpacked
from core.drawings.numbers import NumberDigit, digits_of
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
    digits
        Those digits, from left to right.
    """

    path: str
    row: int | None
    image: NDArray[np.uint8]
    has_strokes: bool
    is_several: bool = False
    digits: tuple[NumberDigit, ...] = ()


@dataclass(frozen=True)
class Unreadable:
    """A file that cannot be read, and why: one sentence that names it."""

    path: str
    sentence: str


@dataclass(frozen=True)
class Remark:
    """What was done to a file before its images were read: one sentence that names it."""

    path: str
    sentence: str


Read = Found | Unreadable | Remark


def read_sources(files: Iterable[NamedFile], framing: Framing) -> Iterator[Read]:
    """Every image in the files, in their order; in folders and archives in natural order (2 before 10).

    What is a table, an array or Parquet is read as an import reads it, its labels left aside. One picture is in memory
    at a time, or one such file; of a packed tar whatever lies before the one whose turn it is.

    Parameters
    ----------
    framing
        How the pictures were brought to 28×28 that the network learned from.
    """
    for file in files:
        yield from _read(file, framing)


def found_in_picture(name: str, data: bytes, framing: Framing, *, max_bytes: int = MAX_BYTES) -> Found:
    """The digit that somebody drew or photographed.

    Parameters
    ----------
    name
        What the user calls it.
    data
        A whole picture file.

    Raises
    ------
    UploadError
        If it is empty, too large, damaged or no picture.
    """
    steps = drawing_framed(read_picture(data, max_bytes=max_bytes), framing)
    return Found(name, None, steps.digit, steps.has_strokes, steps.is_several, digits_of(steps))


def holds_rows(file: NamedFile) -> bool:
    """Whether a file holds a row for each image.

    Raises
    ------
    DataError
        If it is not there, or is nothing that can be read.
    """
    return kind_of(file) in ROWS


def _read(file: NamedFile, framing: Framing, *, is_inner: bool = False) -> Iterator[Read]:
    try:
        kind = _kind(file)
        if kind == "packed":
            yield from _read(NamedFile(file.name, unpacked(file).source), framing, is_inner=is_inner)
        elif kind in ROWS:
            yield from _rows(file, kind, framing)
        elif kind == "picture":
            yield found_in_picture(file.name, _content(file), framing)
        else:
            yield from _read_archive(file, framing, is_inner=is_inner)
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


def _read_archive(file: NamedFile, framing: Framing, *, is_inner: bool) -> Iterator[Read]:
    """What an import would find in it; files of labels, licences and the like are passed over."""
    with open_archive(file) as archive:
        archive = replace(archive, name=file.name, names_paths=True)
        found = contents_of(archive)
        pictures = [archive.file(member) for member in found.pictures]
        files = {inner.name: inner for inner in (*found.tables, *found.idx, *found.arrays, *pictures)}
        if not files and len(found.archives) == 1 and not is_inner:
            yield from _read(in_memory(found.archives[0]), framing, is_inner=True)
            return
        faults = [] if pictures else [*found.faults.values()]
        if not files and not faults and not found.not_read:
            raise DataError(f"There are no pictures and no tables in {file.name}.")
        ahead = _ReadAhead(_in_their_order(archive, files) if archive.is_sequential else [])
        for name in natural_order(set(files)):
            yield from _read_member(files[name], ahead, framing)
        for sentence in (*faults, *found.not_read.values()):
            yield Unreadable(file.name, sentence)


def _in_their_order(archive: Archive, files: Mapping[str, NamedFile]) -> Iterator[NamedFile]:
    """Those of the files that are not in memory, as they lie in the archive; tables and arrays unless they are large.

    Of large ones an archive cannot hold many, so that each can be looked for on its own.
    """
    for member in archive.members:
        file = files.get(archive.file(member).name)
        if file and callable(file.source) and (member.size <= MAX_BYTES or is_picture_name(file.name)):
            yield file


class _ReadAhead:
    """Files of an archive that has to be read from front to back, while they are asked for in another order.

    What lies before the one that is asked for is kept until its turn: at most all, which the archive’s limit bounds.
    """

    def __init__(self, files: Iterable[NamedFile]) -> None:
        in_order = list(files)
        self._names, self._files = {file.name for file in in_order}, iter(in_order)
        self._kept: dict[str, bytes | DataError] = {}

    def take(self, file: NamedFile) -> NamedFile:
        """The same in memory, if it is one of them; each can be taken once.

        Raises
        ------
        DataError
            If it cannot be read.
        """
        if file.name not in self._names:
            return file
        while file.name not in self._kept:
            one = next(self._files)
            try:
                self._kept[one.name] = _content(one)
            except DataError as error:
                self._kept[one.name] = error
        content = self._kept.pop(file.name)
        if isinstance(content, DataError):
            raise content
        return NamedFile(file.name, content)


def _read_member(file: NamedFile, ahead: _ReadAhead, framing: Framing) -> Iterator[Read]:
    """One file of an archive, unless it holds labels; a damaged one takes no other along."""
    try:
        file = ahead.take(file)
        if holds_labels(file):
            return
    except DataError as error:
        yield Unreadable(file.name, str(error))
        return
    yield from _read(file, framing, is_inner=True)


def _rows(file: NamedFile, kind: Kind, framing: Framing) -> Iterator[Read]:
    for part in images_of(file, kind, as_is=framing is Framing.RESIZED):
        for sentence in part.notes:
            yield Remark(file.name, sentence)
        for row, image in zip(part.rows.tolist(), part.images, strict=True):
            yield Found(part.name, row, image, bool(image.any()))
        for sentence in part.unread:
            yield Unreadable(file.name, sentence)


def _content(file: NamedFile) -> bytes:
    """A file's bytes, at most one more than is allowed of a picture: enough to refuse it, also if it never ends."""
    if not isinstance(file.source, Path):
        with file.open() as stream:
            return stream.read(MAX_BYTES + 1)
    try:
        with file.source.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise UploadError(f"it cannot be read ({error.strerror or error}).") from None
