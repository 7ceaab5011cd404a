"""Files in a zip or a folder: checked by name before one is opened; nothing is unpacked to disk."""

import lzma
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from core.data.importing.named_file import NamedFile
from core.errors import DataError

MOST_MEMBERS = 100_000
MOST_UNPACKED_BYTES = 1_000_000_000
# The list of contents of a zip is read in one piece; 100,000 names of 80 letters fit into this.
_LONGEST_READ = 16_000_000
_ENCRYPTED = 0x1
# What zipfile and its decompressors raise: ValueError where a header leads to before the file, RuntimeError where a
# password is asked for, and with it NotImplementedError for compression that is not known.
_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError)
_LITTER = ("__MACOSX", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True, eq=False)
class Member:
    """A file in an archive.

    Parameters
    ----------
    path
        Where it lies inside the archive; safe: relative, without ``..``.
    size
        Bytes that it claims to have.
    """

    path: PurePosixPath
    size: int
    source: "zipfile.ZipInfo | Path"


@dataclass(frozen=True, eq=False)
class Archive:
    """Contents of a zip or a folder.

    Parameters
    ----------
    empty_folders
        Folders without anything in them.
    """

    name: str
    members: tuple[Member, ...]
    empty_folders: tuple[PurePosixPath, ...]
    zip: zipfile.ZipFile | None = None

    def read(self, member: Member, limit: int) -> bytes:
        """The whole content of a member.

        Raises
        ------
        DataError
            If it is larger than the limit, by what it claims or in truth, or damaged.
        """
        if member.size > limit:
            raise DataError(f"{member.path} in {self.name} has {member.size:,} bytes; at most {limit:,} are read.")
        try:
            with self.open(member) as stream:
                content = stream.read(limit + 1)
        except _DAMAGE:
            raise self._damaged(member) from None
        if len(content) > limit:
            raise DataError(f"{member.path} in {self.name} has more than the {limit:,} bytes that are read.")
        return content

    def open(self, member: Member) -> BinaryIO:
        """A stream of the member's bytes that can be rewound.

        Raises
        ------
        DataError
            If the member cannot be opened.
        """
        try:
            if isinstance(member.source, Path):
                return member.source.open("rb")
            assert self.zip is not None
            return self.zip.open(member.source)  # type: ignore[return-value]
        except _DAMAGE:
            raise self._damaged(member) from None

    def _damaged(self, member: Member) -> DataError:
        return DataError(f"{member.path} in {self.name} is damaged or packed in a way that is not read.")


@contextmanager
def open_archive(file: NamedFile) -> Iterator[Archive]:
    """List what is in a zip or folder; litter of operating systems and hidden files are left out.

    Raises
    ------
    DataError
        If the archive is damaged, has too many files or too many bytes, or any member is encrypted, a link, or has a
        path that leads out of the archive; the sentence names it.
    """
    if isinstance(file.source, Path) and file.source.is_dir():
        yield _checked(file.name, list(_folder_members(file.source, file.name)), _empty_folders(file.source))
        return
    with file.open() as stream:
        try:
            opened = zipfile.ZipFile(_BoundedReads(stream, file.name))
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, UnicodeDecodeError):
            raise DataError(f"{file.name} is damaged: its list of contents cannot be read.") from None
        with opened:
            members, folders = _zip_members(opened, file.name)
            yield _checked(file.name, members, folders, opened)


def _checked(
    name: str, members: list[Member], folders: Sequence[PurePosixPath], opened: zipfile.ZipFile | None = None
) -> Archive:
    total = sum(member.size for member in members)
    if total > MOST_UNPACKED_BYTES:
        raise DataError(
            f"{name} unpacks to {total / 1e6:,.0f} MB; at most {MOST_UNPACKED_BYTES / 1e6:,.0f} MB are read."
        )
    parents = {parent for member in members for parent in member.path.parents}
    empty = tuple(folder for folder in folders if folder not in parents)
    return Archive(name, tuple(members), empty, opened)


def _zip_members(opened: zipfile.ZipFile, name: str) -> tuple[list[Member], list[PurePosixPath]]:
    members, folders = [], []
    entries = opened.infolist()
    if len(entries) > MOST_MEMBERS:
        raise DataError(f"{name} holds {len(entries):,} files; at most {MOST_MEMBERS:,} are read.")
    for entry in entries:
        path = _safe_path(entry.filename, name)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise DataError(f"{path} in {name} is a link to another file: links are not followed.")
        if entry.flag_bits & _ENCRYPTED:
            raise DataError(f"{path} in {name} is encrypted: pack it again without a password.")
        if _is_litter(path):
            continue
        if entry.is_dir():
            folders.append(path)
        else:
            members.append(Member(path, entry.file_size, entry))
    return members, folders


def _safe_path(text: str, name: str) -> PurePosixPath:
    """The path of a member, if it stays inside the archive."""
    path = PurePosixPath(text.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in text or not path.parts:
        shown = "".join(letter for letter in text[:80] if letter.isprintable())
        raise DataError(f"The path “{shown}” in {name} leads out of the archive: such a file is not read.")
    return path


def _folder_members(folder: Path, name: str) -> Iterator[Member]:
    count = 0
    for where, folders, files in os.walk(folder):
        folders.sort()
        here = Path(where)
        for entry in sorted(files) + folders:
            if (here / entry).is_symlink():
                raise DataError(f"{entry} in {name} is a link to another file: links are not followed.")
        for entry in sorted(files):
            path = PurePosixPath((here / entry).relative_to(folder).as_posix())
            _check_letters(str(path), name)
            if _is_litter(path):
                continue
            count += 1
            if count > MOST_MEMBERS:
                raise DataError(f"{name} holds more than {MOST_MEMBERS:,} files, the most that are read.")
            yield Member(path, (here / entry).stat().st_size, here / entry)


def _check_letters(path: str, name: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode("utf-8", "replace").decode()
        raise DataError(f"The name “{shown}” in {name} is no UTF-8: rename it.") from None


def _empty_folders(folder: Path) -> list[PurePosixPath]:
    found = (PurePosixPath(Path(where).relative_to(folder).as_posix()) for where, _, _ in os.walk(folder))
    return [path for path in found if path.parts and not _is_litter(path)]


def _is_litter(path: PurePosixPath) -> bool:
    return any(part in _LITTER or part.startswith(".") for part in path.parts)


class _BoundedReads:
    """A stream that refuses to be read in very large pieces: a zip's list of contents is such a piece."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int = -1) -> bytes:
        if size > _LONGEST_READ:
            raise DataError(f"{self._name} lists far more than {MOST_MEMBERS:,} files, the most that are read.")
        return self._stream.read(size)

    def seekable(self) -> bool:
        return True
