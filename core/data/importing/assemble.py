"""From what a reader found to a preview: size, polarity, labels and counts checked the same way for every source."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.class_names import as_digits, checked_class_names
from core.data.dataset import DIGIT_NAMES, IMAGE_SIDE, ImageDataset, SourceDataset
from core.data.importing.polarity import images_meant, light_on_dark
from core.data.importing.report import ImportPreview, report_on
from core.data.importing.sides import to_side
from core.drawings.preprocessing import framed
from core.errors import DataError

MOST_IMAGES = 250_000
"""Of each part; EMNIST digits, the largest set that is known here, has 240,000 to train on."""


@dataclass(frozen=True, eq=False)
class RawPart:
    """One part as a reader found it.

    Parameters
    ----------
    images
        uint8, shape ``(N, H, W)``.
    labels
        int64, shape ``(N,)``.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]


def make_preview(  # noqa: PLR0913 - all but three are keywords
    train: RawPart,
    test: RawPart | None,
    class_names: Sequence[str],
    *,
    title: str,
    description: str,
    notes: Sequence[str] = (),
    left_out: Sequence[str] = (),
    are_all: bool = False,
) -> ImportPreview:
    """Bring images to 28×28 and to light ink on dark, and look through them.

    Classes that are called ``zero`` to ``nine`` become ``0`` to ``9``, and some digits become all ten.

    Parameters
    ----------
    train
        May be without images if there is a test part.
    are_all
        Whether somebody has named the classes, so that there are no others.

    Raises
    ------
    DataError
        If there are none or too many images, or shapes, labels or class names do not fit.
    """
    names, all_notes = checked_class_names(class_names), list(notes)
    parts = [part for part in (train, test) if part is not None]
    if digits := as_digits(names):
        names, parts = _in_order(digits, names, parts, all_notes, are_all=are_all)
    check_count(max(len(part.images) for part in parts))
    _tell_sizes(parts, all_notes)
    arrays, is_inverted = light_on_dark([to_side(part.images) for part in parts], names, all_notes)
    sets = [_frozen(images, part.labels, names) for images, part in zip(arrays, parts, strict=True)]
    published = SourceDataset(*sets)
    report = report_on(published, inverted=is_inverted, notes=all_notes, left_out=left_out)
    return ImportPreview(published, report, title, description)


def _tell_sizes(parts: Sequence[RawPart], notes: list[str]) -> None:
    images = [part.images for part in parts]
    for sides in dict.fromkeys(some.shape[1:] for some in images if len(some)):
        if sides != (IMAGE_SIDE, IMAGE_SIDE):
            meant = images_meant([some.shape[1:] == sides for some in images], images)
            notes.append(f"The {meant} were {sides[0]}×{sides[1]} pixels and have been scaled to 28×28.")


def _in_order(
    digits: tuple[str, ...], names: tuple[str, ...], parts: Sequence[RawPart], notes: list[str], *, are_all: bool
) -> tuple[tuple[str, ...], list[RawPart]]:
    """Classes by their digits, and in the order of those."""
    ordered = tuple(sorted(digits)) if are_all else DIGIT_NAMES
    if digits != names:
        notes.append(f"The classes {', '.join(names)} are called {', '.join(digits)}.")
    places = np.array([ordered.index(digit) for digit in digits])
    return ordered, [RawPart(part.images, places[part.labels]) for part in parts]


def check_count(count: int) -> None:
    """Refuse more images than fit into memory beside everything else.

    Raises
    ------
    DataError
        If there are too many, or none.
    """
    if count > MOST_IMAGES:
        raise DataError(f"There are {count:,} images; at most {MOST_IMAGES:,} are imported at once.")
    if count == 0:
        raise DataError("There are no images in it.")


def frame_all(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Small digits ``(N, H, W)``, light on dark, in 28×28 the way MNIST's are: longest side 20, centred by mass."""
    result = np.empty((len(images), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    for index, image in enumerate(images):
        result[index] = framed(image)
    return result


def _frozen(images: NDArray[np.uint8], labels: NDArray[np.int64], names: tuple[str, ...]) -> ImageDataset:
    images, labels = np.ascontiguousarray(images), np.ascontiguousarray(labels, dtype=np.int64)
    for array in (images, labels):
        array.setflags(write=False)
    return ImageDataset("import", images, labels, names)
