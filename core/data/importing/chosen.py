"""Files that were chosen together, as one archive; what is in zips and tars among them is read like all else."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from core.data.importing.archives import Archive, Member, checked, open_archive
from core.data.importing.kinds import is_picture_name, kind_of
from core.data.importing.member_paths import MOST_FOLDERS
from core.data.importing.named_file import NamedFile
from core.data.importing.parts import part_of_name, part_of_path
from core.data.importing.streams import KeptStream
from core.errors import DataError

_ENDINGS = re.compile(r"(\.(zip|tar|tgz|tbz2?|txz|gz|bz2|xz))+$", re.IGNORECASE)


@contextmanager
def chosen_together(files: Sequence[NamedFile]) -> Iterator[Archive]:
    """An archive of some files, none of them a folder; the files of a zip or tar lie in a folder of its name.

    Raises
    ------
    DataError
        As :func:`open_archive`, for all of them together.
    """
    packed = [file for file in files if _is_archive(file)]
    members: list[Member] = []
    folders: list[PurePosixPath] = []
    notes: list[str] = []
    is_sequential = False
    with ExitStack() as stack:
        for file in files:
            if file not in packed:
                members.append(Member(_path_of(file.name), file.size(), partial(_open_named, file)))
                continue
            archive = stack.enter_context(open_archive(file))
            place = _folder_of(file, archive)
            members += [replace(member, path=place / member.path) for member in archive.members]
            folders += [place / folder for folder in archive.empty_folders]
            notes += archive.notes
            is_sequential |= archive.is_sequential
        if packed:
            others = f" with {packed[1].name}" if len(packed) == 2 else f" with {len(packed) - 1} others"
            name = packed[0].name + (others if len(packed) > 1 else "")
            yield replace(checked(name, members, folders, notes), is_joined=True, is_sequential=is_sequential)
        else:
            yield Archive(files[0].name, tuple(members), is_selection=True)


def _is_archive(file: NamedFile) -> bool:
    try:
        return kind_of(file) in ("zip", "tar")
    except DataError:
        return False


def _folder_of(file: NamedFile, archive: Archive) -> PurePosixPath:
    """Where its files are to lie: its name may be that of their part or class, unless they lie in folders of theirs."""
    stem = _ENDINGS.sub("", _path_of(file.name).name) or "archive"
    pictures = [member.path for member in archive.members if is_picture_name(member.path.name)]
    if len(archive.members) == 1 and part_of_path(archive.members[0].path):
        return PurePosixPath()
    has_classes = pictures and all(len(path.parts) > 1 for path in pictures) and part_of_name(stem) is None
    return PurePosixPath() if has_classes else PurePosixPath(stem)


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
