"""A file in an archive, before it is opened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from core.data.importing.parts import Part, part_of_path


@dataclass(frozen=True, eq=False)
class Member:
    """A file in an archive.

    Parameters
    ----------
    path
        Where it lies inside the archive; safe: relative, without ``..``.
    size
        Bytes that it claims to have.
    opener
        Opens a stream of its bytes.
    origin
        Which archive or folder it is from, among files that were chosen together.
    """

    path: PurePosixPath
    size: int
    opener: Callable[[], BinaryIO]
    origin: str = ""

    @property
    def part(self) -> Part | None:
        """What it is for, if one of the folders that it lies in says so."""
        return part_of_path(self.path.parent)


def are_parted(members: Iterable[Member]) -> bool:
    """Whether files are for several parts by their folders; one that all of them lie in tells none apart."""
    return len({part_of_path(folder) for folder in {member.path.parent for member in members}}) > 1
