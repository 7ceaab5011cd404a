"""Files that were chosen together, as one archive; what is in zips and tars among them is read like all else."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from core.data.importing.archives import MOST_UNPACKED_BYTES, Archive, checked, open_archive
from core.data.importing.copies import Copies
from core.data.importing.kinds import is_picture_name, kind_of
from core.data.importing.member_paths import MOST_FOLDERS
from core.data.importing.members import Member
from core.data.importing.named_file import NamedFile
from core.data.importing.parts import part_of_name, part_of_path
from core.data.importing.streams import KeptStream
from core.errors import DataError, TooMuchError

_ENDINGS = re.compile(r"(\.(zip|tar|tgz|tbz2?|txz|gz|bz2|xz))+$", re.IGNORECASE)
# To list a packed tar takes seconds, and a thousand of them may be damaged at their end.
_MOST_BROKEN = 10


@dataclass
class _Opened:
    """What is in the archives among some files, and the other files.

    Parameters
    ----------
    names
        Of the archives.
    taken
        Where files lie that are told apart by their places: pictures are not.
    broken
        How many archives cannot be opened.
    size
        Bytes that the files in the archives claim to have.
    """

    members: list[Member] = field(default_factory=list)
    folders: list[PurePosixPath] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    broken: int = 0
    size: int = 0
    is_sequential: bool = False

    def add(self, file: NamedFile, archive: Archive) -> None:
        """What is in an archive, each file in a place of its own."""
        place = self._place_of(_path_of(file.name), archive)
        self.members += [replace(one, path=place / one.path, origin=file.name) for one in archive.members]
        self.folders += [place / folder for folder in archive.empty_folders]
        self.names.append(file.name)
        self.notes += archive.notes
        self.size += sum(one.size for one in archive.members)
        self.is_sequential |= archive.is_sequential

    def _place_of(self, path: PurePosixPath, archive: Archive) -> PurePosixPath:
        own = path.parent / (_ENDINGS.sub("", path.name).strip(".") or "archive")
        for place in (_folder_of(own, archive), own, path):
            places = {_key(place / one.path) for one in archive.members if not is_picture_name(one.path.name)}
            if not places & self.taken:
                break
        self.taken |= places
        return place


@contextmanager
def chosen_together(files: Sequence[NamedFile]) -> Iterator[Archive]:
    """An archive of some files, none of them a folder; the files of a zip or tar lie in a folder of its name.

    Archives that cannot be opened, and those whose files were chosen beside them, are left out.

    Raises
    ------
    DataError
        If two files have one name, or all that is in archives is too much together.
    """
    opened = _Opened()
    files = _each_once(files, opened)
    packed = [file for file in files if _is_archive(file)]
    beside = {id(file): _member_of(file) for file in files if file not in packed}
    opened.taken |= {_key(member.path) for member in beside.values()}
    copies = Copies(list(beside.values()))
    with ExitStack() as stack:
        for file in files:
            if id(file) in beside:
                opened.members.append(beside[id(file)])
            elif archive := _open_beside(file, stack, copies, opened):
                opened.add(file, archive)
                if opened.size > MOST_UNPACKED_BYTES:
                    break
        yield _joined(opened) if opened.names else _selected(files[0].name, opened)


def _each_once(files: Sequence[NamedFile], opened: _Opened) -> list[NamedFile]:
    """Files that their names tell apart; pictures need not be."""
    first: dict[str, NamedFile] = {}
    kept = []
    for file in files:
        other = first.setdefault(str(_path_of(file.name)).lower(), file)
        if other is file or is_picture_name(file.name):
            kept.append(file)
        elif Copies([]).are_same(_member_of(other), _member_of(file)):
            opened.notes.append(f"{file.name} was chosen twice and counts once.")
        else:
            raise DataError(f"Two different files are called {file.name}: rename one of them.")
    return kept


def _open_beside(file: NamedFile, stack: ExitStack, copies: Copies, opened: _Opened) -> Archive | None:
    """An archive, until the stack is left; None, with a sentence, if it is of no use."""
    try:
        archive = stack.enter_context(open_archive(file))
    except TooMuchError:
        raise
    except DataError as error:
        opened.broken += 1
        if opened.broken > _MOST_BROKEN:
            raise
        opened.left_out[file.name] = str(error)
        return None
    if copies.has_all_of(archive):
        opened.notes.append(f"{file.name} was left out: the files in it were chosen as well.")
        return None
    return archive


def _joined(opened: _Opened) -> Archive:
    names = opened.names
    others = f" with {names[1]}" if len(names) == 2 else f" with {len(names) - 1} others"
    name = names[0] + (others if len(names) > 1 else "")
    archive = checked(name, opened.members, opened.folders, opened.notes)
    return replace(archive, is_joined=True, is_sequential=opened.is_sequential, left_out=opened.left_out)


def _selected(name: str, opened: _Opened) -> Archive:
    return Archive(name, tuple(opened.members), is_selection=True, notes=tuple(opened.notes), left_out=opened.left_out)


def _is_archive(file: NamedFile) -> bool:
    try:
        return kind_of(file) in ("zip", "tar")
    except DataError:
        return False


def _folder_of(own: PurePosixPath, archive: Archive) -> PurePosixPath:
    """Where its files are to lie: its name may be that of their part or class, unless they lie in folders of theirs.

    Parameters
    ----------
    own
        The folders that the archive lies in, and its name without ending.
    """
    if len(archive.members) == 1 and part_of_path(archive.members[0].path):
        return PurePosixPath()
    pictures = [member.path for member in archive.members if is_picture_name(member.path.name)]
    has_classes = pictures and all(len(path.parts) > 1 for path in pictures)
    return PurePosixPath(*(name for name in own.parts if part_of_name(name))) if has_classes else own


def _key(path: PurePosixPath) -> str:
    """What two files must not share: one of them would be taken for a packed copy."""
    return str(path).lower().removesuffix(".gz")


def _member_of(file: NamedFile) -> Member:
    path = _path_of(file.name)
    return Member(path, file.size(), partial(_open_named, file), str(path.parent))


def _path_of(name: str) -> PurePosixPath:
    """Where a chosen file lies, as far as its name says."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return PurePosixPath(*parts[-MOST_FOLDERS:] or ["file"])


def _open_named(file: NamedFile) -> BinaryIO:
    source = file.source
    if isinstance(source, Path):
        return source.open("rb")
    if isinstance(source, bytes):
        return io.BytesIO(source)
    if callable(source):
        return source()
    source.seek(0)
    return cast(BinaryIO, KeptStream(source))
