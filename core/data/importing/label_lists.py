"""Lists beside pictures, ``labels.csv`` and the like: the name of each file and its label, in either order."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.data.class_names import MOST_CLASSES
from core.data.importing.found import part_of_file
from core.data.importing.members import Member
from core.data.importing.named_file import NamedFile
from core.data.importing.one_hot import TRUE_OR_FALSE, class_names_of, place_of_true
from core.data.importing.parts import Part, part_of_name
from core.data.importing.text_lines import first_lines

_MOST_BYTES = 20_000_000
_SEPARATORS = (",", ";", "\t", "|", " ")
# Of the rows of a list, and of all pictures: those of a test without labels may be many.
_FEWEST_SHARE, _FEWEST_NAMED = 0.5, 0.1
EXAMPLE = re.compile(r"(sample|submission|example)[^/]*$", re.IGNORECASE)
LABEL = re.compile(
    r"labels?|class(es|[_ ]?id|[_ ]?names?)?|targets?|digits?|y|category|character|letter|annotation|ground_?truth|gt"
)


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
    """

    name: str
    labels: Mapping[PurePosixPath, str]
    absent: int
    is_named: bool

    def part_of(self, picture: Member) -> Part | None:
        """What one of its pictures is for: by its own name, else by where the picture lies, else by where it lies."""
        return part_of_name(PurePosixPath(self.name).name) or picture.part or part_of_file(self.name)


def label_lists(files: Iterable[NamedFile], pictures: Sequence[Member]) -> list[LabelList]:
    """Those of some tables that name pictures and give each a label; others are passed over.

    ``train.csv`` speaks of the pictures in ``train``, where there are such: those in ``test`` may be called the same.
    """
    read = (_read(file, _places(_meant(PurePosixPath(file.name), pictures))) for file in files)
    return [one for one in read if one is not None]


def _meant(path: PurePosixPath, pictures: Sequence[Member]) -> Sequence[Member]:
    """The pictures that a list may speak of: of the part that its name says, below the folder of a part, or all."""
    if part := part_of_name(path.name):
        return [picture for picture in pictures if picture.part == part] or pictures
    folder = next((folder for folder in path.parents if part_of_name(folder.name)), None)
    if folder is None:
        return pictures
    below = [picture for picture in pictures if folder in picture.path.parents]
    return below or [picture for picture in pictures if picture.part == part_of_name(folder.name)] or pictures


def _read(file: NamedFile, places: Mapping[str, PurePosixPath | None]) -> LabelList | None:
    rows = _rows(first_lines(file, _MOST_BYTES))
    if len(rows) < 2 or EXAMPLE.search(file.name):
        return None
    column = max(range(len(rows[0])), key=lambda one: _likeness(rows, one, places))
    has_header = _key(rows[0][column]) not in places
    header, body = ([cell.lower() for cell in rows[0]], rows[1:]) if has_header else ([], rows)
    found = [(places.get(_key(row[column])), row) for row in body]
    named = [(path, row) for path, row in found if path is not None]
    labels = _labels([row for _, row in named], header, column)
    pictures = len(set(places.values()))
    if labels is None or len(named) < max(_FEWEST_SHARE * len(body), _FEWEST_NAMED * pictures):
        return None
    is_named = any(map(LABEL.fullmatch, header))
    told = {path: label for (path, _), label in zip(named, labels, strict=True)}
    return LabelList(file.name, told, len(body) - len(named), is_named)


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


def _places(pictures: Sequence[Member]) -> dict[str, PurePosixPath | None]:
    """Pictures by their path and the ends of it, with and without ending; None where that is not one picture."""
    places: dict[str, PurePosixPath | None] = {}
    for member in pictures:
        parts = member.path.parts
        whole = ["/".join(parts[start:]) for start in range(len(parts))]
        for key in {_key(text) for path in whole for text in (path, path[: -len(member.path.suffix) or None])}:
            places[key] = None if key in places else member.path
    return places


def _key(text: str) -> str:
    r"""A name as people write it: ``./Img\1.PNG``, ``00001`` and ``1`` alike."""
    plain = text.replace("\\", "/").removeprefix("./").lower()
    number = plain.removesuffix(".0")
    return (number.lstrip("0") or "0") if number.isascii() and number.isdigit() else plain


def _likeness(rows: Sequence[Sequence[str]], column: int, places: Mapping[str, object]) -> tuple[int, int]:
    """How many different pictures a column names; of numbers of pictures and labels, the former never repeat."""
    keys = {_key(row[column]) for row in rows}
    return sum(key in places for key in keys), sum("." in key or "/" in key for key in keys)


def _labels(rows: Sequence[Sequence[str]], header: Sequence[str], pictures: int) -> list[str] | None:
    """The label of each row: of the column that is called so, the only other one, or one column for each class."""
    others = [column for column in range(len(rows[0]) if rows else 0) if column != pictures]
    called = [column for column in others if header and LABEL.fullmatch(header[column])]
    if len(called) == 1 or len(others) == 1:
        labels = [_plain(row[(called or others)[0]]) for row in rows]
        return labels if all(labels) and 2 <= len(set(labels)) <= MOST_CLASSES else None
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
