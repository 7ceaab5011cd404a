"""Pictures in folders, one folder per class, in a zip, a tar or on disk; or pictures whose names tell their class."""

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.data.class_names import as_digits, checked_class_names
from core.data.dataset import IMAGE_SIDE
from core.data.importing.archives import Archive
from core.data.importing.assemble import RawPart, check_count, make_preview
from core.data.importing.form import BROUGHT_WORDS, LOOKED_AT, Form, picture_in_form, picture_needs_form, usual_form
from core.data.importing.members import Member
from core.data.importing.orientation import turn_needed
from core.data.importing.parts import Part
from core.data.importing.picture_labels import labelled_pictures
from core.data.importing.picture_places import Picture
from core.data.importing.report import ImportPreview, counted, was
from core.data.importing.sides import fit_to_side
from core.data.importing.signatures import HEAD, what_it_is
from core.data.importing.sorting import Contents
from core.drawings.pictures import MAX_BYTES, PICTURE_EXTENSIONS
from core.errors import DataError, UploadError


@dataclass
class _Reading:
    """How pictures are read, and what is noticed on the way.

    Parameters
    ----------
    before
        The first picture of each class as it was, by the number of the class.
    """

    archive: Archive
    names: Sequence[str]
    form: Form
    notes: list[str]
    left_out: list[str]
    before: dict[int, NDArray[np.uint8]] = field(default_factory=dict)


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
    pictures = places.pictures
    if places.are_folders:
        _refuse_empty_classes(archive, pictures)
        _refuse_folders_without_pictures(archive, pictures)
    notes = [*archive.notes, *places.notes, *_beside(contents, places.lists)]
    left_out = [*places.left_out, *contents.unread, *contents.archives_beside]
    train, test = _by_part(pictures, notes)
    names, test = _classes(archive, train, test, notes)
    shown = _shown_names(names, class_names)
    form = form or usual_form(_some_needing(archive, train or test), shown)
    reading = _Reading(archive, names, form, notes, left_out)
    read = _read_part(reading, train, "train")
    tested = _read_part(reading, test, "test") if test else None
    if not len(read.images) and (tested is None or not len(tested.images)):
        raise DataError(left_out[0] if left_out else f"There are no pictures in {archive.name}.")
    if digits := as_digits(shown):
        read, tested = _upright(digits, read, tested, notes)
    of = "" if archive.is_selection else f" of {archive.name}"
    description = f"{len(pictures):,} pictures in {len(names)} classes{of}."
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
    before = np.stack([reading.before[label] for label in sorted(reading.before)]) if reading.before else None
    return replace(preview, form=form, before=before)


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


def _some_needing(archive: Archive, pictures: Sequence[Picture]) -> list[bool]:
    """Whether they need MNIST’s form, of a few pictures; those that cannot be read are named elsewhere."""
    found = []
    for picture in pictures[:: max(1, len(pictures) // LOOKED_AT)][:LOOKED_AT]:
        with suppress(DataError):
            found.append(picture_needs_form(_content(archive, picture.member)))
    return found


def _read_part(reading: _Reading, chosen: Sequence[Picture], part: Part) -> RawPart:
    numbers = {name: number for number, name in enumerate(reading.names)}
    images = np.empty((len(chosen), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    labels = np.empty(len(chosen), np.int64)
    changed = count = 0
    for picture in chosen:
        try:
            image, was_changed = _read_picture(reading, picture.member, numbers[picture.class_name])
        except DataError as error:
            reading.left_out.append(str(error))
            continue
        changed += was_changed
        images[count], labels[count] = image, numbers[picture.class_name]
        count += 1
    if changed:
        reading.notes.append(_what_was_done(reading.form, changed, part))
    return RawPart(images[:count], labels[:count])


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


def _what_was_done(form: Form, count: int, part: Part) -> str:
    pictures, have = f"{counted(count, 'picture')} to {part} on", "has" if count == 1 else "have"
    if form is Form.MNIST:
        return f"{pictures} {have} {BROUGHT_WORDS}."
    return f"{pictures} had another size and {have} been scaled to 28×28."


def _read_picture(reading: _Reading, member: Member, label: int) -> tuple[NDArray[np.uint8], bool]:
    """A picture as 28×28, and whether that changed it."""
    content = _content(reading.archive, member)
    try:
        formed = picture_in_form(content, reading.form)
    except UploadError as error:
        raise DataError(f"{reading.archive.place(member)}: {error}") from None
    if reading.form is Form.AS_IS:
        return formed.image, formed.before.shape != (IMAGE_SIDE, IMAGE_SIDE)
    if label not in reading.before:
        reading.before[label] = fit_to_side(formed.before)
    return formed.image, True


def _content(archive: Archive, member: Member) -> bytes:
    content = archive.read(member, MAX_BYTES)
    if words := what_it_is(content[:HEAD]):
        raise DataError(f"{archive.place(member)} {words}.")
    return content
