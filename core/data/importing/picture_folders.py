"""Pictures in folders, one folder per class, in a zip, a tar or on disk; or pictures whose names tell their class."""

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.data.class_names import as_digits, checked_class_names
from core.data.importing.archives import Archive
from core.data.importing.assemble import RawPart, check_count, make_preview
from core.data.importing.form import Form
from core.data.importing.members import Member
from core.data.importing.orientation import turn_needed
from core.data.importing.parts import Part
from core.data.importing.picture_labels import labelled_pictures
from core.data.importing.picture_places import Picture
from core.data.importing.picture_reading import Reading, part_of, read_part, usual_forms
from core.data.importing.report import ImportPreview, counted, was
from core.data.importing.sorting import Contents
from core.drawings.pictures import PICTURE_EXTENSIONS
from core.errors import DataError

_PARTS: dict[Part, str] = {"train": "to train on", "val": "for validation", "test": "to test on"}


def read_archive(
    archive: Archive, contents: Contents, *, title: str, class_names: Sequence[str] = (), form: Form | None = None
) -> ImportPreview:
    """Read pictures with one folder per class; ``train``, ``val`` and ``test`` above or below them are kept apart.

    Pictures of 28×28 pixels are taken as they are, others are brought to MNIST’s form or scaled with their aspect kept.
    Those that cannot be read are left out and named.

    Parameters
    ----------
    form
        If None, the one that is usual for such pictures and classes.

    Raises
    ------
    DataError
        If nothing tells the class of most pictures, none can be read, or a class is empty; the sentence names it.
    """
    check_count(len(contents.pictures))
    places = labelled_pictures(contents, archive, class_names)
    if places.are_folders:
        _refuse_empty_classes(archive, places.pictures)
        _refuse_folders_without_pictures(archive, places.pictures)
    notes = [*archive.notes, *places.notes, *_beside(contents, places.lists)]
    left_out = [*places.left_out, *dict.fromkeys(contents.not_read.values())]
    train, test = _by_part(_called_alike(places.pictures, notes), notes)
    names, test = _classes(archive, train, test, notes)
    shown = _shown_names(names, class_names)
    pictures = [*train, *test]
    forms = dict.fromkeys(map(part_of, pictures), form) if form else usual_forms(archive, pictures, shown)
    reading = Reading(archive, names, forms, notes, left_out)
    read, before = read_part(reading, train, "train")
    tested: RawPart | None = None
    if test:
        tested, before_test = read_part(reading, test, "test")
        before = before if len(read.images) else before_test
    if not len(read.images) and (tested is None or not len(tested.images)):
        raise DataError(left_out[0] if left_out else f"There are no pictures in {archive.name}.")
    if digits := as_digits(shown):
        read, tested = _upright(digits, read, tested, notes)
    of = "" if archive.is_selection else f" of {archive.name}"
    description = f"{len(places.pictures):,} pictures in {len(names)} classes{of}."
    preview = make_preview(
        read,
        tested if tested and len(tested.images) else None,
        shown,
        title=title,
        description=description,
        notes=notes,
        left_out=left_out,
        are_all=bool(class_names),
    )
    return replace(
        preview,
        form=Form.MNIST if Form.MNIST in forms.values() else Form.AS_IS,
        before=np.stack([before[label] for label in sorted(before)]) if before else None,
    )


def _classes(
    archive: Archive, train: Sequence[Picture], test: list[Picture], notes: list[str]
) -> tuple[tuple[str, ...], list[Picture]]:
    """All classes, and the test: what lies in folders that have nothing to do with those of the training has no label.

    Raises
    ------
    DataError
        If one folder of the test is called by no digit, and all others are.
    """
    trained, tested = ({picture.class_name for picture in part} for part in (train, test))
    strange = sorted(tested - trained) if trained else []
    are_digits = [as_digits(sorted(names)) is not None for names in (trained, strange)]
    if not strange or all(are_digits) or (trained & tested and not are_digits[0]):
        return natural_order(trained | tested), test
    if trained & tested:
        raise DataError(f"The class “{strange[0]}” in {archive.name} is only in the test set.")
    folder = test[0].member.path.parent
    notes.append(f"{counted(len(test), 'picture')} in {folder} … {was(len(test))} left out: no label is known.")
    return natural_order(trained), []


def _called_alike(pictures: list[Picture], notes: list[str]) -> list[Picture]:
    """Pictures whose classes are digits in every part, but not written alike, such as ``0 … 9`` and ``zero … nine``."""
    names = {part: sorted({one.class_name for one in pictures if part_of(one) == part}) for part in _PARTS}
    digits = {part: found for part, some in names.items() if (found := as_digits(some))}
    if as_digits(sorted({name for part in digits for name in names[part]})) is not None:
        return pictures
    changes: dict[tuple[Part, str], str] = {}
    for part, found in digits.items():
        changes |= {(part, name): digit for name, digit in zip(names[part], found, strict=True)}
        if list(found) != names[part]:
            notes.append(f"The classes {', '.join(names[part])} {_PARTS[part]} are called {', '.join(found)}.")
    return [replace(one, class_name=changes.get((part_of(one), one.class_name), one.class_name)) for one in pictures]


def natural_order(names: set[str]) -> tuple[str, ...]:
    """Sorted as people do: 2 before 10."""

    def key(name: str) -> list[tuple[int, int, str]]:
        pieces = re.split(r"([0-9]+)", name.casefold())
        return [(0, int(piece[:18]), piece) if piece.isdigit() else (1, 0, piece) for piece in pieces if piece]

    return tuple(sorted(names, key=lambda name: (key(name), name)))


def _shown_names(names: tuple[str, ...], given: Sequence[str]) -> tuple[str, ...]:
    """Names of the folders, or those that the user gave in their order."""
    if given and len(given) != len(names):
        raise DataError(f"There are {len(names)} classes ({', '.join(names[:5])} …), but {len(given)} class names.")
    return checked_class_names(given or names)


def _beside(contents: Contents, lists: int) -> list[str]:
    count = contents.ignored + len(contents.others) - lists
    if not count:
        return []
    what = "that is not a picture" if count == 1 else "that are not pictures"
    return [f"{counted(count, 'file')} {what} {was(count)} left out."]


def _by_part(pictures: Sequence[Picture], notes: list[str]) -> tuple[list[Picture], list[Picture]]:
    """Pictures to train and to test on; those for validation are the test where there is no other."""
    train, val, test = (
        [picture for picture in pictures if (picture.part or "train") == part] for part in ("train", "val", "test")
    )
    if not train:
        train, val = val, []
    if val and test:
        notes.append(
            f"{counted(len(val), 'picture')} for validation {was(len(val))} added to those for training: Digit Lab "
            "sets aside its own."
        )
        return train + val, test
    if val:
        notes.append("There are no pictures for testing, only for validation: they became the test set.")
    return train, test or val


def _refuse_empty_classes(archive: Archive, pictures: Sequence[Picture]) -> None:
    roots = {picture.member.path.parent.parent for picture in pictures}
    for folder in archive.empty_folders:
        if folder.parent in roots:
            raise DataError(
                f"The class “{folder.name}” in {archive.name} is empty: put pictures into its folder or remove it."
            )


def _refuse_folders_without_pictures(archive: Archive, pictures: Sequence[Picture]) -> None:
    """Beside the classes, a folder of other files is a class that cannot be read, and would be missed."""
    filled = {folder for picture in pictures for folder in picture.member.path.parents}
    roots = {picture.member.path.parent.parent for picture in pictures if picture.member.path.parent.parts}
    used = {member.path for member in archive.members if _is_picture_member(member)}
    for member in archive.members:
        for folder in member.path.parents:
            if folder not in filled and folder.parent in roots and member.path not in used:
                raise DataError(
                    f"The class “{folder.name}” in {archive.name} has files, but none of them is a picture "
                    "(JPEG, PNG, HEIC and others): convert them or remove the folder."
                )


def _is_picture_member(member: Member) -> bool:
    return member.path.suffix.lower().removeprefix(".") in PICTURE_EXTENSIONS


def _upright(
    digits: Sequence[str], train: RawPart, test: RawPart | None, notes: list[str]
) -> tuple[RawPart, RawPart | None]:
    """Digits put upright if all lie otherwise, as those of EMNIST do that somebody saved as pictures."""
    looked_at = train if len(train.images) or test is None else test
    turn = turn_needed(looked_at.images, np.array([int(digit) for digit in digits])[looked_at.labels])
    if turn is None:
        return train, test
    notes.append(turn.words)
    return replace(train, images=turn.of(train.images)), test and replace(test, images=turn.of(test.images))
