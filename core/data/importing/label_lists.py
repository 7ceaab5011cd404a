"""Lists beside pictures, ``labels.csv`` and the like: the name of each file and its label, in either order."""

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import PurePosixPath

from core.data.class_names import MOST_CLASSES
from core.data.importing.found import part_of_file
from core.data.importing.kinds import is_picture_name
from core.data.importing.label_column import unknown_among
from core.data.importing.member_paths import BESIDE
from core.data.importing.members import Member
from core.data.importing.named_file import NamedFile
from core.data.importing.one_hot import TRUE_OR_FALSE, class_names_of, place_of_true
from core.data.importing.parts import Part, part_of_name
from core.data.importing.picture_names import ByName, key_of, places_of, plain, tell_parts
from core.data.importing.text_lines import first_lines

_MOST_BYTES = 20_000_000
_SEPARATORS = (",", ";", "\t", "|", " ")
# Of the rows of a list, and of all pictures: those of a test without labels may be many.
_FEWEST_SHARE, _FEWEST_NAMED = 0.5, 0.1
EXAMPLE = re.compile(r"(sample|submission|example)[^/]*$", re.IGNORECASE)
LABEL = re.compile(
    r"labels?|class(es|[_ ]?id|[_ ]?names?)?|targets?|digits?|y|category|character|letter|annotation|ground_?truth|gt"
)
_CALLED = re.compile(r"(label|annotation|ground_?truth)[^/]*$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class LabelList:
    """What a list says.

    Parameters
    ----------
    name
        Of the file.
    labels
        By the path of the picture.
    absent
        Rows that name no picture that is there.
    is_named
        Whether its header says which column is the label.
    unclear
        Pictures that several rows mean and label differently.
    """

    name: str
    labels: Mapping[PurePosixPath, str]
    absent: int
    is_named: bool
    unclear: Collection[PurePosixPath] = ()

    def part_of(self, picture: Member) -> Part | None:
        """What one of its pictures is for: by its own name, else by where the picture lies, else by where it lies."""
        return part_of_name(PurePosixPath(self.name).name) or picture.part or part_of_file(self.name)


@dataclass(frozen=True)
class UnusedList:
    """A table that seems to hold labels of pictures, and does not hold those of the pictures beside it.

    Parameters
    ----------
    name
        Of the file.
    sentence
        Why, with its name.
    names_pictures
        Whether it names pictures at all; one that does not may hold anything else.
    """

    name: str
    sentence: str
    names_pictures: bool


def label_lists(
    files: Iterable[NamedFile], pictures: Sequence[Member], *, are_parted: bool
) -> tuple[list[LabelList], list[UnusedList]]:
    """Those of some tables that name pictures and give each a label, and those that only seem to.

    ``train.csv`` speaks of the pictures in ``train``, where there are such: those in ``test`` may be called the same.
    """

    @lru_cache(maxsize=8)  # There may be a text for each picture.
    def places(part: Part | None, folder: PurePosixPath | None) -> ByName:
        return places_of(_meant(part, folder, pictures))

    files = [file for file in files if not EXAMPLE.search(file.name)]
    read = [_read(file, places(*_scope(PurePosixPath(file.name))), are_parted=are_parted) for file in files]
    return [one for one in read if isinstance(one, LabelList)], [one for one in read if isinstance(one, UnusedList)]


def _scope(path: PurePosixPath) -> tuple[Part | None, PurePosixPath | None]:
    """The part that a list is for, and the folder that says so unless its own name does."""
    if part := part_of_name(path.name):
        return part, None
    return next(((part, folder) for folder in path.parents if (part := part_of_name(folder.name))), (None, None))


def _meant(part: Part | None, folder: PurePosixPath | None, pictures: Sequence[Member]) -> Sequence[Member]:
    """The pictures that a list may speak of: those below the folder of its part, those of the part, or all."""
    below = [picture for picture in pictures if folder in picture.path.parents] if folder else []
    return below or [picture for picture in pictures if part and picture.part == part] or pictures


def _read(file: NamedFile, places: ByName, *, are_parted: bool) -> LabelList | UnusedList | None:
    rows = _rows(first_lines(file, _MOST_BYTES))
    if len(rows) < 2:
        words = f"{file.name} gives labels without the names of their pictures: write both into each row."
        return None if rows or not _CALLED.search(file.name) else UnusedList(file.name, words, names_pictures=False)
    find = partial(key_of, places=places, are_parted=are_parted or tell_parts(cell for row in rows for cell in row))
    column = max(range(len(rows[0])), key=lambda one: _likeness(rows, one, find))
    has_header = not is_picture_name(rows[0][column]) and find(rows[0][column]) is None
    header, body = ([cell.lower() for cell in rows[0]], rows[1:]) if has_header else ([], rows)
    found = [(places.get(find(row[column]) or ""), row) for row in body]
    named = [(path, row) for path, row in found if path is not None]
    labels = _labels([row for _, row in named], header, column)
    told, unclear = _agreed([path for path, _ in named], labels or [""] * len(named))
    why = _why_unused(file.name, len(body), [path for path, _ in named], places)
    if not why and len(told) >= _FEWEST_NAMED * _count(places):
        is_named = any(map(LABEL.fullmatch, header))
        return LabelList(file.name, told, len(body) - len(named), is_named, unclear)
    names_pictures = is_picture_name(body[-1][column])
    if not (names_pictures or _speaks_of_labels(file.name, header)):
        return None
    return UnusedList(file.name, why or _without_labels(file.name, is_labelled=bool(unclear)), names_pictures)


def _speaks_of_labels(name: str, header: Sequence[str]) -> bool:
    """Whether a table is called as a list of labels is, or one of its columns; a text beside data is not one."""
    is_beside = BESIDE.match(PurePosixPath(name).name.lower())
    return bool(_CALLED.search(name)) or (not is_beside and any(map(LABEL.fullmatch, header)))


def _why_unused(name: str, rows: int, named: Sequence[PurePosixPath], places: ByName) -> str:
    """What is wrong with the names in a list, whatever its labels; empty if nothing is."""
    if not named:
        return f"{name} names none of these pictures."
    if len(named) < _FEWEST_SHARE * rows:
        return f"Of the {rows:,} pictures that {name} names, only {len(named):,} are here."
    if (count := len({*named})) < _FEWEST_NAMED * (pictures := _count(places)):
        return f"{name} names only {count:,} of these {pictures:,} pictures."
    return ""


def _without_labels(name: str, *, is_labelled: bool) -> str:
    if is_labelled:
        return f"{name} has rows with different labels for nearly every picture: keep one row for each."
    return f"{name} names these pictures but not their labels: name the label column “label”."


def _count(places: ByName) -> int:
    return len({path for path in places.values() if path is not None})


def _agreed(
    paths: Sequence[PurePosixPath], labels: Sequence[str]
) -> tuple[dict[PurePosixPath, str], set[PurePosixPath]]:
    """The label of each picture that has one, and the pictures that several rows mean and label differently."""
    told: dict[PurePosixPath, set[str]] = defaultdict(set)
    for path, label in zip(paths, labels, strict=True):
        if label:
            told[path].add(label)
    unclear = {path for path, some in told.items() if len(some) > 1}
    return {path: some.pop() for path, some in told.items() if path not in unclear}, unclear


def _rows(lines: Sequence[bytes]) -> list[list[str]]:
    """Cells of a table of text; rows of another length than the first are left out."""
    texts = [line.decode("utf-8", "replace") for line in lines if line.strip()]
    head = texts[:20]
    separator = next((one for one in _SEPARATORS if all(one in text for text in head)), "")
    if not separator:
        return []
    read = csv.reader((text.strip() if separator == " " else text for text in texts), delimiter=separator, strict=False)
    try:
        rows = [[cell.strip() for cell in row] for row in read]
    except csv.Error:
        return []
    return [row for row in rows if len(row) == len(rows[0])]


def _likeness(rows: Sequence[Sequence[str]], column: int, find: Callable[[str], str | None]) -> tuple[bool, int, int]:
    """Whether a column holds names of files, and how many pictures it names: unlike labels, those never repeat."""
    names = {plain(row[column]) for row in rows}
    found = {key for name in names if (key := find(name)) is not None}
    are_files = 2 * sum(map(is_picture_name, names)) > len(names)
    return are_files, len(found), sum("." in name or "/" in name for name in names)


def _labels(rows: Sequence[Sequence[str]], header: Sequence[str], pictures: int) -> list[str] | None:
    """The label of each row: of the column that is called so, the only other one, or one column for each class.

    It is empty where a row says that it is unknown.
    """
    others = [column for column in range(len(rows[0]) if rows else 0) if column != pictures]
    called = [column for column in others if header and LABEL.fullmatch(header[column])]
    if len(called) == 1 or len(others) == 1:
        cells = [row[(called or others)[0]] for row in rows]
        unknown = unknown_among(cells)
        labels = ["" if cell in unknown else _plain(cell) for cell in cells]
        return labels if 2 <= len({*labels} - {""}) <= MOST_CLASSES else None
    classes = [column for column in others if all(row[column].lower() in TRUE_OR_FALSE for row in rows)]
    true = [place_of_true([row[column] for column in classes]) for row in rows]
    if not rows or None in true:
        return None
    names = class_names_of([header[column] for column in classes]) if header else list(map(str, range(len(classes))))
    return [names[place] for place in true if place is not None]


def _plain(label: str) -> str:
    """A whole number without decimals."""
    number = label.removesuffix(".0")
    return number if number.isdigit() else label
