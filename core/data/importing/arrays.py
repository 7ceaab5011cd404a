"""Arrays in files of NumPy and MATLAB: which are images and which are labels shows in their shapes and names."""

import re
import sys
import tokenize
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.data.apart import Limits, read_apart
from core.data.importing.csv_rows import Labels
from core.data.importing.form import Form
from core.data.importing.found import Found, part_of_file
from core.data.importing.kinds import kind_of
from core.data.importing.named_file import NamedFile
from core.data.importing.parts import Part, part_of_name
from core.data.importing.pixel_rows import PixelRows, out_of_scale
from core.data.importing.shapes import as_images, as_labels
from core.errors import DataError

MOST_BYTES = 1_000_000_000
"""Of one array, unpacked: 60,000 images as 64-bit floats take 376 MB."""
# Large photographs in Parquet take a tenth of a second each.
_LIMITS = Limits(seconds=300.0)
_MOST_ARRAYS = 200
_MOST_HEADER = 10_000
_CHUNK = 2_048
_LARGEST_BYTE, _DEEP = 255, 257
_LABEL_NAME = re.compile(r"(^|[^a-z])(y|labels?|targets?|class(es)?|gt)([^a-z]|$)|^y|label|target", re.IGNORECASE)
_IMAGE_NAME = re.compile(r"(^|[^a-z])(x|images?|imgs?|data|pixels?|features?|digits?)([^a-z]|$)|^x", re.IGNORECASE)
_CLASS_NAME = re.compile(r"\D*?(\d{1,2})")
_DAMAGE = (
    zipfile.BadZipFile,
    tokenize.TokenError,
    ValueError,
    TypeError,
    EOFError,
    OSError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    SyntaxError,
    zlib.error,
)


@dataclass(frozen=True, eq=False)
class _Named:
    """An array, the file that it is in, and its name there."""

    file: str
    key: str
    array: NDArray[Any]

    @property
    def part(self) -> Part | None:
        return part_of_name(self.key) or part_of_file(self.file)

    @property
    def name(self) -> str:
        return f"{self.file}:{self.key}" if self.key else self.file

    @property
    def words(self) -> str:
        """By which it is told what it holds: the name in the file, else that of the file."""
        return self.key if self.key and not self.key.startswith("arr_") else PurePosixPath(self.file).stem


def read_array_files(
    files: Sequence[NamedFile], *, form: Form | None = None, class_names: Sequence[str] = ()
) -> list[Found]:
    """Images and labels of all arrays in some files, npz, npy, mat or Parquet.

    Parameters
    ----------
    form, class_names
        What the user said about pictures that are in Parquet.

    Raises
    ------
    DataError
        If a file is damaged, holds Python objects, or its arrays cannot be told apart.
    """
    parquet = [file for file in files if kind_of(file) == "parquet"]
    if parquet:
        return [_read_parquet(file, form, class_names) for file in parquet]
    arrays = [array for file in files for array in _arrays_of(file)]
    parts = list(dict.fromkeys(array.part for array in arrays))
    is_matlab = any(file.name.lower().endswith(".mat") for file in files)
    found = [pair for part in parts for pair in _pairs([one for one in arrays if one.part == part], part, is_matlab)]
    if not found:
        listed = ", ".join(f"{one.name} {one.array.shape}" for one in arrays[:4]) or "none"
        raise DataError(
            f"There are no arrays of images in {files[0].name} ({listed}): they must be of shape (N, 28, 28) or "
            "(N, 784), other sides from 8 to 64, with labels of shape (N,)."
        )
    return found


def _read_parquet(file: NamedFile, form: Form | None, class_names: Sequence[str]) -> Found:
    wishes = {"form": form and form.value, "class_names": list(class_names)}
    read = _read_apart("read_parquet", file, "Parquet", wishes)
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


def _read_apart(
    reader: str, file: NamedFile, what: str, options: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, NDArray[Any]]:
    reader, options = f"core.data.importing.apart_readers:{reader}", {"name": file.name, **options}
    if isinstance(file.source, Path):
        return read_apart(reader, file.source, name=file.name, what=what, limits=_LIMITS, options=options)
    with file.open() as stream:
        return read_apart(reader, stream, name=file.name, what=what, limits=_LIMITS, options=options)


def _arrays_of(file: NamedFile) -> Iterator[_Named]:
    kind = kind_of(file)
    if kind == "npy":
        with file.open() as stream:
            yield _Named(file.name, "", _read_npy(stream, file.name))
    elif kind == "npz":
        yield from _read_npz(file)
    else:
        yield from _read_mat(file)


def _read_npz(file: NamedFile) -> Iterator[_Named]:
    with file.open() as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
                if len(members) > _MOST_ARRAYS or sum(info.file_size for info in members) > 2 * MOST_BYTES:
                    raise DataError(f"{file.name} holds more than is read: at most {2 * MOST_BYTES / 1e6:,.0f} MB.")
                for info in members:
                    with archive.open(info) as member:
                        key = info.filename.removesuffix(".npy")
                        yield _Named(file.name, key, _read_npy(member, f"{file.name}:{key}"))  # type: ignore[arg-type]
        except _DAMAGE:
            raise DataError(f"{file.name} is damaged: its arrays cannot be read to their end.") from None


def _read_npy(stream: BinaryIO, name: str) -> NDArray[Any]:
    """An array in NumPy's format; nothing is unpickled, and no memory is taken before its size is known."""
    try:
        version = np.lib.format.read_magic(stream)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(stream, max_header_size=_MOST_HEADER)
    except _DAMAGE:
        raise DataError(f"{name} is damaged: it does not begin like a NumPy array.") from None
    if dtype.hasobject:
        raise DataError(
            f"{name} holds Python objects as pickles, which can run any program and are never read: save arrays of "
            "numbers."
        )
    if dtype.kind not in "uifbUS" or not dtype.itemsize:
        raise DataError(f"{name} holds {dtype}, neither numbers nor text.")
    size = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if size > MOST_BYTES:
        raise DataError(f"{name} has {size / 1e6:,.0f} MB; at most {MOST_BYTES / 1e6:,.0f} MB of one array are read.")
    content = bytearray()
    while len(content) < size and (piece := stream.read(min(1 << 22, size - len(content)))):
        content += piece
    if len(content) < size:
        raise DataError(f"{name} is cut off: it promises {size:,} bytes and holds {len(content):,}.")
    array = np.frombuffer(content, dtype)
    if dtype.kind == "U" and (array.view(np.dtype("u4").newbyteorder(dtype.byteorder)) > sys.maxunicode).any():
        raise DataError(f"{name} is damaged: it holds numbers instead of letters.")
    return array.reshape(shape[::-1]).T if is_fortran else array.reshape(shape)


def _read_mat(file: NamedFile) -> Iterator[_Named]:
    found = _read_apart("read_mat", file, "a MATLAB file")
    for place, key in enumerate(found.pop("names")):
        yield _Named(file.name, str(key), found[f"array{place}"])


def _pairs(arrays: Sequence[_Named], part: Part | None, is_matlab: bool) -> list[Found]:
    """Images with their labels; arrays that hold one class each, as their names say, together."""
    flat = [one for one in arrays if one.array.ndim <= 2]
    counts = {max(one.array.shape) for one in flat if one.array.ndim == 1 or 1 in one.array.shape}
    images = [(one, pixels) for one in arrays if (pixels := as_images(one.array, counts)) is not None]
    if not images:
        return []
    if len(images) > 1 and (by_class := _one_class_each(images)):
        labels = np.concatenate([np.full(len(pixels), label, np.int64) for label, (_, pixels) in by_class])
        stacked = np.concatenate([pixels for _, (_, pixels) in by_class])
        return [_found(images[0][0].file, stacked, labels, part, is_matlab)]
    chosen, pixels = _only(images, _IMAGE_NAME, "images", part)
    fitting = [
        (one, found) for one in arrays if one is not chosen and (found := as_labels(one.array, len(pixels))) is not None
    ]
    if not fitting:
        _refuse_another_number(chosen, len(pixels), arrays)
    told: Labels | None = _only(fitting, _LABEL_NAME, "labels", part)[1] if fitting else None
    return [_found(chosen.name if part is None else chosen.file, pixels, told, part, is_matlab)]


def _refuse_another_number(chosen: _Named, count: int, arrays: Sequence[_Named]) -> None:
    """Labels of which there are not as many as images."""
    for one in arrays:
        if one is not chosen and one.array.ndim == 1 and _LABEL_NAME.search(one.words):
            raise DataError(f"{chosen.name} holds {count:,} images, but {one.name} {len(one.array):,} labels.")


def _one_class_each(images: Sequence[tuple[_Named, NDArray[Any]]]) -> list[tuple[int, tuple[_Named, NDArray[Any]]]]:
    """Images by the number at the end of their array's name, ``train0 … train9``; empty where they are others."""
    matches = [_CLASS_NAME.fullmatch(one.key) for one, _ in images]
    labels = [int(match[1]) for match in matches if match]
    alike = {pixels.shape[1:] for _, pixels in images}
    if len(labels) < len(images) or len(set(labels)) < len(labels) or len(alike) > 1:
        return []
    return sorted(zip(labels, images, strict=True), key=lambda pair: pair[0])


def _only(
    found: Sequence[tuple[_Named, Any]], names: re.Pattern[str], what: str, part: Part | None
) -> tuple[_Named, Any]:
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
    is_deep = pixels.dtype == np.uint16 and int(pixels.max(initial=0)) > _LARGEST_BYTE
    for start in range(0, len(pixels), _CHUNK):
        piece = pixels[start : start + _CHUNK].reshape(-1, pixels.shape[1] * pixels.shape[2])
        piece = (piece // _DEEP).astype(np.uint8) if is_deep else piece
        if piece.dtype.kind == "f" and not np.isfinite(piece).all():
            raise DataError(f"{name} has pixels that are not numbers: save them from 0 to 255.")
        if wrong := out_of_scale(piece):
            raise DataError(
                f"Image {start + wrong[0] + 1:,} of {name} has the pixel {piece[wrong]:.4g}: pixels go from 0 to 255, "
                "from 0 to 1 or from -1 to 1. Save them before they are standardised."
            )
        rows.add(piece)
    images, notes = rows.images()
    if is_deep:
        notes.append(f"The pixels of {name} had 16 bits: they have been scaled to 0 to 255.")
    if is_matlab and labels is not None and labels.dtype == np.int64 and len(labels):
        labels, notes = _ten_as_zero(name, labels, notes)
    return Found(name, images, labels, part, notes=tuple(notes))


def _ten_as_zero(name: str, labels: Labels, notes: list[str]) -> tuple[Labels, list[str]]:
    """MATLAB counts from 1: there the label 10 stands for the digit 0, as in SVHN and in courses."""
    if labels.min() != 1 or labels.max() != 10:
        return labels, notes
    return np.where(labels == 10, 0, labels), [*notes, f"The label 10 in {name} was read as the digit 0."]
