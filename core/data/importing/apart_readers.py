"""Readers that run in a process of their own, through :func:`core.data.apart.read_apart`."""

import json
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from core.data.apart import one_process
from core.data.importing.assemble import MOST_IMAGES
from core.data.importing.form import BROUGHT_WORDS, LOOKED_AT, Form, grey_in_form, needs_form, usual_form
from core.data.importing.label_column import are_unknown, unknown_among
from core.data.importing.pixel_rows import PixelRows, out_of_scale
from core.data.importing.shapes import as_images, as_labels
from core.data.importing.sides import SIDES, fit_to_side
from core.data.importing.table_layout import layout_of_names
from core.data.splits import stratified_split
from core.drawings.background import Grey
from core.drawings.pictures import as_bytes, grey_of
from core.errors import DataError

T = TypeVar("T")

_MOST_ROWS = 1_000_000
_ROWS = 1_000
_DEEPEST = 4
_LABELS = ("label", "labels", "class", "target", "digit", "y", "fine_label")
_PICTURES = ("image", "img", "picture", "pixels", "data", "x", "png", "jpg")
_MOST_LEFT_OUT = 1_000
_SHOWN = 10


def read_mat(path: Path, name: str) -> dict[str, NDArray[Any]]:
    """Every array of numbers in a MATLAB file to version 7: ``names``, then ``array0``, ``array1`` and so on.

    Raises
    ------
    DataError
        If it is not such a file.
    """
    from scipy.io import loadmat

    try:
        content = loadmat(path)
    except NotImplementedError:
        raise DataError(f"{name} is a MATLAB 7.3 file (HDF5): save it with “-v7”.") from None
    arrays = dict(_numbers("", {key: value for key, value in content.items() if not key.startswith("__")}, 0))
    named = {f"array{place}": array for place, array in enumerate(arrays.values())}
    return {"names": np.array([*arrays], dtype=np.str_), **named}


def _numbers(name: str, value: Any, depth: int) -> Iterator[tuple[str, NDArray[Any]]]:
    """Arrays of numbers by their path through structures, such as ``dataset.train.images``."""
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _numbers(f"{name}.{key}" if name else str(key), inner, depth + 1)
    elif isinstance(value, np.ndarray) and value.dtype.names and value.size == 1:
        record = value.reshape(-1)[0]
        yield from _numbers(name, {field: record[field] for field in value.dtype.names}, depth)
    elif isinstance(value, np.ndarray) and value.dtype.kind in "uifb":
        yield name, value
    elif hasattr(value, "toarray"):
        yield name, np.asarray(value.toarray())


def read_parquet(
    path: Path, name: str, form: str | None = None, class_names: Sequence[str] = (), *, needs_labels: bool = True
) -> dict[str, NDArray[Any]]:
    """Images of a Parquet file: pictures as Hugging Face keeps them, lists of pixels, or a column for each pixel.

    Parameters
    ----------
    form
        What is done to pictures of several sizes, or large ones; if None, what is usual.
    class_names
        Those that the user gave.
    needs_labels
        If not, there are none where they cannot be read.

    Returns
    -------
    ``images`` uint8 ``(N, H, W)``; ``rows``, the place of each; ``labels``, if there are any; ``class_names``,
    ``notes`` and ``left_out``, words; ``form`` and ``before``, if it was done here.

    Raises
    ------
    DataError
        If there is nothing of the kind in it.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    count = file.metadata.num_rows
    if count > _MOST_ROWS:
        raise DataError(f"{name} has {count:,} rows; at most {_MOST_ROWS:,} can be read.")
    if not count:
        raise DataError(f"{name} has no rows: there are no images in it.")
    columns = list(file.schema_arrow.names)
    label = next((column for wanted in _LABELS for column in columns if column.lower() == wanted), None)
    labels = None if label is None else _labels(file, label, name, needed=needs_labels)
    notes: list[str] = []
    chosen = np.ones(count, bool)
    if count > MOST_IMAGES:
        chosen[:] = False
        _, codes = np.unique(np.zeros(count) if labels is None else labels, return_inverse=True)
        chosen[stratified_split(codes.astype(np.int64), MOST_IMAGES, seed=0)[1]] = True
        notes.append(f"There are {count:,} images: {MOST_IMAGES:,} of them were read, the same share of every class.")
    told = _class_names(file, str(label)) if labels is not None else []
    names = list(class_names) or told or list(map(str, np.unique([] if labels is None else labels)))
    reading = _Reading(file, chosen, names, None if form is None else Form(form), notes)
    images, kept = _images(reading, columns, label, name)
    words = {"notes": _words(notes), "left_out": _words(reading.left_out)}
    result = reading.made | words | {"images": images, "rows": kept}
    if labels is not None:
        result |= {"labels": labels[kept], "class_names": _words(told)}
    return result


@dataclass
class _Reading:
    """A Parquet file, which of its rows are read, and what is noticed on the way."""

    file: Any
    chosen: NDArray[np.bool_]
    class_names: Sequence[str]
    form: Form | None
    notes: list[str]
    left_out: list[str] = field(default_factory=list)
    made: dict[str, NDArray[Any]] = field(default_factory=dict)

    def leave_out(self, row: int, error: DataError) -> None:
        """Name a row that cannot be read."""
        if len(self.left_out) < _MOST_LEFT_OUT:
            self.left_out.append(f"Row {row + 1:,}: {error}")


def _words(texts: list[str]) -> NDArray[Any]:
    return np.array(texts, dtype=np.str_)


def _labels(file: Any, label: str, name: str, *, needed: bool) -> NDArray[Any] | None:
    """Labels of all rows; None where all are unknown, as those of a test are that are not told."""
    values = file.read(columns=[label]).column(0).to_pylist()
    unknown = unknown_among(str(value) for value in values if isinstance(value, str | int | float))
    absent = [_is_absent(value, unknown) for value in values]
    if are_unknown("" if is_absent else str(value) for is_absent, value in zip(absent, values, strict=True)):
        return None
    lengths = {len(value) if isinstance(value, list) else 0 for value in values}
    if len(lengths) == 1 and lengths != {0} and (told := as_labels(np.array(values), len(values))) is not None:
        # A one for the class, and zeros.
        return told
    unlabelled = [row for row, value in enumerate(values, 1) if absent[row - 1] or isinstance(value, dict | list)]
    if unlabelled:
        if not needed:
            return None
        raise DataError(f"The column “{label[:40]}” of {name} has rows without a label, such as row {unlabelled[0]:,}.")
    if all(isinstance(value, int | float) and value == int(value) and value >= 0 for value in values):
        return np.array(values).astype(np.int64)
    return _words([str(value) for value in values])


def _is_absent(value: Any, unknown: Collection[str]) -> bool:
    if isinstance(value, float) and not math.isfinite(value):
        return True
    return value is None or (isinstance(value, str | int | float) and str(value) in unknown)


def _class_names(file: Any, label: str) -> list[str]:
    """Names that Hugging Face’s libraries write beside the columns; empty without."""
    try:
        features = json.loads((file.schema_arrow.metadata or {})[b"huggingface"])["info"]["features"]
        names = features[label].get("names") or []
        return [str(name) for name in names] if isinstance(names, list) else []
    except (KeyError, ValueError, TypeError, AttributeError):
        return []


def _images(
    reading: _Reading, names: list[str], label: str | None, name: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images, and the rows that they are from."""
    picture = next((one for wanted in _PICTURES for one in names if one.lower() == wanted and one != label), None)
    binary = [one for one in names if "binary" in str(reading.file.schema_arrow.field(one).type)]
    if picture is None and len(binary) == 1:
        picture = binary[0]
    kind = "" if picture is None else str(reading.file.schema_arrow.field(picture).type)
    if picture is not None and "binary" in kind:
        return _pictures(reading, picture)
    found = np.flatnonzero(reading.chosen)
    if picture is not None and "list" in kind:
        return _lists(reading, picture), found
    return _columns(reading, names, name), found


def _pictures(reading: _Reading, column: str) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Small pictures of one size as they are, others in the form that is usual or asked for."""
    first = [as_bytes(grey) for _, grey in islice(_greys(reading, column), LOOKED_AT)]
    if not first:
        raise DataError(reading.left_out[0] if reading.left_out else "The Parquet file has no rows.")
    reading.left_out.clear()
    shape = first[0].shape
    if all(side in SIDES for side in shape) and all(grey.shape == shape for grey in first):
        read = _read_all(reading, column, lambda grey: _of_shape(grey, shape))
        return np.stack([image for _, image in read]), np.array([row for row, _ in read], np.int64)
    form = reading.form or usual_form([needs_form(grey) for grey in first], reading.class_names)
    formed = _read_all(reading, column, lambda grey: grey_in_form(grey, form))
    if not formed:
        raise DataError(reading.left_out[0])
    done = BROUGHT_WORDS if form is Form.MNIST else "had another size and have been scaled to 28×28"
    have = "have " if form is Form.MNIST else ""
    reading.notes.append(f"{len(formed):,} pictures {have}{done}.")
    reading.made |= {"form": _words([form.value])}
    if form is Form.MNIST:
        reading.made |= {"before": np.stack([fit_to_side(one.before) for _, one in formed[:_SHOWN]])}
    return np.stack([one.image for _, one in formed]), np.array([row for row, _ in formed], np.int64)


def _of_shape(grey: Grey, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    if grey.shape != shape:
        raise DataError(f"It has {grey.shape[0]}×{grey.shape[1]} pixels, most others {shape[0]}×{shape[1]}.")
    return as_bytes(grey)


@one_process()
def _read_all(reading: _Reading, column: str, read: Callable[[Grey], T]) -> list[tuple[int, T]]:
    """The image of each picture, and its row; pictures that give none are named."""
    found = []
    for row, grey in _greys(reading, column):
        try:
            found.append((row, read(grey)))
        except DataError as error:
            reading.leave_out(row, error)
    return found


def _greys(reading: _Reading, column: str) -> Iterator[tuple[int, Grey]]:
    """Each picture that is chosen and can be read."""
    row = -1
    for batch in reading.file.iter_batches(batch_size=_ROWS, columns=[column]):
        for value in batch.column(0).to_pylist():
            row += 1
            content = value.get("bytes") if isinstance(value, dict) else value
            if reading.chosen[row]:
                try:
                    grey = grey_of(bytes(content or b""))
                except DataError as error:
                    reading.leave_out(row, error)
                    continue
                yield row, grey


def _lists(reading: _Reading, column: str) -> NDArray[np.uint8]:
    arrays = []
    for batch in reading.file.iter_batches(batch_size=_ROWS, columns=[column]):
        values = batch.column(0)
        flat = values
        while hasattr(flat, "flatten") and "list" in str(flat.type):
            flat = flat.flatten()
        numbers = np.asarray(flat.to_numpy(zero_copy_only=False))
        if len(values) and len(numbers) % len(values):
            raise DataError(f"The lists of the column “{column[:40]}” differ in length: images must be of one size.")
        arrays.append(numbers.reshape(len(values), -1))
    found = as_images(np.concatenate(arrays)[reading.chosen]) if arrays else None
    if found is None:
        raise DataError(f"The lists of the column “{column[:40]}” are not square images: 784 pixels are needed.")
    return _collected(iter([found.reshape(len(found), -1)]), len(found), found.shape[1], reading.notes)


def _columns(reading: _Reading, names: list[str], name: str) -> NDArray[np.uint8]:
    layout = layout_of_names(name, [one.lower() for one in names])
    columns = [names[position] for position in layout.pixels]

    def pieces() -> Iterator[NDArray[Any]]:
        row = 0
        for batch in reading.file.iter_batches(batch_size=_ROWS, columns=columns):
            values = np.stack([batch.column(one).to_numpy(zero_copy_only=False) for one in columns], axis=1)
            yield values[reading.chosen[row : row + len(values)]]
            row += len(values)

    reading.notes.extend(layout.notes)
    return _collected(pieces(), int(reading.chosen.sum()), layout.side, reading.notes)


def _collected(pieces: Iterator[NDArray[Any]], count: int, side: int, notes: list[str]) -> NDArray[np.uint8]:
    rows = PixelRows(count, side, "the file")
    for piece in pieces:
        if piece.dtype.kind not in "uif" or not np.isfinite(piece).all() or out_of_scale(piece) is not None:
            raise DataError("The Parquet file has pixels that are not numbers from 0 to 255.")
        rows.add(piece)
    images, more = rows.images()
    notes += more
    return images
