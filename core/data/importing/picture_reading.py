"""Pictures whose class is known, read one after another: those of each part in the form that is usual for them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.data.importing.archives import Archive
from core.data.importing.array_form import has_mnist_form
from core.data.importing.assemble import RawPart
from core.data.importing.form import BROUGHT_WORDS, LOOKED_AT, Form, picture_in_form, picture_of_mnist, usual_form
from core.data.importing.members import Member
from core.data.importing.parts import Part
from core.data.importing.picture_places import Picture
from core.data.importing.report import counted
from core.data.importing.sides import fit_to_side
from core.data.importing.signatures import HEAD, what_it_is
from core.drawings.pictures import MAX_BYTES
from core.errors import DataError, UploadError


@dataclass(frozen=True)
class Reading:
    """How pictures are read, and what is noticed on the way.

    Parameters
    ----------
    names
        Of the classes, in label order.
    forms
        What is done to the pictures of each part.
    """

    archive: Archive
    names: Sequence[str]
    forms: Mapping[Part, Form]
    notes: list[str]
    left_out: list[str]


def part_of(picture: Picture) -> Part:
    """What a picture is for: what is for nothing else is there to train on."""
    return picture.part or "train"


def usual_forms(archive: Archive, pictures: Sequence[Picture], class_names: Sequence[str]) -> dict[Part, Form]:
    """What is usual for the pictures of each part; where any part gets MNIST’s form, only those that have it stay.

    Own photographs may be the test of a network that has learned from MNIST’s pictures, or a tenth of all pictures.
    """
    parts = sorted({part_of(picture) for picture in pictures})
    some = {part: _some(archive, [picture for picture in pictures if part_of(picture) == part]) for part in parts}
    forms = {part: usual_form([one is None for one in found], class_names) for part, found in some.items()}
    if Form.MNIST not in forms.values():
        return forms
    stays = {part for part, form in forms.items() if form is Form.AS_IS and _have_it(some[part])}
    return {part: Form.AS_IS if part in stays else Form.MNIST for part in parts}


def _have_it(some: Sequence[NDArray[np.uint8] | None]) -> bool:
    small = [one for one in some if one is not None]
    return bool(small) and has_mnist_form(np.stack(small))


def _some(archive: Archive, pictures: Sequence[Picture]) -> list[NDArray[np.uint8] | None]:
    """A few pictures, None for those that need MNIST’s form; those that cannot be read are named elsewhere."""
    found = []
    for picture in pictures[:: max(1, len(pictures) // LOOKED_AT)][:LOOKED_AT]:
        with suppress(DataError):
            found.append(picture_of_mnist(_content(archive, picture.member)))
    return found


def read_part(reading: Reading, chosen: Sequence[Picture], part: Part) -> tuple[RawPart, dict[int, NDArray[np.uint8]]]:
    """Images and labels of one part; the first of each class that got MNIST’s form as it was before.

    Pictures that cannot be read are named in ``reading.left_out``.
    """
    numbers = {name: number for number, name in enumerate(reading.names)}
    images = np.empty((len(chosen), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    labels = np.empty(len(chosen), np.int64)
    before: dict[int, NDArray[np.uint8]] = {}
    changed: Counter[Form] = Counter()
    count = 0
    for picture in chosen:
        form, label = reading.forms[part_of(picture)], numbers[picture.class_name]
        try:
            images[count], original = _read_picture(reading.archive, picture.member, form)
        except DataError as error:
            reading.left_out.append(str(error))
            continue
        if form is Form.MNIST and label not in before:
            before[label] = fit_to_side(original)
        changed[form] += form is Form.MNIST or original.shape != (IMAGE_SIDE, IMAGE_SIDE)
        labels[count] = label
        count += 1
    reading.notes.extend(_what_was_done(form, number, part) for form, number in changed.items() if number)
    return RawPart(images[:count], labels[:count]), before


def _what_was_done(form: Form, count: int, part: Part) -> str:
    pictures, have = f"{counted(count, 'picture')} to {part} on", "has" if count == 1 else "have"
    if form is Form.MNIST:
        return f"{pictures} {have} {BROUGHT_WORDS}."
    return f"{pictures} had another size and {have} been scaled to 28×28."


def _read_picture(archive: Archive, member: Member, form: Form) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture as 28×28, and as it was."""
    content = _content(archive, member)
    try:
        formed = picture_in_form(content, form)
    except UploadError as error:
        raise DataError(f"{archive.place(member)}: {error}") from None
    return formed.image, formed.before


def _content(archive: Archive, member: Member) -> bytes:
    content = archive.read(member, MAX_BYTES)
    if words := what_it_is(content[:HEAD]):
        raise DataError(f"{archive.place(member)} {words}.")
    return content
