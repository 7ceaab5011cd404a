"""IDX files as MNIST publishes them: images and labels, for training or for training and test."""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import DIGIT_NAMES
from core.data.idx import read_idx
from core.data.importing.assemble import MOST_IMAGES, RawPart, make_preview
from core.data.importing.emnist import EmnistSplit, emnist_split_of_file, upright
from core.data.importing.named_file import NamedFile
from core.data.importing.report import ImportPreview, counted
from core.errors import DataError

MOST_BYTES = MOST_IMAGES * 28 * 28 + 16
"""Of one file, packed or unpacked."""
_TEST = re.compile(r"(?<![a-z])(t10k|test|testing)(?![a-z])", re.IGNORECASE)
Part = Literal["train", "test"]


@dataclass(frozen=True, eq=False)
class _IdxFile:
    name: str
    part: Part
    array: NDArray[np.uint8]


def is_idx(file: NamedFile) -> bool:
    """Whether the file, gzipped or not, begins as an IDX file does."""
    head = file.head()
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, 4)
        except zlib.error:
            return False
    return len(head) >= 4 and head[:2] == b"\0\0" and 8 <= head[2] <= 14 and 1 <= head[3] <= 4


def part_of(name: str) -> Part:
    """What the name of a file or folder says it is for."""
    return "test" if _TEST.search(name) else "train"


def read_idx_files(files: Sequence[NamedFile], *, title: str, class_names: Sequence[str] = ()) -> ImportPreview:
    """Read a pair of images and labels, or two pairs: names with ``t10k`` or ``test`` in them are the test set.

    EMNIST's own files are recognised by their names and put right.

    Raises
    ------
    DataError
        If a file is damaged, one is missing or too many, or labels do not fit.
    """
    read = [_read(file) for file in files]
    split = emnist_split_of_file(files[0].name)
    names = tuple(class_names) or (split.class_names if split else DIGIT_NAMES)
    # The names cannot tell a lone pair's part: whatever it is, it is there to be trained on.
    has_test = len(read) > 2 or {one.part for one in read} == {"train", "test"}
    train = _part(read, "train" if has_test else None, split, names)
    test = _part(read, "test", split, names) if has_test else None
    return make_preview(
        train,
        test,
        names,
        title=title,
        description=f"Read from IDX files: {', '.join(file.name for file in files)}.",
        notes=("EMNIST's images lie on their side: they have been put upright.",) if split else (),
    )


def _read(file: NamedFile) -> _IdxFile:
    if isinstance(file.source, Path):
        array = read_idx(file.source, name=file.name, max_bytes=MOST_BYTES)
    else:
        with file.open() as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise DataError(f"{file.name} is larger than {MOST_BYTES / 1e6:,.0f} MB, the most that is read.")
        array = read_idx(content, name=file.name, max_bytes=MOST_BYTES)
    if array.ndim not in (1, 3):
        raise DataError(f"{file.name} has {array.ndim} dimensions; images have three and labels one.")
    if len(array) > MOST_IMAGES:
        raise DataError(f"{file.name} holds {len(array):,} entries; at most {MOST_IMAGES:,} are imported at once.")
    return _IdxFile(file.name, part_of(file.name), array)


def _part(read: Sequence[_IdxFile], part: Part | None, split: EmnistSplit | None, names: Sequence[str]) -> RawPart:
    """Images and labels of one part; of whatever there is if the part is None."""
    chosen = [one for one in read if part is None or one.part == part]
    images, labels = _only(chosen, 3, "images", part), _only(chosen, 1, "labels", part)
    if len(images.array) != len(labels.array):
        raise DataError(
            f"{images.name} holds {counted(len(images.array), 'image')}, but {labels.name} "
            f"{counted(len(labels.array), 'label')}."
        )
    numbers = labels.array.astype(np.int64)
    if split is not None:
        numbers = split.labels(numbers)
    wrong = np.flatnonzero((numbers < 0) | (numbers >= len(names)))
    if len(wrong):
        first = int(wrong[0])
        raise DataError(
            f"{labels.name} has the label {labels.array[first]} at place {first + 1:,}; "
            f"with {len(names)} classes labels go from 0 to {len(names) - 1}."
        )
    return RawPart(upright(images.array) if split is not None else images.array, numbers)


def _only(files: Sequence[_IdxFile], dimensions: int, what: str, part: Part | None) -> _IdxFile:
    fitting = [file for file in files if file.array.ndim == dimensions]
    purpose = {"train": " to train on", "test": " to test on", None: ""}[part]
    if not fitting:
        raise DataError(f"There is no IDX file with {what}{purpose}: images and labels belong together.")
    if len(fitting) > 1:
        raise DataError(
            f"Both {fitting[0].name} and {fitting[1].name} hold {what}{purpose}: "
            "name what is for the test with “test” or “t10k”."
        )
    return fitting[0]
