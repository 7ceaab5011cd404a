"""The images of one file of rows, for a network to read: as an import reads them, their labels left aside."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.data.budget import one_budget
from core.data.class_names import MOST_CLASSES
from core.data.dataset import DIGIT_NAMES
from core.data.importing.array_form import FEWEST_INVERTED, INVERTED_SHARE, bring, form_of_arrays, light_share
from core.data.importing.arrays import read_array_files
from core.data.importing.emnist import emnist_split_of_file
from core.data.importing.form import BROUGHT_WORDS, Form
from core.data.importing.found import Found, put_upright
from core.data.importing.idx_files import read_idx_images
from core.data.importing.kaggle_csv import read_kaggle_csv
from core.data.importing.labels import classes_of
from core.data.importing.named_file import NamedFile
from core.data.importing.report import counted
from core.data.importing.sides import side_of, to_side
from core.data.importing.signatures import HEAD, Kind, unpacked_head
from core.errors import DataError

ROWS: tuple[Kind, ...] = ("table", "idx", "npz", "npy", "mat", "parquet")
"""Kinds of files that hold a row for each image."""

_SHAPE_OF_NUMPY = re.compile(rb"\x93NUMPY.*'shape': \((\d+),(?: (\d+))?\)", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Images:
    """Images of a file, or of one part of it.

    Parameters
    ----------
    name
        The file, with the part where there are several.
    images
        uint8, shape ``(N, 28, 28)``, light on dark.
    rows
        int64, shape ``(N,)``: the place of each in the file.
    notes
        Sentences about what was done to them.
    unread
        Sentences about those that cannot be read.
    """

    name: str
    images: NDArray[np.uint8]
    rows: NDArray[np.int64]
    notes: tuple[str, ...]
    unread: tuple[str, ...]


@one_budget()
def images_of(file: NamedFile, kind: Kind, *, as_is: bool = False) -> list[Images]:
    """All images of a file, part by part.

    Parameters
    ----------
    kind
        One of ``ROWS``.
    as_is
        Whether they are scaled at most, as for a network that has learned from pictures that fill their frame.

    Raises
    ------
    DataError
        If the file is not readable, or holds labels alone; the sentence names it, and in a table the row.
    """
    if holds_labels(file):
        raise DataError(f"{file.name} holds labels, not images.")
    found = [_upright(one) for one in _found(file, kind, as_is=as_is)]
    return [_images(one, file.name if len(found) == 1 else f"{file.name}:{one.part}", as_is=as_is) for one in found]


def holds_labels(file: NamedFile) -> bool:
    """Whether it is an IDX file or an array with one value for each image, or with a column for each class."""
    head = file.head(HEAD)
    head = unpacked_head(head) or head
    if shape := _SHAPE_OF_NUMPY.match(head):
        rows, columns = int(shape[1]), int(shape[2] or 1)
        return columns <= MOST_CLASSES and columns != rows and side_of(columns) is None
    return len(head) > 3 and head[:2] == b"\0\0" and head[3] == 1


def _found(file: NamedFile, kind: Kind, *, as_is: bool) -> list[Found]:
    if kind == "table":
        read = read_kaggle_csv(file, is_whole=True, needs_labels=False)
        return [Found(file.name, read.images, read.labels, notes=read.notes)]
    if kind == "idx":
        return [Found(file.name, read_idx_images(file), None)]
    return read_array_files([file], form=Form.AS_IS if as_is else None, needs_labels=False)


def _upright(found: Found) -> Found:
    """Digits whose labels tell that they lie on their side are put upright, as on import."""
    split = emnist_split_of_file(found.name)
    if found.labels is None or (split is not None and split.class_names != DIGIT_NAMES):
        return found
    with suppress(DataError):
        classes = classes_of([(found.name, found.labels)])
        if classes.names == DIGIT_NAMES:
            notes = list(found.notes)
            (found,) = put_upright([found], classes, notes)
            return replace(found, notes=tuple(notes))
    return found


def _images(found: Found, name: str, *, as_is: bool) -> Images:
    rows = np.arange(len(found.images)) if found.rows is None else found.rows
    form = Form.AS_IS if as_is or found.form else form_of_arrays(found.images, DIGIT_NAMES)
    if form is Form.MNIST:
        brought = bring(found.images)
        note = f"{name}: {counted(len(rows), 'image')} {'has' if len(rows) == 1 else 'have'} {BROUGHT_WORDS}."
        return Images(name, brought.images, rows, (*found.notes, note), found.left_out)
    images, notes = to_side(found.images), found.notes
    enough = not as_is or len(images) >= FEWEST_INVERTED
    if enough and light_share(images) >= INVERTED_SHARE:
        images, notes = 255 - images, (*notes, f"{name} is dark on light: its images have been inverted.")
    return Images(name, images, rows, notes, found.left_out)
