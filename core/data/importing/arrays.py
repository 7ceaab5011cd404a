"""Arrays in files of NumPy and MATLAB: which are images and which are labels shows in their shapes and names."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.class_names import MOST_CLASSES, as_digits
from core.data.importing.csv_rows import Labels
from core.data.importing.emnist import ON_THEIR_SIDE, emnist_split_of_file, upright
from core.data.importing.form import Form
from core.data.importing.found import Found, part_of_file
from core.data.importing.kinds import kind_of
from core.data.importing.label_column import are_unknown, unknown_among
from core.data.importing.named_arrays import NamedArray, arrays_of, read_file_apart
from core.data.importing.named_file import NamedFile
from core.data.importing.parts import Part
from core.data.importing.pixel_rows import PixelRows, out_of_scale
from core.data.importing.shapes import as_images, as_labels
from core.errors import DataError

_CHUNK = 2_048
_LARGEST_BYTE, _SHALLOWEST = 255, 1023
_DEPTHS = (10, 12, 14, 16)
"""Bits of a pixel that cameras and scanners give; of numbers that may be anything, more than the first tell so."""
_ONE_LABEL_FOR_EACH = "The classes of {name} were read from the names of its arrays: {first} holds those of “{label}”."
_BY_ORDER = (
    "The arrays of {name} have no names: the first images were taken for training and the second for testing, each "
    "with the labels in the same place."
)
LABEL_NAME = re.compile(r"(^|[^a-z])(y|labels?|targets?|class(es)?|gt)([^a-z]|$)|^y|label|target", re.IGNORECASE)
_IMAGE_NAME = re.compile(r"(^|[^a-z])(x|images?|imgs?|data|pixels?|features?|digits?)([^a-z]|$)|^x", re.IGNORECASE)
_NUMBERED = re.compile(r"arr_\d+")
_CLASS_NAME = re.compile(r"\D*?(\d{1,2})")


def read_array_files(
    files: Sequence[NamedFile], *, form: Form | None = None, class_names: Sequence[str] = (), needs_labels: bool = True
) -> list[Found]:
    """Images and labels of all arrays in some files, npz, npy, mat or Parquet.

    Parameters
    ----------
    form, class_names
        What the user said about pictures that are in Parquet.
    needs_labels
        If not, they are None where they cannot be read or told from others.

    Raises
    ------
    DataError
        If a file is damaged, holds Python objects, or its arrays cannot be told apart.
    """
    parquet = [file for file in files if kind_of(file) == "parquet"]
    if parquet:
        return [_read_parquet(file, form, class_names, needs_labels=needs_labels) for file in parquet]
    arrays, notes = _told_by_order([array for file in files for array in arrays_of(file)])
    parts = list(dict.fromkeys(array.part for array in arrays))
    is_matlab = any(file.name.lower().endswith(".mat") for file in files)
    found = [
        pair
        for part in parts
        for pair in _pairs([one for one in arrays if one.part == part], part, is_matlab, needs_labels=needs_labels)
    ]
    if not found:
        listed = ", ".join(f"{one.name} {one.array.shape}" for one in arrays[:4]) or "none"
        raise DataError(
            f"There are no arrays of images in {files[0].name} ({listed}): they must be of shape (N, 28, 28) or "
            "(N, 784), other sides from 8 to 64, with labels of shape (N,)."
        )
    return [replace(found[0], notes=(*notes, *found[0].notes)), *found[1:]]


def _told_by_order(arrays: list[NamedArray]) -> tuple[list[NamedArray], list[str]]:
    """Of arrays that ``savez`` has numbered, two of images and two of labels: named by their order, and a sentence."""
    if not arrays or not all(_NUMBERED.fullmatch(one.key) and one.file == arrays[0].file for one in arrays):
        return arrays, []
    labels = [one for one in arrays if one.array.ndim == 1 or as_images(one.array) is None]
    images = [one for one in arrays if one not in labels]
    if len(images) != 2 or len(labels) != 2:
        return arrays, []
    keys = ("train", "test")
    named = [
        replace(one, key=f"{what}_{key}")
        for what, some in (("x", images), ("y", labels))
        for one, key in zip(some, keys, strict=True)
    ]
    return named, [_BY_ORDER.format(name=arrays[0].file)]


def _read_parquet(file: NamedFile, form: Form | None, class_names: Sequence[str], *, needs_labels: bool) -> Found:
    wishes = {"form": form and form.value, "class_names": list(class_names), "needs_labels": needs_labels}
    read = read_file_apart("read_parquet", file, "Parquet", wishes)
    labels = read.get("labels")
    if labels is not None and labels.dtype != np.int64:
        labels = labels.astype(object)
    return Found(
        file.name,
        read["images"],
        labels,
        part_of_file(file.name),
        tuple(map(str, read.get("class_names", ()))),
        tuple(map(str, read["notes"])),
        tuple(f"{file.name}: {sentence}" for sentence in read["left_out"]),
        Form(str(read["form"][0])) if "form" in read else None,
        read.get("before"),
        read["rows"],
    )


def _pairs(arrays: Sequence[NamedArray], part: Part | None, is_matlab: bool, *, needs_labels: bool) -> list[Found]:
    """Images with their labels; arrays that hold one class each, as their names say, together."""
    flat = [one for one in arrays if one.array.ndim <= 2]
    counts = {max(one.array.shape) for one in flat if one.array.ndim == 1 or 1 in one.array.shape}
    images = [(one, pixels) for one in arrays if (pixels := as_images(one.array, counts)) is not None]
    if not images:
        return []
    if len(images) > 1 and not counts & {len(pixels) for _, pixels in images} and (by_class := _one_class_each(images)):
        labels = np.concatenate([np.full(len(pixels), label, np.int64) for label, (_, pixels) in by_class])
        stacked = np.concatenate([pixels for _, (_, pixels) in by_class])
        one = _found(images[0][0].file, stacked, labels, part, is_matlab)
        label, (first, _) = by_class[0]
        note = _ONE_LABEL_FOR_EACH.format(name=first.file, first=first.key or first.file, label=label)
        return [replace(one, notes=(note, *one.notes))]
    chosen, pixels = _only(images, _IMAGE_NAME, "images", part)
    told: Labels | None = None
    notes: list[str] = []
    try:
        told = _labels_beside(chosen, len(pixels), [one for one in arrays if one is not chosen], part, notes)
    except DataError:
        if needs_labels:
            raise
    one = _found(chosen.name if part is None else chosen.file, pixels, told, part, is_matlab)
    if is_matlab and chosen.array.ndim == 2:
        one = _emnist_upright(one)
    return [replace(one, notes=(*one.notes, *(notes if needs_labels else [])))]


def _labels_beside(
    chosen: NamedArray, count: int, others: Sequence[NamedArray], part: Part | None, notes: list[str]
) -> Labels | None:
    """The labels of this many images in one of the other arrays; None where none tells any.

    Raises
    ------
    DataError
        If several may hold them, or one that is called so does not.
    """
    fitting = [(one, found) for one in others if (found := as_labels(one.array, count)) is not None]
    called = [one for one in others if one.array.ndim in (1, 2) and LABEL_NAME.search(one.words)]
    if not any(one in called for one, _ in fitting):
        # What else there is for each image, such as its number, is not a label then.
        untold = [one for one in called if not fitting or one.array.size == count]
        for one in untold:
            _refuse_labels(chosen, count, one)
            notes.append(f"{one.name} holds no labels: all are -1, NaN, “?” or similar.")
        if untold or not fitting:
            return None
    first: Labels = fitting[0][1]
    if all(np.array_equal(first, found) for _, found in fitting[1:]):
        # Once as numbers, once as columns.
        return first
    told: Labels = _only(fitting, LABEL_NAME, "labels", part)[1]
    return told


def _refuse_labels(chosen: NamedArray, count: int, one: NamedArray) -> None:
    """What is called labels and holds none of these images, unless it says that they are unknown."""
    array = one.array
    # Columns of classes may be rows, as MATLAB has them.
    held = array.size if 1 in array.shape or array.ndim == 1 else array.shape[array.shape[1] > MOST_CLASSES]
    if held != count:
        raise DataError(f"{chosen.name} holds {count:,} images, but {one.name} {held:,} labels.")
    values = array.reshape(-1).tolist()
    texts = [value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in values]
    if are_unknown(texts):
        return
    unknown = unknown_among(texts)
    if array.dtype.kind in "US" and unknown:
        row = next(row for row, text in enumerate(texts, 1) if text in unknown)
        raise DataError(f"{one.name} has no label in row {row:,}: write one, or leave that image out.")
    raise DataError(
        f"{one.name} does not hold a label for each image: save whole numbers from 0, words, or a column of zeros "
        "and ones for each class."
    )


def _one_class_each(
    images: Sequence[tuple[NamedArray, NDArray[Any]]],
) -> list[tuple[int, tuple[NamedArray, NDArray[Any]]]]:
    """Images by the name of their array, ``train0 … train9`` or ``zero.npy``; empty where they are others."""
    names = [one.words for one, _ in images]
    matches = [_CLASS_NAME.fullmatch(name) for name in as_digits(names) or names]
    labels = [int(match[1]) for match in matches if match]
    alike = {pixels.shape[1:] for _, pixels in images}
    if len(labels) < len(images) or len(set(labels)) < len(labels) or len(alike) > 1:
        return []
    return sorted(zip(labels, images, strict=True), key=lambda pair: pair[0])


def _only(
    found: Sequence[tuple[NamedArray, Any]], names: re.Pattern[str], what: str, part: Part | None
) -> tuple[NamedArray, Any]:
    """The one of several arrays that is called so."""
    if len(found) == 1:
        return found[0]
    called = [pair for pair in found if names.search(pair[0].words)]
    if len(called) != 1:
        listed = ", ".join(one.name for one, _ in (called or found)[:4])
        purpose = f" for {part}" if part else ""
        raise DataError(
            f"Several arrays may hold {what}{purpose} ({listed}): call them x_train, y_train, x_test and y_test."
        )
    return called[0]


def _found(name: str, pixels: NDArray[Any], labels: Labels | None, part: Part | None, is_matlab: bool) -> Found:
    rows = PixelRows(len(pixels), pixels.shape[1], name, pixels.shape[2])
    bits = _depth(pixels)
    for start in range(0, len(pixels), _CHUNK):
        piece = pixels[start : start + _CHUNK].reshape(-1, pixels.shape[1] * pixels.shape[2])
        piece = np.rint(piece * (255 / (2**bits - 1))).astype(np.uint8) if bits else piece
        if piece.dtype.kind == "f" and not np.isfinite(piece).all():
            raise DataError(f"{name} has pixels that are not numbers: save them from 0 to 255.")
        if wrong := out_of_scale(piece):
            raise DataError(
                f"Image {start + wrong[0] + 1:,} of {name} has the pixel {piece[wrong]:.4g}: pixels go from 0 to 255, "
                "from 0 to 1 or from -1 to 1. Save them before they are standardised."
            )
        rows.add(piece)
    images, notes = rows.images()
    if bits:
        notes.append(f"The pixels of {name} had {bits} bits: they have been scaled to 0 to 255.")
    is_emnist = emnist_split_of_file(name) is not None
    if is_matlab and not is_emnist and labels is not None and labels.dtype == np.int64 and len(labels):
        labels, notes = _ten_as_zero(name, labels, notes)
    return Found(name, images, labels, part, notes=tuple(notes))


def _emnist_upright(one: Found) -> Found:
    """The images of EMNIST’s own files of MATLAB, which hold each of them column by column."""
    if emnist_split_of_file(one.name) is None:
        return one
    return replace(one, images=upright(one.images), notes=(*one.notes, ON_THEIR_SIDE))


def _depth(pixels: NDArray[Any]) -> int:
    """Bits of pixels that are more than a byte; 0 for those that are bytes, or nothing that is known."""
    lowest, highest = (float(pixels.min()), float(pixels.max())) if pixels.size else (0.0, 0.0)
    least = _LARGEST_BYTE if pixels.dtype.kind == "u" and pixels.dtype.itemsize == 2 else _SHALLOWEST
    return next((bits for bits in _DEPTHS if least < highest < 2**bits), 0) if lowest >= 0 else 0


def _ten_as_zero(name: str, labels: Labels, notes: list[str]) -> tuple[Labels, list[str]]:
    """MATLAB counts from 1: there the label 10 stands for the digit 0, as in SVHN and in courses."""
    if labels.min() != 1 or labels.max() != 10:
        return labels, notes
    return np.where(labels == 10, 0, labels), [*notes, f"The label 10 in {name} was read as the digit 0."]
