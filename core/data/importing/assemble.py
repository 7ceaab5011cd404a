"""From what a reader found to a preview: size, polarity, labels and counts checked the same way for every source."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.class_names import as_digits, checked_class_names
from core.data.dataset import IMAGE_SIDE, ImageDataset, SourceDataset
from core.data.importing.report import ImportPreview, report_on
from core.data.importing.sides import SIDES
from core.drawings.preprocessing import drawing_to_digit
from core.errors import DataError

MOST_IMAGES = 250_000
"""Of each part; EMNIST digits, the largest set that is known here, has 240,000 to train on."""

# Border pixels are paper. A set is turned round when nearly all of its images have a light border, and only talked
# about when some do: photographs such as SVHN's have ink of either kind.
_LIGHT = 127
_INVERTED_SHARE = 0.9
_MIXED_SHARE = 0.05
_CHUNK = 4096


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


def make_preview(
    train: RawPart,
    test: RawPart | None,
    class_names: Sequence[str],
    *,
    title: str,
    description: str,
    notes: Sequence[str] = (),
    left_out: Sequence[str] = (),
) -> ImportPreview:
    """Bring images to 28×28 and to light ink on dark, and look through them.

    Classes that are called ``zero`` to ``nine`` become ``0`` to ``9``.

    Parameters
    ----------
    train
        May be without images if there is a test part.

    Raises
    ------
    DataError
        If there are none or too many images, or shapes, labels or class names do not fit.
    """
    names, all_notes = checked_class_names(class_names), list(notes)
    parts = [part for part in (train, test) if part is not None]
    if digits := as_digits(names):
        names, parts = _in_order(digits, names, parts, all_notes)
    first = next((part for part in parts if len(part.images)), train)
    check_count(max(len(part.images) for part in parts))
    sides = first.images.shape[1:]
    if sides != (IMAGE_SIDE, IMAGE_SIDE):
        all_notes.append(f"The images were {sides[0]}×{sides[1]} pixels and have been scaled to 28×28.")
    arrays = [to_side(part.images) for part in parts]
    light = light_share(arrays[parts.index(first)])
    inverted = light >= _INVERTED_SHARE
    if inverted:
        arrays = [255 - images for images in arrays]
        all_notes.append("The images were dark ink on light paper and have been turned round.")
    elif light >= _MIXED_SHARE:
        all_notes.append(f"{light:.0%} of the images have a light background: they were left as they are.")
    sets = [_frozen(images, part.labels, names) for images, part in zip(arrays, parts, strict=True)]
    published = SourceDataset(*sets)
    report = report_on(published, inverted=inverted, notes=all_notes, left_out=left_out)
    return ImportPreview(published, report, title, description)


def _in_order(
    digits: tuple[str, ...], names: tuple[str, ...], parts: Sequence[RawPart], notes: list[str]
) -> tuple[tuple[str, ...], list[RawPart]]:
    """Classes by their digits, and in the order of those."""
    if digits == names:
        return names, list(parts)
    ordered = tuple(sorted(digits))
    places = np.array([ordered.index(digit) for digit in digits])
    notes.append(f"The classes {', '.join(names)} are called {', '.join(digits)}.")
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


def to_side(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale to 28×28, antialiased, if the images have another side; aspect is kept, the border is repeated.

    Parameters
    ----------
    images
        uint8, shape ``(N, H, W)``.

    Raises
    ------
    DataError
        If a side is outside ``SIDES``.
    """
    height, width = images.shape[1:]
    if (height, width) == (IMAGE_SIDE, IMAGE_SIDE):
        return images
    if height not in SIDES or width not in SIDES:
        raise DataError(
            f"The images are {height}×{width} pixels; sides from {SIDES.start} to {SIDES.stop - 1} can be brought "
            "to 28×28."
        )
    scaled = np.empty((len(images), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    for index, image in enumerate(images):
        scaled[index] = fit_to_side(image)
    return scaled


def fit_to_side(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One image of any size in 28×28, antialiased, aspect kept, its edge repeated where it is not square."""
    if image.shape == (IMAGE_SIDE, IMAGE_SIDE):
        return image
    height, width = image.shape
    side = max(height, width)
    size = (max(1, round(IMAGE_SIDE * width / side)), max(1, round(IMAGE_SIDE * height / side)))
    small = np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))
    missing = IMAGE_SIDE - small.shape[0], IMAGE_SIDE - small.shape[1]
    return np.pad(small, [(gap // 2, gap - gap // 2) for gap in missing], mode="edge")


def frame_all(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Small digits ``(N, H, W)``, light on dark, in 28×28 the way MNIST's are: longest side 20, centred by mass."""
    framed = np.empty((len(images), IMAGE_SIDE, IMAGE_SIDE), np.uint8)
    for index, image in enumerate(images):
        framed[index] = drawing_to_digit(image).digit
    return framed


def light_share(images: NDArray[np.uint8]) -> float:
    """Share of images (0–1) whose border is mostly light: dark ink on paper."""
    light = 0
    for start in range(0, len(images), _CHUNK):
        chunk = images[start : start + _CHUNK]
        border = np.concatenate([chunk[:, 0], chunk[:, -1], chunk[:, 1:-1, 0], chunk[:, 1:-1, -1]], axis=1)
        light += int(((border > _LIGHT).mean(axis=1) > 0.5).sum())
    return light / max(1, len(images))


def _frozen(images: NDArray[np.uint8], labels: NDArray[np.int64], names: tuple[str, ...]) -> ImageDataset:
    images, labels = np.ascontiguousarray(images), np.ascontiguousarray(labels, dtype=np.int64)
    for array in (images, labels):
        array.setflags(write=False)
    return ImageDataset("import", images, labels, names)
