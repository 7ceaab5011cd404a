"""Which picture a name in a list means: its path, an end of it, or its number, with or without ending."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath

from core.data.importing.member_paths import MOST_FOLDERS
from core.data.importing.members import Member
from core.data.importing.parts import part_of_path

_LONGEST = 1_000
"""Characters, as of a path in an archive: what is looked up takes the square of its length."""
_ABSOLUTE = re.compile(r"([a-z]:)?[\\/]", re.IGNORECASE)
_ENDING = re.compile(r"\.[a-z][a-z0-9]{1,4}$", re.IGNORECASE)

ByName = Mapping[str, PurePosixPath | None]
"""Where pictures are, by their names; None where several have the name."""


def places_of(pictures: Sequence[Member]) -> ByName:
    """Pictures by their path and the ends of it, with and without ending; None where that is not one picture."""
    places: dict[str, PurePosixPath | None] = {}
    for member in pictures:
        parts = member.path.parts
        whole = ["/".join(parts[start:]) for start in range(len(parts))]
        for key in {plain(text) for path in whole for text in (path, path[: -len(member.path.suffix) or None])}:
            places[key] = None if key in places else member.path
    return places


def plain(text: str) -> str:
    r"""A name as people write it: ``./Img\1.PNG``, ``00001`` and ``1`` alike."""
    path = text.replace("\\", "/").removeprefix("./").lower()
    number = path.removesuffix(".0")
    return (number.lstrip("0") or "0") if number.isascii() and number.isdigit() else path


def key_of(text: str, places: ByName, *, are_parted: bool) -> str | None:
    r"""The name among these that a path means: itself, else its longest end, which may have another ending; or None.

    A list may have been written elsewhere, ``C:\me\images\1.png``, or before the pictures were converted; but
    ``train/1.png`` is not ``test/1.png``. Folders of another computer, ``/home/dev/1.png``, are parts only where there
    are several: by the folders of all files, or by the list, as :func:`tell_parts` says.
    """
    is_checked = are_parted or not _ABSOLUTE.match(text)
    path = plain(text)
    if path in places:
        return path
    parts = text[-_LONGEST:].replace("\\", "/").split("/")[-MOST_FOLDERS - 1 :]
    ends = ((parts[:start], "/".join(parts[start:])) for start in range(len(parts)))
    keys = ((above, end, plain(name)) for above, end in ends for name in (end, _ENDING.sub("", end)))
    return next(
        (
            key
            for above, end, key in keys
            if key in places and not (is_checked and _is_of_another_part(above, end, places[key]))
        ),
        None,
    )


def tell_parts(paths: Iterable[str]) -> bool:
    """Whether paths in a list are for several parts by their folders."""
    folders = {path[-_LONGEST:].replace("\\", "/").rpartition("/")[0] for path in paths}
    return len({part_of_path(PurePosixPath(folder)) for folder in folders} - {None}) > 1


def _is_of_another_part(above: Sequence[str], end: str, picture: PurePosixPath | None) -> bool:
    """Whether the folders that a path has above its end are for something else than the picture, and the end is not."""
    its = part_of_path(picture.parent) if picture else None
    if its is None or part_of_path(PurePosixPath(end).parent) is not None:
        return False
    return part_of_path(PurePosixPath(*above)) not in (None, its)
