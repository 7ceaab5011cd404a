"""Which class a picture shows and what it is for, by the folders that it lies in or by its name."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from core.data.class_names import as_digits
from core.data.importing.archives import Archive
from core.data.importing.file_labels import labels_of_names
from core.data.importing.label_lists import LabelList
from core.data.importing.members import Member
from core.data.importing.parts import Part, part_of_name
from core.data.importing.report import counted, was
from core.data.importing.samples import without_samples
from core.errors import DataError

_MOST_MISPLACED = 0.2


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with its class."""

    member: Member
    part: Part | None
    class_name: str


@dataclass
class Places:
    """What is known of all pictures of an archive before one is opened.

    Parameters
    ----------
    pictures
        Those that have a class.
    notes
        Sentences for the report.
    left_out
        A sentence about each picture that lies beside the others.
    lists
        How many lists of labels were read, or are in a note.
    are_folders
        Whether its folder is the class of a picture.
    """

    pictures: list[Picture] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    lists: int = 0
    are_folders: bool = False


@dataclass(frozen=True)
class _Place:
    member: Member
    part: Part | None
    folders: tuple[str, ...]
    """Those above it that do not speak of a part."""


def place_pictures(members: Sequence[Member], archive: Archive) -> Places:
    """Find the class of each picture.

    Raises
    ------
    DataError
        If their folders are too deep to tell, most lie elsewhere, or nothing tells their class.
    """
    kept = without_samples(members)
    found = Places(notes=[*kept.notes])
    places = [_place(member, kept.parts) for member in kept.members]
    depth = Counter(len(place.folders) for place in places).most_common(1)[0][0]
    deepest = max((len(place.folders) for place in places), default=0)
    # Loose pictures of a test that has no labels may be many.
    labelled = [place for place in places if len(place.folders) == (depth or deepest)]
    common = _common([place.folders for place in labelled])
    by_folder = [place for place in labelled if len(place.folders) > len(common)]
    stems = [place.member.path.stem for place in places]
    is_chosen = (archive.is_selection or (archive.is_joined and _are_flat(places))) and _are_labelled(places)
    if not by_folder or is_chosen or (_is_one_collection(by_folder) and labels_of_names(stems)):
        found.pictures = _by_names(places, found)
        return found
    level = _class_level([place.folders[len(common) :] for place in by_folder], archive.name)
    found.are_folders = True
    chosen = {id(place) for place in by_folder}
    found.pictures = [
        Picture(place.member, place.part, place.folders[len(common) + level]) for place in places if id(place) in chosen
    ]
    _leave_out([place for place in places if id(place) not in chosen], common, len(places), archive, found)
    return found


def places_by_lists(members: Sequence[Member], lists: Sequence[LabelList]) -> Places:
    """The class of each picture by lists that name it; of several, each is for what its name says."""
    found = Places(lists=len(lists))
    told = {path: (label, one) for one in lists for path, label in one.labels.items()}
    for member in members:
        if member.path in told:
            label, one = told[member.path]
            found.pictures.append(Picture(member, one.part_of(member) if len(lists) > 1 else member.part, label))
    found.notes.append(f"The labels were read from {' and '.join(one.name for one in lists)}.")
    unclear = {path for one in lists for path in one.unclear} - told.keys()
    if count := len(unclear):
        found.notes.append(f"{counted(count, 'picture')} with conflicting labels {was(count)} left out.")
    if count := len(members) - len(found.pictures) - len(unclear):
        found.notes.append(f"{counted(count, 'picture')} without a label there {was(count)} left out.")
    if count := sum(one.absent for one in lists):
        found.notes.append(f"{counted(count, 'row')} there {was(count)} left out: no such picture.")
    return found


def _place(member: Member, passed_over: Collection[PurePosixPath]) -> _Place:
    """Where a picture lies; some of the folders above it say nothing."""
    names = member.path.parent.parts
    parts = [part_of_name(name) for name in names]
    part = next((part for part in reversed(parts) if part), None)
    skipped = {len(folder.parts) for folder in passed_over if folder in member.path.parents}
    told = zip(names, parts, range(1, len(names) + 1), strict=True)
    return _Place(member, part, tuple(name for name, its, depth in told if its is None and depth not in skipped))


def _common(folders: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Folders that all pictures have above that of their class."""
    first = folders[0] if folders else ()
    length = max(len(first) - 1, 0)
    while any(other[:length] != first[:length] for other in folders):
        length -= 1
    return first[:length]


def _is_one_collection(places: Sequence[_Place]) -> bool:
    """Whether all pictures lie in one folder that is not called by a digit."""
    names = {place.folders for place in places}
    return len(names) == 1 and not places[0].folders[-1].isdigit()


def _are_flat(places: Sequence[_Place]) -> bool:
    """Whether several archives hold pictures without folders, so that only the archives part them."""
    folders = {(place.member.origin, place.member.path.parent) for place in places}
    return len({origin for origin, _ in folders}) == len(folders) == len({folder for _, folder in folders})


def _are_labelled(places: Sequence[_Place]) -> bool:
    """Whether the names of pictures that were chosen one by one say more than the folders that they were chosen from.

    Folders do if they are called by digits or tell pictures of the same name apart; of several pictures each, also if
    the names seem to number them, or begin with a word that is in no other folder.
    """
    stems = [place.member.path.stem for place in places]
    folders = Counter(place.folders for place in places)
    are_alike = len(set(stems)) < len(stems) or any(stem.isdigit() for stem in stems)
    if are_alike or all(path and as_digits(path[-1:]) for path in folders):
        return False
    labels = labels_of_names(stems)
    if labels is None or max(folders.values()) == 1:
        return labels is not None
    if not all(label.isdigit() for label in labels):
        pairs = {(label, place.folders) for label, place in zip(labels, places, strict=True)}
        return len(pairs) > len(set(labels))
    return len(set(labels)) < len(labels) or all(stem[0].isdigit() for stem in stems)


def _class_level(folders: Sequence[tuple[str, ...]], name: str) -> int:
    """Which of the folders between the top and the pictures is the class: the only one, or that of digits."""
    depth = len(folders[0])
    if depth == 1:
        return 0
    digits = [
        level for level in range(depth) if all(len(path[level]) == 1 and path[level].isdigit() for path in folders)
    ]
    if len(digits) == 1 or (digits and all(len({path[level] for level in digits}) == 1 for path in folders)):
        return digits[-1]
    raise DataError(
        f"The pictures in {name} are in nested folders ({'/'.join(folders[0])}): put those of each class into one "
        "folder."
    )


def _by_names(places: Sequence[_Place], found: Places) -> list[Picture]:
    """Pictures without folders of classes: their names may tell."""
    labels = labels_of_names([place.member.path.stem for place in places])
    if labels is None:
        if len({place.folders for place in places}) == 1 and places[0].folders:
            found.are_folders = True
            return [Picture(place.member, place.part, place.folders[-1]) for place in places]
        example = places[0].member.path.name
        if len(places) == 1:
            raise DataError(
                f"{example} is one picture, not a dataset: to read it with a network, use Draw or “predict”; to "
                "train, import a folder with a folder for each class."
            )
        raise DataError(
            f"Nothing says what the pictures show ({example} …): put those of each class into a folder of its name, "
            "or begin their names with it, as in 7_123.png. To read pictures with a network, use Draw or “predict”."
        )
    example = places[0].member.path.name
    found.notes.append(f"The labels were read from the names of the files: {example} is a “{labels[0]}”.")
    return [Picture(place.member, place.part, label) for place, label in zip(places, labels, strict=True)]


def _leave_out(rest: Sequence[_Place], common: tuple[str, ...], total: int, archive: Archive, found: Places) -> None:
    """Pictures in no class: those of a part without classes are counted, others are named."""
    unlabelled = [place for place in rest if place.part is not None and len(place.folders) <= len(common)]
    by_folder = Counter(str(place.member.path.parent) for place in unlabelled)
    for folder, count in by_folder.items():
        found.notes.append(f"{counted(count, 'picture')} in {folder} {was(count)} left out: no label is known.")
    known = {id(place) for place in unlabelled}
    misplaced = [place for place in rest if id(place) not in known]
    sentences = [
        f"{archive.place(place.member)} is not in the folder of a class beside the other classes" for place in misplaced
    ]
    if len(misplaced) > _MOST_MISPLACED * total:
        raise DataError(
            f"{sentences[0]}, and {len(sentences) - 1:,} more: put each picture into the folder of its class."
        )
    found.left_out += [f"{sentence}: left out." for sentence in sentences]
