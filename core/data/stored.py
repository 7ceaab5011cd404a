"""Imported datasets as files: one safetensors file each, with everything about it inside."""

import json
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from core.atomic import write_atomically
from core.data.dataset import DatasetEntry, ImageDataset, SourceDataset
from core.data.downloading.downloads import DOWNLOADS
from core.data.drawn import owner_of
from core.data.framing import LOOKED_AT, Framing, framing_of
from core.data.purpose import Purpose
from core.errors import DataError

_PARTS = ("train", "test")


def write_published(
    folder: Path,
    published: SourceDataset,
    title: str,
    description: str,
    framing: Framing | None = None,
    owner: str = "",
) -> DatasetEntry:
    """Write a dataset into the folder, which is created.

    Equal images under equal names replace themselves, but for those of another owner, which stay as they are.

    Parameters
    ----------
    framing
        How its pictures were brought to 28×28; told from the pictures themselves if None.
    owner
        As :class:`DatasetEntry` has it.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    title = _as_text(title)
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "images"
    title = " ".join(title.split())[:80] or slug
    entry = DatasetEntry(
        f"{slug}-{published.digest[:8]}",
        title,
        _as_text(description),
        len(published.train),
        0 if published.test is None else len(published.test),
        published.train.class_names,
        is_built_in=False,
        framing=framing or framing_of(published.first_images.images),
        purpose=published.purpose,
        owner=owner,
    )
    there = _there(folder, entry.name)
    if there is not None and there.owner not in ("", owner):
        return there
    return write_entry(folder, entry if there is None else replace(entry, owner=there.owner), published)


def _there(folder: Path, name: str) -> DatasetEntry | None:
    """What is kept under a name already, unless it is damaged."""
    with suppress(DataError):
        return read_entry(folder / f"{name}.safetensors")
    return None


def write_entry(folder: Path, entry: DatasetEntry, published: SourceDataset) -> DatasetEntry:
    """Write a dataset under the name, and with the words and numbers, of an entry.

    Raises
    ------
    DataError
        If it cannot be written.
    """
    parts = {"train": published.train, "test": published.test}
    tensors: dict[str, NDArray[Any]] = {}
    for part, dataset in parts.items():
        if dataset is not None:
            tensors |= {f"{part}.images": dataset.images, f"{part}.labels": dataset.labels}
    metadata = {
        "title": entry.title,
        "description": entry.description,
        "class_names": json.dumps(entry.class_names),
        "framing": entry.framing,
        "purpose": entry.purpose,
    }
    if entry.owner:
        metadata["owner"] = entry.owner
    if entry.number:
        metadata |= {"number": str(entry.number)}
    if entry.beside:
        metadata |= {"beside": entry.beside, "counts": json.dumps([entry.images, entry.test_images])}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / f"{entry.name}.safetensors", save(_contiguous(tensors), metadata))
    except OSError as error:
        raise DataError(f"The dataset cannot be kept: {error.strerror}.") from error
    return read_entry(folder / f"{entry.name}.safetensors")


def read_entry(path: Path) -> DatasetEntry:
    """What a file holds, from its header alone.

    Raises
    ------
    DataError
        If it is damaged.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = dict(file.metadata() or {})
            counts = {
                part: file.get_slice(f"{part}.labels").get_shape()[0] if f"{part}.labels" in file.keys() else 0  # noqa: SIM118
                for part in _PARTS
            }
        names = tuple(map(str, json.loads(metadata["class_names"])))
        title, description = metadata["title"], metadata["description"]
        # Files that were written before there were two have none.
        purpose = Purpose(metadata.get("purpose", Purpose.TRAINING))
        framing = Framing(metadata["framing"]) if "framing" in metadata else _framing_of_file(path, description)
        number, beside = int(metadata.get("number", 0)), metadata.get("beside", "")
        images, test_images = map(int, json.loads(metadata["counts"])) if beside else (counts["train"], counts["test"])
        owner = owner_of(path.stem, metadata.get("owner", ""))
    except (SafetensorError, OSError, ValueError, LookupError, TypeError, OverflowError, RecursionError) as error:
        raise DataError(f"The imported dataset {path.stem} is damaged: import it again.") from error
    return DatasetEntry(
        path.stem, title, description, images, test_images, names, False, framing, purpose, number, beside, owner
    )


def read_published(path: Path) -> SourceDataset:
    """Images and labels of a file, read-only.

    Raises
    ------
    DataError
        If it is damaged.
    """
    entry = read_entry(path)
    try:
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        parts = [
            ImageDataset(entry.name, _frozen(tensors[f"{part}.images"]), _labels(tensors, part), entry.class_names)
            for part in _PARTS
            if f"{part}.labels" in tensors
        ]
        return SourceDataset(*parts)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"The imported dataset {path.stem} is damaged: import it again.") from error


def _labels(tensors: dict[str, NDArray[Any]], part: str) -> NDArray[np.int64]:
    labels = _frozen(tensors[f"{part}.labels"])
    if labels.dtype != np.int64:
        raise TypeError(f"labels of type {labels.dtype}")
    return labels


def _framing_of_file(path: Path, description: str) -> Framing:
    """Of a file that was written before framings were: known for what was downloaded, else told from its pictures."""
    for download in DOWNLOADS.values():
        if description.startswith(download.description):
            return download.framing
    with safe_open(path, framework="numpy") as file:
        images = file.get_slice("train.images")
        return framing_of(images[: min(LOOKED_AT, images.get_shape()[0])])


def _as_text(text: str) -> str:
    # Names of files may hold bytes that are not UTF-8.
    return text.encode("utf-8", "replace").decode()


def _contiguous(tensors: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    return {name: np.ascontiguousarray(array) for name, array in tensors.items()}


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
