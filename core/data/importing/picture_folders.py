"""Pictures in folders, one folder per class, in a zip or on disk."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.data.importing.archives import Archive, Member, open_archive
from core.data.class_names import checked_class_names
from core.data.importing.assemble import RawPart, check_count, fit_to_side, make_preview
from core.data.importing.idx_files import Part
from core.data.importing.named_file import NamedFile
from core.data.importing.report import ImportPreview, counted, was
from core.drawings.pictures import PICTURE_EXTENSIONS, read_grey
from core.errors import DataError, UploadError

MOST_PICTURE_BYTES = 5_000_000
MOST_PICTURE_PIXELS = 4_000_000
_PARTS: dict[str, Part] = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True, eq=False)
class _Picture:
    member: Member
    part: Part
    class_name: str


def read_pictures(file: NamedFile, *, title: str) -> ImportPreview:
    """Read a zip or folder with one folder per class; ``train`` and ``test`` above them are kept apart.

    Pictures of 28×28 pixels are taken as they are, others are scaled with their aspect kept.

    Raises
    ------
    DataError
        If the archive is not safe to read, a picture lies outside the folder of a class, cannot be read or is too
        large, or a class is empty; the sentence names the file.
    """
    with open_archive(file) as archive:
        return read_archive(archive, title=title)


def read_archive(archive: Archive, *, title: str) -> ImportPreview:
    """The same for an archive that is open already."""
    members = [member for member in archive.members if _is_picture(member.path)]
    if not members:
        raise DataError(
            f"There are no pictures in {archive.name}: one folder per class is needed, with pictures in it."
        )
    if archive.empty_folders:
        raise DataError(
            f"The class “{archive.empty_folders[0].name}” in {archive.name} is empty: "
            "put pictures into its folder or remove it."
        )
    check_count(len(members))
    pictures = _classify(members, archive.name)
    _refuse_folders_without_pictures(archive, pictures)
    parts = {picture.part for picture in pictures}
    names = natural_order({picture.class_name for picture in pictures if picture.part == "train" or len(parts) == 1})
    checked_class_names(names)
    notes: list[str] = []
    if left_out := len(archive.members) - len(members):
        are_none = "that is no picture" if left_out == 1 else "that are no pictures"
        notes.append(f"{counted(left_out, 'file')} {are_none} {was(left_out)} left out.")
    train = _read_part(archive, pictures, "train", names, notes)
    has_test = any(picture.part == "test" for picture in pictures)
    test = _read_part(archive, pictures, "test", names, notes) if has_test else None
    description = f"{len(pictures):,} pictures in {len(names)} folders of {archive.name}."
    return make_preview(train, test, names, title=title, description=description, notes=notes)


def natural_order(names: set[str]) -> tuple[str, ...]:
    """Sorted as people do: 2 before 10."""

    def key(name: str) -> list[tuple[int, int, str]]:
        pieces = re.split(r"([0-9]+)", name.casefold())
        return [(0, int(piece[:18]), piece) if piece.isdigit() else (1, 0, piece) for piece in pieces if piece]

    return tuple(sorted(names, key=lambda name: (key(name), name)))


def _is_picture(path: PurePosixPath) -> bool:
    return path.suffix.lower().removeprefix(".") in PICTURE_EXTENSIONS


def _classify(members: Sequence[Member], name: str) -> list[_Picture]:
    """What each picture shows by the folder that it lies in, and whether it is for the test by the one above."""
    pictures = []
    roots: dict[Part, PurePosixPath] = {}
    for member in members:
        folder = member.path.parent
        above = folder.parent
        part = _PARTS.get(above.name.lower(), "train")
        if not folder.parts or roots.setdefault(part, above) != above:
            raise DataError(f"{member.path} in {name} does not lie in the folder of a class beside the other classes.")
        pictures.append(_Picture(member, part, folder.name))
    return pictures


def _refuse_folders_without_pictures(archive: Archive, pictures: Sequence[_Picture]) -> None:
    """Beside the classes, a folder of other files is a class that cannot be read, and would be missed."""
    filled = {folder for picture in pictures for folder in picture.member.path.parents}
    roots = {picture.member.path.parent.parent for picture in pictures}
    for member in archive.members:
        for folder in member.path.parents:
            if folder not in filled and folder.parent in roots:
                raise DataError(
                    f"The class “{folder.name}” in {archive.name} has files, but none of them is a picture "
                    f"({', '.join(PICTURE_EXTENSIONS)}): convert them or remove the folder."
                )


def _read_part(
    archive: Archive, pictures: Sequence[_Picture], part: Part, names: Sequence[str], notes: list[str]
) -> RawPart:
    chosen = [picture for picture in pictures if picture.part == part]
    numbers = {name: number for number, name in enumerate(names)}
    images = np.empty((len(chosen), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    labels = np.empty(len(chosen), np.int64)
    scaled = 0
    for index, picture in enumerate(chosen):
        if picture.class_name not in numbers:
            raise DataError(f"The class “{picture.class_name}” in {archive.name} is only in the test set.")
        labels[index] = numbers[picture.class_name]
        image = _read_picture(archive, picture.member)
        scaled += image.shape != (IMAGE_SIDE, IMAGE_SIDE)
        images[index] = fit_to_side(image)
    if scaled:
        have = "has" if scaled == 1 else "have"
        notes.append(f"{counted(scaled, 'picture')} to {part} on had another size and {have} been scaled to 28×28.")
    return RawPart(images, labels)


def _read_picture(archive: Archive, member: Member) -> NDArray[np.uint8]:
    content = archive.read(member, MOST_PICTURE_BYTES)
    try:
        return read_grey(content, max_bytes=MOST_PICTURE_BYTES, max_pixels=MOST_PICTURE_PIXELS)
    except UploadError as error:
        raise DataError(f"{member.path} in {archive.name}: {error}") from None
