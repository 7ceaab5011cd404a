"""Which files are there twice: under the same name, or packed beside the same files unpacked."""

import gzip
import io
import re
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import BinaryIO, cast

from core.data.importing.archives import DAMAGE, MOST_UNPACKED_BYTES, Archive
from core.data.importing.member_paths import BESIDE
from core.data.importing.members import Member
from core.data.importing.parts import part_of_path
from core.data.importing.signatures import GZIP
from core.errors import DataError

_GZIPPED = re.compile(r"\.gz$", re.IGNORECASE)
_PIECE = 1 << 20
_MOST_PACKED = 200_000_000


class Copies:
    """Finds copies among chosen files by their bytes; so far as that goes, for a zip may hold a file ever so often."""

    def __init__(self, chosen: Sequence[Member]) -> None:
        self._left = MOST_UNPACKED_BYTES
        self._chosen: dict[str, list[Member]] = defaultdict(list)
        for member in chosen:
            self._chosen[_key(member)].append(member)

    def has_all_of(self, archive: Archive) -> bool:
        """Whether all data in an archive is among the chosen files as well, packed by gzip or not."""
        data = [member for member in archive.members if not BESIDE.match(member.path.name.lower())]
        return bool(data) and all(
            any(self.are_same(member, chosen) for chosen in self._chosen.get(_key(member), ())) for member in data
        )

    def are_same(self, one: Member, other: Member) -> bool:
        """Whether two files hold the same bytes, once unpacked by gzip; False if either cannot be read to its end."""
        try:
            with ExitStack() as stack:
                streams = [stack.enter_context(member.opener()) for member in (one, other)]
                plain = [_unpacked(stream) for stream in streams]
                if plain == streams and one.size != other.size:
                    return False
                return self._are_alike(*plain)
        except (DataError, *DAMAGE):
            return False

    def has_elsewhere(self, member: Member, archive: Archive) -> bool:
        """Whether a file of an archive is in another folder as well, and not for another part.

        It is held in memory meanwhile: the other may lie far from it in the same tar.
        """
        held = replace(member, opener=lambda: io.BytesIO(archive.read(member, _MOST_PACKED)))
        part = part_of_path(member.path)
        return any(
            other.path.parent != member.path.parent
            and len({part, part_of_path(other.path)} - {None}) < 2
            and self.are_same(held, other)
            for other in self._chosen.get(_key(member), ())
        )

    def _are_alike(self, one: BinaryIO, other: BinaryIO) -> bool:
        while self._left > 0:
            piece = one.read(_PIECE)
            if piece != other.read(_PIECE):
                return False
            if not piece:
                return True
            self._left -= len(piece)
        return False


def without_packed_copies(archive: Archive) -> Sequence[Member]:
    """The files of an archive but those that gzip has packed and that are in another folder as they are."""
    if not any(map(_is_packed, archive.members)):
        return archive.members
    copies = Copies([member for member in archive.members if not _is_packed(member)])
    return [member for member in archive.members if not (_is_packed(member) and copies.has_elsewhere(member, archive))]


def _is_packed(member: Member) -> bool:
    return _GZIPPED.search(member.path.name) is not None


def _key(member: Member) -> str:
    """What copies of a file are called alike."""
    return re.sub(r"[-.]", "", _GZIPPED.sub("", member.path.name.lower()))


def _unpacked(stream: BinaryIO) -> BinaryIO:
    is_packed = stream.read(2) == GZIP
    stream.seek(0)
    return cast(BinaryIO, gzip.GzipFile(fileobj=stream)) if is_packed else stream
