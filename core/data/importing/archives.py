"""Files in a zip, a tar, a folder or a selection: checked by name before one is opened; nothing is unpacked to disk."""

import stat
import tarfile
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, cast

from core.data.importing.member_paths import (
    check_letters,
    files_in,
    folders_in,
    is_litter,
    link_refused,
    safe_path,
)
from core.data.importing.members import Member, are_parted
from core.data.importing.named_file import UNPACKING, NamedFile
from core.data.importing.streams import BoundedReads, UnpackedStream, unpacked_stream
from core.data.importing.tar_entries import CheckedEntry
from core.data.importing.zip_names import read_names
from core.errors import DataError, TooMuchError

MOST_MEMBERS = 100_000
MOST_UNPACKED_BYTES = 1_000_000_000
# The list of contents of a zip is read in one piece; 100,000 names of 80 letters fit into this.
_LONGEST_READ = 16_000_000
# Of a tar, beside what is in the files: a header each, and a longer one where its name or time needs it.
_HEADERS = 4_096
_ENCRYPTED = 0x1
# ValueError where a header leads to before the file, RuntimeError where a password is asked for, and with it
# NotImplementedError for compression that is not known.
DAMAGE = (*UNPACKING, zipfile.BadZipFile, tarfile.TarError, OSError, RuntimeError, ValueError)


@dataclass(frozen=True, eq=False)
class Archive:
    """Contents of a zip, a tar or a folder, or files that were chosen together.

    Parameters
    ----------
    empty_folders
        Folders without anything in them.
    is_selection
        Whether its files were chosen one by one, so that they are called by their own names alone.
    names_paths
        Whether a file in it is called by its whole path, from the archive on.
    is_sequential
        Whether it should be read in the order of its members: going back means unpacking it from the front.
    is_joined
        Whether it is made of several that were chosen together: its first folders are called as they are.
    notes
        Sentences for the report.
    left_out
        A sentence about each chosen file that is none of its members, by their names.
    strays
        Members that are known to be no data, so that their places say nothing, such as a README beside a folder.
    """

    name: str
    members: tuple[Member, ...]
    empty_folders: tuple[PurePosixPath, ...] = ()
    is_selection: bool = False
    names_paths: bool = False
    is_sequential: bool = False
    is_joined: bool = False
    notes: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    strays: Collection[Member] = ()

    def place(self, member: Member) -> str:
        """What sentences call a member."""
        return str(member.path) if self.is_selection or self.is_joined else f"{member.path} in {self.name}"

    def read(self, member: Member, limit: int) -> bytes:
        """The whole content of a member.

        Raises
        ------
        DataError
            If it is larger than the limit, by what it claims or in truth, or damaged.
        """
        if member.size > limit:
            raise DataError(f"{self.place(member)} has {member.size:,} bytes; at most {limit:,} are read.")
        try:
            with self.open(member) as stream:
                content = stream.read(limit + 1)
        except DAMAGE:
            raise self._damaged(member) from None
        if len(content) > limit:
            raise DataError(f"{self.place(member)} has more than {limit:,} bytes, the most that can be read.")
        return content

    def open(self, member: Member) -> BinaryIO:
        """A stream of the member's bytes that can be rewound.

        Raises
        ------
        DataError
            If the member cannot be opened.
        """
        try:
            return member.opener()
        except DAMAGE:
            raise self._damaged(member) from None

    def file(self, member: Member) -> NamedFile:
        """A member as a file of its own; called by its path where its name alone does not tell it or its part."""
        if self.names_paths:
            return NamedFile(f"{self.name.rstrip('/')}/{member.path}", partial(self.open, member))
        is_whole = self.is_joined or self._names[member.path.name] > 1 or (self.are_parted and member.part is not None)
        return NamedFile(str(member.path) if is_whole else member.path.name, partial(self.open, member))

    @cached_property
    def _names(self) -> Counter[str]:
        return Counter(member.path.name for member in self.members)

    @cached_property
    def are_parted(self) -> bool:
        """Whether the folders of its members tell several parts."""
        return are_parted(member for member in self.members if member not in self.strays)

    def _damaged(self, member: Member) -> DataError:
        return DataError(f"{self.place(member)} is damaged or packed in a way that is not read.")


@contextmanager
def open_archive(file: NamedFile) -> Iterator[Archive]:
    """List what is in a zip, a tar or a folder; litter of operating systems and hidden files are left out.

    Raises
    ------
    DataError
        If the archive is damaged, has too many files or too many bytes, or any member is encrypted, a link, or has a
        path that leads out of the archive; the sentence names it.
    """
    if isinstance(file.source, Path) and file.source.is_dir():
        yield checked(file.name, list(_folder_members(file.source, file.name)), folders_in(file.source))
        return
    with file.open() as stream:
        is_zip = stream.read(2) == b"PK"
        stream.seek(0)
        if not is_zip:
            most = MOST_UNPACKED_BYTES + MOST_MEMBERS * _HEADERS
            unpacked = unpacked_stream(stream, file.name, most=most, longest=_LONGEST_READ)
            with unpacked as content, _open_tar(content, file.name) as tar:
                archive = checked(file.name, *_tar_members(tar, file.name))
                if isinstance(content, UnpackedStream):
                    content.longest = most
                    archive = replace(archive, is_sequential=True)
                yield archive
            return
        try:
            opened = open_zip(stream, file.name)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, UnicodeDecodeError):
            raise _no_contents(file.name) from None
        with opened:
            yield checked(file.name, *_zip_members(opened, file.name))


def open_zip(stream: BinaryIO, name: str) -> zipfile.ZipFile:
    """A zip whose list of contents fits into memory; with what ``zipfile`` raises of damaged ones.

    Raises
    ------
    DataError
        If the list is too long.
    """
    return zipfile.ZipFile(BoundedReads(stream, name, _LONGEST_READ, MOST_MEMBERS))


def _no_contents(name: str) -> DataError:
    return DataError(f"{name} is damaged: its list of contents cannot be read. Download or pack it again.")


def checked(
    name: str, members: Sequence[Member], folders: Sequence[PurePosixPath], notes: Sequence[str] = ()
) -> Archive:
    """An archive of these files, if they are not too many or too large together.

    Raises
    ------
    DataError
        If they are.
    """
    if len(members) > MOST_MEMBERS:
        raise DataError(f"{name} holds {len(members):,} files; at most {MOST_MEMBERS:,} are read.")
    total = sum(member.size for member in members)
    if total > MOST_UNPACKED_BYTES:
        raise _too_large(name, total)
    parents = {parent for member in members for parent in member.path.parents}
    empty = tuple(folder for folder in folders if folder not in parents)
    return Archive(name, tuple(members), empty, notes=tuple(notes))


def _too_large(name: str, total: int) -> TooMuchError:
    most = f"{MOST_UNPACKED_BYTES / 1e6:,.0f}"
    return TooMuchError(f"{name} unpacks to {total / 1e6:,.0f} MB; at most {most} MB are read.")


def _zip_members(opened: zipfile.ZipFile, name: str) -> tuple[list[Member], list[PurePosixPath], list[str]]:
    members, folders = [], []
    entries = opened.infolist()
    if len(entries) > MOST_MEMBERS:
        raise DataError(f"{name} holds {len(entries):,} files; at most {MOST_MEMBERS:,} are read.")
    texts, notes = read_names(entries, name)
    for entry, text in zip(entries, texts, strict=True):
        path = safe_path(text, name)
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise link_refused(path, name)
        if entry.flag_bits & _ENCRYPTED:
            raise DataError(f"{path} in {name} is encrypted: pack it again without a password.")
        if is_litter(path):
            continue
        if entry.is_dir():
            folders.append(path)
        else:
            members.append(Member(path, entry.file_size, cast(Callable[[], BinaryIO], partial(opened.open, entry))))
    return members, folders, notes


@contextmanager
def _open_tar(stream: BinaryIO | UnpackedStream, name: str) -> Iterator[tarfile.TarFile]:
    try:
        opened = tarfile.TarFile(fileobj=cast(BinaryIO, stream), errorlevel=2, tarinfo=CheckedEntry)
    except DAMAGE:
        raise _no_contents(name) from None
    with opened:
        yield opened


def _tar_members(opened: tarfile.TarFile, name: str) -> tuple[list[Member], list[PurePosixPath]]:
    """Its contents in their order; of a packed tar all of it is read for that, as far as it may go."""
    members: list[Member] = []
    folders: list[PurePosixPath] = []
    total = 0
    while entry := _next_entry(opened, name):
        if PurePosixPath(entry.name) == PurePosixPath("."):
            continue
        path = safe_path(entry.name, name)
        check_letters(str(path), name)
        total += entry.size
        if total > MOST_UNPACKED_BYTES:
            raise _too_large(name, total)
        if len(members) >= MOST_MEMBERS:
            raise DataError(f"{name} holds more than {MOST_MEMBERS:,} files, the most that can be read.")
        if entry.isdir():
            folders += [] if is_litter(path) else [path]
        elif not entry.isfile():
            raise link_refused(path, name)
        elif not is_litter(path):
            members.append(Member(path, entry.size, partial(_tar_stream, opened, entry)))
    return members, folders


def _next_entry(opened: tarfile.TarFile, name: str) -> tarfile.TarInfo | None:
    try:
        return opened.next()
    except DAMAGE:
        raise _no_contents(name) from None


def _tar_stream(opened: tarfile.TarFile, entry: tarfile.TarInfo) -> BinaryIO:
    stream: IO[bytes] | None = opened.extractfile(entry)
    assert stream is not None
    return cast(BinaryIO, stream)


def _folder_members(folder: Path, name: str) -> Iterator[Member]:
    for count, path in enumerate(files_in(folder, name), 1):
        if count > MOST_MEMBERS:
            raise DataError(f"{name} holds more than {MOST_MEMBERS:,} files, the most that can be read.")
        yield Member(path, (folder / path).stat().st_size, partial(_open_path, folder / path))


def _open_path(path: Path) -> BinaryIO:
    return path.open("rb")
