"""What is in an archive or a selection: tables, IDX files, arrays, pictures, and what cannot be read, by its name."""

import gzip
import io
import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from core.data.budget import one_budget, spend
from core.data.importing.archives import MOST_UNPACKED_BYTES, Archive
from core.data.importing.copies import without_packed_copies
from core.data.importing.kaggle_csv import fault_of_table
from core.data.importing.kinds import is_picture_name, kind_of
from core.data.importing.member_paths import BESIDE
from core.data.importing.members import Member, are_parted
from core.data.importing.named_file import NamedFile
from core.data.importing.parts import Part, part_of_path
from core.data.importing.signatures import Kind
from core.errors import DataError, TooMuchError

_RAW = (".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf")
_MOST_UNPACKED = 500_000_000
_PIECE = 1 << 22
_GZIPPED = re.compile(r"\.gz$", re.IGNORECASE)

_NOT_YET = {
    "parquet": "Parquet",
    "mat": "MATLAB’s",
    "npy": "NumPy’s",
    "zip": "NumPy’s",
    "packed": "another kind, gzipped",
}


@dataclass
class Contents:
    """What is in an archive.

    Parameters
    ----------
    tables, idx, arrays
        Each once, though a file may be there packed and unpacked.
    others
        Tables that hold no images, such as an example of what is to be handed in.
    lists
        Whatever may be a list of pictures with their labels; those, and such as belong to no dataset.
    faults
        What is wrong with tables that seem to hold images, by their names; those are among the others.
    unread
        Sentences about files that cannot be read, by their names.
    ignored
        How many files there are that belong to no dataset, such as a licence.
    """

    tables: list[NamedFile] = field(default_factory=list)
    idx: list[NamedFile] = field(default_factory=list)
    arrays: list[NamedFile] = field(default_factory=list)
    archives: list[NamedFile] = field(default_factory=list)
    pictures: list[Member] = field(default_factory=list)
    others: list[NamedFile] = field(default_factory=list)
    lists: list[NamedFile] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    ignored: int = 0

    @property
    def not_read(self) -> dict[str, str]:
        """A sentence about each file that cannot be read, or is an archive in this one, by their names."""
        way_out = "is an archive within an archive: unpack it to import its contents."
        return self.unread | {file.name: f"{file.name} {way_out}" for file in self.archives}

    @property
    def kinds(self) -> list[list[NamedFile]]:
        """Tables, IDX files and arrays, as far as there are any: the first are read."""
        return [files for files in (self.tables, self.idx, self.arrays) if files]

    @property
    def has_data(self) -> bool:
        """Whether anything but pictures was found."""
        return bool(self.kinds)

    def faults_but(self, used: Collection[str]) -> list[str]:
        """What is wrong with tables that seem to hold images, but for those that are used for something else."""
        names = [file.name for file in self.others if file.name not in used]
        return [self.faults[name] for name in names if name in self.faults]


@one_budget()
def contents_of(archive: Archive) -> Contents:
    """Sort what is in an archive by what it is; no picture is opened."""
    found = Contents(unread={**archive.left_out})
    origins: dict[int, tuple[str, Part | None]] = {}
    for member in without_packed_copies(archive):
        if is_picture_name(member.path.name) and not archive.is_selection:
            found.pictures.append(member)
            continue
        file = archive.file(member)
        origins[id(file)] = member.origin, part_of_path(member.path)
        try:
            _sort_in(found, member, file, kind_of(file), is_chosen=archive.is_selection)
        except TooMuchError:
            raise
        except DataError as error:
            if BESIDE.match(member.path.name.lower()) and not archive.is_selection:
                found.ignored += 1
            else:
                found.unread[file.name] = str(error)
    found.idx = [file for alike in _by_origin(found.idx, origins) for file in _once(alike)]
    found.tables, found.arrays = _once(found.tables, by_path=True), _once(found.arrays, by_path=True)
    return found


def without_strays(archive: Archive) -> Archive:
    """The same with the files beside the folder of a part, if none of them holds images: they do not make it a part."""
    beside = {one for one in archive.members if one.part is None and BESIDE.match(one.path.name.lower())}
    is_told = are_parted(one for one in archive.members if one not in beside)
    if is_told or not are_parted(archive.members) or any(_holds_images(archive.file(one)) for one in beside):
        return archive
    return replace(archive, strays=beside)


def _holds_images(file: NamedFile) -> bool:
    try:
        return kind_of(file) == "table" and fault_of_table(file) is not None
    except TooMuchError:
        raise
    except DataError:
        return False


def _by_origin(files: Sequence[NamedFile], origins: Mapping[int, tuple[str, Part | None]]) -> list[list[NamedFile]]:
    """Files of each archive and part: others that were chosen with them may hold other images under the same names."""
    grouped: dict[tuple[str, Part | None], list[NamedFile]] = defaultdict(list)
    for file in files:
        grouped[origins.get(id(file), ("", None))].append(file)
    return list(grouped.values())


def _sort_in(found: Contents, member: Member, file: NamedFile, kind: Kind, *, is_chosen: bool) -> None:
    if kind == "picture" and member.path.suffix.lower() in _RAW:
        found.unread[file.name] = f"{file.name} is a raw photograph: export it as JPEG or PNG."
    elif kind == "picture":
        found.pictures.append(member)
    elif kind == "table":
        _sort_table(found, file, is_beside=BESIDE.match(member.path.name.lower()) is not None and not is_chosen)
    elif kind == "idx":
        found.idx.append(file)
    elif kind in ("zip", "tar"):
        found.archives.append(file)
    elif kind == "packed":
        inner = unpacked(file)
        _sort_in(found, member, inner, kind_of(inner), is_chosen=is_chosen)
    else:
        found.arrays.append(file)


def _sort_table(found: Contents, file: NamedFile, *, is_beside: bool) -> None:
    fault = fault_of_table(file)
    if fault == "":
        found.tables.append(file)
        return
    found.lists.append(file)
    if fault:
        found.faults[file.name] = fault
    if is_beside:
        found.ignored += 1
    else:
        found.others.append(file)


def unpacked(file: NamedFile) -> NamedFile:
    """What gzip has packed, in memory."""
    with file.open() as stream, gzip.GzipFile(fileobj=stream) as packed:
        return NamedFile(_GZIPPED.sub("", file.name), _held(packed, file.name, _MOST_UNPACKED))


def in_memory(file: NamedFile) -> NamedFile:
    """An archive in an archive, to be read in any order: going back in the outer one means unpacking from the front."""
    with file.open() as stream:
        return NamedFile(file.name, _held(stream, file.name, MOST_UNPACKED_BYTES))


def _held(stream: BinaryIO | gzip.GzipFile, name: str, most: int) -> BinaryIO:
    content = io.BytesIO()
    while piece := stream.read(_PIECE):
        spend(len(piece), name)
        content.write(piece)
        if content.tell() > most:
            raise DataError(f"{name} unpacks to more than {most / 1e6:,.0f} MB: unpack it first.")
    return content


def _once(files: Sequence[NamedFile], *, by_path: bool = False) -> list[NamedFile]:
    """Files of which others are a packed copy, or the same under a name with another dot or hyphen; the first stays."""
    kept: dict[str, NamedFile] = {}
    for file in sorted(files, key=lambda file: bool(_GZIPPED.search(file.name))):
        name = _GZIPPED.sub("", file.name.lower())
        kept.setdefault(name if by_path else re.sub(r"[-.]", "", name.rpartition("/")[2]), file)
    chosen = {id(file) for file in kept.values()}
    return [file for file in files if id(file) in chosen]
