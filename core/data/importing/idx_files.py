"""IDX files as MNIST publishes them: images and labels, for training or for training and test."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.budget import spend
from core.data.idx import read_idx, read_idx_shape
from core.data.importing.assemble import MOST_IMAGES
from core.data.importing.emnist import ON_THEIR_SIDE, emnist_split_of_file, upright
from core.data.importing.found import Found, part_of_file
from core.data.importing.named_file import NamedFile
from core.data.importing.parts import Part
from core.data.importing.report import counted
from core.data.importing.sides import to_side
from core.data.importing.signatures import HEAD
from core.errors import DataError

MOST_BYTES = 3 * MOST_IMAGES * 28 * 28 + 16
"""Of one file, packed or unpacked: EMNIST by class, the largest set that is known here, has 697,932 images to train."""


@dataclass(frozen=True, eq=False)
class _IdxFile:
    """A file by its header; whether there is one too many is told before any is read."""

    file: NamedFile
    shape: tuple[int, ...]

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def part(self) -> Part | None:
        return part_of_file(self.name)

    def array(self) -> NDArray[np.uint8]:
        spend(min(math.prod(self.shape), MOST_BYTES), self.name)
        if isinstance(self.file.source, Path):
            return read_idx(self.file.source, name=self.name, max_bytes=MOST_BYTES)
        with self.file.open() as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise DataError(f"{self.name} is larger than {MOST_BYTES / 1e6:,.0f} MB, the most that can be read.")
        return read_idx(content, name=self.name, max_bytes=MOST_BYTES)


def read_idx_files(files: Sequence[NamedFile]) -> list[Found]:
    """Read a pair of images and labels, or several: names with ``t10k`` or ``test`` in them are the test set.

    EMNIST's own files are recognised by their names and put upright.

    Raises
    ------
    DataError
        If a file is damaged, one is missing or too many.
    """
    if len({emnist_split_of_file(file.name) for file in files}) > 1:
        raise DataError("These are files from several splits of EMNIST: import one split at a time.")
    read = [_claimed(file) for file in files]
    # The names cannot tell a lone pair's part: whatever it is, it is there to be trained on.
    parts = sorted({one.part or "train" for one in read}, reverse=True)
    if len(read) <= 2 and len(parts) == 1:
        return [_pair(read, None)]
    return [_pair([one for one in read if (one.part or "train") == part], part) for part in parts]


def read_idx_images(file: NamedFile) -> NDArray[np.uint8]:
    """The images of one file, to predict on; uint8, shape ``(N, 28, 28)``.

    Raises
    ------
    DataError
        If it is damaged, or holds labels.
    """
    claimed = _claimed(file)
    if len(claimed.shape) != 3:
        raise DataError(f"{file.name} holds labels, not images.")
    array = claimed.array()
    return to_side(upright(array) if emnist_split_of_file(file.name) else array)


def _claimed(file: NamedFile) -> _IdxFile:
    shape = read_idx_shape(file.head(HEAD), file.name)
    if len(shape) not in (1, 3):
        raise DataError(f"{file.name} has {len(shape)} dimensions; images have three and labels one.")
    return _IdxFile(file, shape)


def _pair(read: Sequence[_IdxFile], part: Part | None) -> Found:
    """Images and labels of one part; of whatever there is if the part is None."""
    images, labels = _only(read, 3, "images", part), _only(read, 1, "labels", part)
    if images.shape[0] != labels.shape[0]:
        raise DataError(
            f"{images.name} holds {counted(images.shape[0], 'image')}, but {labels.name} "
            f"{counted(labels.shape[0], 'label')}."
        )
    is_emnist = emnist_split_of_file(images.name) is not None
    notes = (ON_THEIR_SIDE,) if is_emnist else ()
    pixels = upright(images.array()) if is_emnist else images.array()
    return Found(images.name, pixels, labels.array().astype(np.int64), part, notes=notes)


def _only(files: Sequence[_IdxFile], dimensions: int, what: str, part: Part | None) -> _IdxFile:
    fitting = [file for file in files if len(file.shape) == dimensions]
    purpose = {"train": " to train on", "val": " to validate on", "test": " to test on", None: ""}[part]
    if not fitting:
        raise DataError(f"There is no IDX file with {what}{purpose}: images and labels belong together.")
    if len(fitting) > 1:
        raise DataError(
            f"Both {fitting[0].name} and {fitting[1].name} hold {what}{purpose}: "
            "name what is for the test with “test” or “t10k”."
        )
    return fitting[0]
