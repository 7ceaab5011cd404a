"""Readers that run in a process of their own, through :func:`core.data.apart.read_apart`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.data.importing.assemble import MOST_IMAGES, fit_to_side
from core.data.importing.pixel_rows import PixelRows, out_of_scale
from core.data.importing.shapes import as_images
from core.data.importing.table_layout import layout_of_names
from core.data.splits import stratified_split
from core.drawings.pictures import read_grey
from core.errors import DataError

_MOST_ROWS = 1_000_000
_ROWS = 1_000
_DEEPEST = 4
_LABELS = ("label", "labels", "class", "target", "digit", "y", "fine_label")
_PICTURES = ("image", "img", "picture", "pixels", "data", "x", "png", "jpg")
_MOST_LEFT_OUT = 1_000


def read_mat(path: Path, name: str) -> dict[str, NDArray[Any]]:
    """Every array of numbers in a MATLAB file to version 7: ``names``, then ``array0``, ``array1`` and so on.

    Raises
    ------
    DataError
        If it is no such file.
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


def read_parquet(path: Path, name: str) -> dict[str, NDArray[Any]]:
    """Images of a Parquet file: pictures as Hugging Face keeps them, lists of pixels, or a column for each pixel.

    Returns
    -------
    ``images`` uint8 ``(N, H, W)``; ``labels``, if there are any; ``class_names``, ``notes`` and ``left_out``, words.

    Raises
    ------
    DataError
        If there is nothing of the kind in it.
    """
    import pyarrow.parquet as pq

    file = pq.ParquetFile(path)
    count = file.metadata.num_rows
    if count > _MOST_ROWS:
        raise DataError(f"{name} has {count:,} rows; at most {_MOST_ROWS:,} are read.")
    if not count:
        raise DataError(f"{name} has no rows: there are no images in it.")
    columns = list(file.schema_arrow.names)
    label = next((column for wanted in _LABELS for column in columns if column.lower() == wanted), None)
    labels = None if label is None else _labels(file, label, name)
    notes: list[str] = []
    chosen = np.ones(count, bool)
    if count > MOST_IMAGES:
        chosen[:] = False
        _, codes = np.unique(np.zeros(count) if labels is None else labels, return_inverse=True)
        chosen[stratified_split(codes.astype(np.int64), MOST_IMAGES, seed=0)[1]] = True
        notes.append(f"There are {count:,} images: {MOST_IMAGES:,} of them were read, of every class the same share.")
    images, kept, left_out = _images(file, columns, label, chosen, notes, name)
    result = {"images": images, "notes": _words(notes), "left_out": _words(left_out)}
    if labels is not None:
        result |= {"labels": labels[kept], "class_names": _words(_class_names(file, str(label)))}
    return result


def _words(texts: list[str]) -> NDArray[Any]:
    return np.array(texts, dtype=np.str_)


def _labels(file: Any, label: str, name: str) -> NDArray[Any] | None:
    """Labels of all rows; None where each is -1, as those of a test are that are not told."""
    values = file.read(columns=[label]).column(0).to_pylist()
    if all(value == -1 for value in values):
        return None
    if any(value is None or isinstance(value, dict | list) for value in values):
        raise DataError(f"The column “{label[:40]}” of {name} has rows without a label.")
    if all(isinstance(value, int | float) and value == int(value) and value >= 0 for value in values):
        return np.array(values).astype(np.int64)
    return _words([str(value) for value in values])


def _class_names(file: Any, label: str) -> list[str]:
    """Names that Hugging Face’s libraries write beside the columns; empty without."""
    try:
        features = json.loads((file.schema_arrow.metadata or {})[b"huggingface"])["info"]["features"]
        names = features[label].get("names") or []
        return [str(name) for name in names] if isinstance(names, list) else []
    except (KeyError, ValueError, TypeError, AttributeError):
        return []


def _images(
    file: Any, names: list[str], label: str | None, chosen: NDArray[np.bool_], notes: list[str], name: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[str]]:
    """Images, the rows that they are from, and a sentence about each row that cannot be read."""
    picture = next((one for wanted in _PICTURES for one in names if one.lower() == wanted and one != label), None)
    kind = "" if picture is None else str(file.schema_arrow.field(picture).type)
    if picture is not None and ("binary" in kind):
        return _pictures(file, picture, chosen, notes)
    if picture is not None and "list" in kind:
        return _lists(file, picture, chosen, notes)
    return _columns(file, names, chosen, notes, name)


def _pictures(
    file: Any, column: str, chosen: NDArray[np.bool_], notes: list[str]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[str]]:
    images, rows, left_out = [], [], []
    row = scaled = 0
    for batch in file.iter_batches(batch_size=_ROWS, columns=[column]):
        for value in batch.column(0).to_pylist():
            content = value.get("bytes") if isinstance(value, dict) else value
            if chosen[row]:
                try:
                    grey = read_grey(bytes(content or b""))
                    scaled += grey.shape != (IMAGE_SIDE, IMAGE_SIDE)
                    images.append(fit_to_side(grey))
                    rows.append(row)
                except DataError as error:
                    left_out.append(f"Row {row + 1:,}: {error}")
            row += 1
    if not images:
        raise DataError(left_out[0] if left_out else "The Parquet file has no rows.")
    if scaled:
        notes.append(f"Pictures had another size and have been scaled to 28×28: {scaled:,}.")
    return np.stack(images), np.array(rows, np.int64), left_out[:_MOST_LEFT_OUT]


def _lists(
    file: Any, column: str, chosen: NDArray[np.bool_], notes: list[str]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[str]]:
    arrays = []
    for batch in file.iter_batches(batch_size=_ROWS, columns=[column]):
        values = batch.column(0)
        flat = values
        while hasattr(flat, "flatten") and "list" in str(flat.type):
            flat = flat.flatten()
        numbers = np.asarray(flat.to_numpy(zero_copy_only=False))
        if len(values) and len(numbers) % len(values):
            raise DataError(f"The lists of the column “{column[:40]}” differ in length: images must be of one size.")
        arrays.append(numbers.reshape(len(values), -1))
    found = as_images(np.concatenate(arrays)[chosen]) if arrays else None
    if found is None:
        raise DataError(f"The lists of the column “{column[:40]}” are not square images: 784 pixels are needed.")
    return (
        _collected(iter([found.reshape(len(found), -1)]), len(found), found.shape[1], notes),
        np.flatnonzero(chosen),
        [],
    )


def _columns(
    file: Any, names: list[str], chosen: NDArray[np.bool_], notes: list[str], name: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[str]]:
    layout = layout_of_names(name, [one.lower() for one in names])
    columns = [names[position] for position in layout.pixels]

    def pieces() -> Iterator[NDArray[Any]]:
        row = 0
        for batch in file.iter_batches(batch_size=_ROWS, columns=columns):
            values = np.stack([batch.column(one).to_numpy(zero_copy_only=False) for one in columns], axis=1)
            yield values[chosen[row : row + len(values)]]
            row += len(values)

    notes += layout.notes
    return _collected(pieces(), int(chosen.sum()), layout.side, notes), np.flatnonzero(chosen), []


def _collected(pieces: Iterator[NDArray[Any]], count: int, side: int, notes: list[str]) -> NDArray[np.uint8]:
    rows = PixelRows(count, side, "the file")
    for piece in pieces:
        if piece.dtype.kind not in "uif" or not np.isfinite(piece).all() or out_of_scale(piece) is not None:
            raise DataError("The Parquet file has pixels that are not numbers from 0 to 255.")
        rows.add(piece)
    images, more = rows.images()
    notes += more
    return images
