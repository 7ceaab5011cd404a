"""Small sound files of every kind that is read, to be damaged."""

import gzip
import io
import json
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.config import TrainConfig
from core.data.dataset import DIGIT_NAMES, Normalisation
from core.models.numpy_model import NumpyModel
from core.models.shapes import weight_shapes
from core.runs.model_file import write_model

Files = Mapping[str, bytes]
COUNT = 12
"""Images in each file."""


@cache
def digits(side: int = 28, count: int = COUNT) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images with a dark border, and labels from 0 to 3."""
    random = np.random.default_rng(side)
    images = np.zeros((count, side, side), np.uint8)
    images[:, 2:-2, 2:-2] = random.integers(0, 256, (count, side - 4, side - 4))
    return images, np.arange(count, dtype=np.int64) % 4


def csv(side: int = 28, *, mark: str = ",", labels: bool = True, header: bool = True) -> bytes:
    """A row for each image."""
    images, numbers = digits(side)
    rows = [mark.join(map(str, image.ravel())) for image in images]
    if labels:
        rows = [f"{number}{mark}{row}" for number, row in zip(numbers, rows, strict=True)]
    names = (["label"] if labels else []) + [f"pixel{place}" for place in range(side * side)]
    return "\n".join([*([mark.join(names)] if header else []), *rows, ""]).encode()


def arff() -> bytes:
    """OpenML's form of a table, of 8 × 8 images."""
    columns = [f"@ATTRIBUTE pixel{place} NUMERIC" for place in range(64)]
    rows = csv(8, header=False).decode().replace(",", ",")
    last = [",".join([*row.split(",")[1:], row.split(",")[0]]) for row in rows.splitlines()]
    return "\n".join(["@RELATION digits", *columns, "@ATTRIBUTE class {0,1,2,3}", "@DATA", *last, ""]).encode()


def idx(array: NDArray[np.generic]) -> bytes:
    """As MNIST is published."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.astype(np.uint8).tobytes()


def npy(array: NDArray[np.generic]) -> bytes:
    """One array of NumPy’s."""
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=False)
    return buffer.getvalue()


def npz(*, packed: bool) -> bytes:
    """Images and labels in one file of NumPy’s."""
    images, labels = digits()
    buffer = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(buffer, x_train=images, y_train=labels)
    return buffer.getvalue()


def picture(form: str, side: int = 28, mode: str = "L") -> bytes:
    """A picture in one of Pillow’s formats."""
    buffer = io.BytesIO()
    Image.fromarray(digits(side)[0][0]).convert(mode).save(buffer, form)
    return buffer.getvalue()


def zipped(files: Files, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of some files; names may be anything."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, compression)
    return buffer.getvalue()


def tarred(files: Files, mode: str = "w") -> bytes:
    """A tar of some files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def folders(form: str = "PNG") -> dict[str, bytes]:
    """Pictures in a folder for each class."""
    return {f"{'ab'[place % 2]}/{place}.{form.lower()}": picture(form, 20 + place % 3) for place in range(6)}


def listed() -> dict[str, bytes]:
    """Pictures and a list of their labels."""
    pictures = {f"images/{place}.png": picture("PNG", 20) for place in range(4)}
    rows = "".join(f"{name},{place % 2}\n" for place, name in enumerate(pictures))
    return pictures | {"labels.csv": f"filename,label\n{rows}".encode()}


@cache
def model(architecture: str = "mlp", *, batch_norm: bool = False) -> bytes:
    """A model file of Digit Lab’s."""
    config = TrainConfig.from_mapping({"hidden_size": 4, "architecture": architecture, "batch_norm": batch_norm})
    random = np.random.default_rng(1)
    weights = {name: random.random(shape).astype("f4") for name, shape in weight_shapes(config).items()}
    return write_model(NumpyModel("a-run-000001", config, weights, Normalisation(0.1, 0.3), DIGIT_NAMES))


@cache
def tables() -> tuple[Files, ...]:
    """What is imported as a table."""
    named = {
        "train.csv": csv(8),
        "kaggle.csv": csv(),
        "plain.csv": csv(8, header=False),
        "test.csv": csv(8, labels=False),
    }
    marks = {"train.tsv": csv(8, mark="\t"), "semicolons.csv": csv(8, mark=";"), "blanks.txt": csv(8, mark=" ")}
    others = {"digits.arff": arff(), "train.csv.gz": gzip.compress(csv(8))}
    return (*({name: content} for name, content in (named | marks | others).items()), {**named})


@cache
def arrays() -> tuple[Files, ...]:
    """What is imported as IDX files or arrays."""
    images, labels = digits()
    pair = {"train-images-idx3-ubyte": idx(images), "train-labels-idx1-ubyte": idx(labels)}
    packed = {f"{name}.gz": gzip.compress(content) for name, content in pair.items()}
    separate = {"x_train.npy": npy(images / 255), "y_train.npy": npy(labels)}
    wide = {"x.npy": npy(digits(8)[0].reshape(COUNT, 64).astype("f4")), "y.npy": npy(labels.astype("U1"))}
    turned = {"x.npy": npy(np.asfortranarray(images)), "y.npy": npy(labels)}
    return pair, packed, separate, wide, turned, {"d.npz": npz(packed=True)}, {"d.npz": npz(packed=False)}


@cache
def archives() -> tuple[bytes, ...]:
    """Zips and tars of what is imported."""
    (pair, *_), inner = arrays(), folders()
    forms = (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
    zips = [zipped(inner, form) for form in forms]
    others = [zipped(listed()), zipped(pair), zipped({"train.csv": csv(8)}), zipped({"inner.zip": zipped(inner)})]
    tars = [tarred(inner, mode) for mode in ("w", "w:gz", "w:bz2", "w:xz")]
    return (*zips, *others, *tars, tarred(listed()))


@cache
def pictures() -> tuple[bytes, ...]:
    """A picture of a digit in every format that Pillow reads here."""
    plain = [picture(form) for form in ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")]
    modes = [picture("PNG", mode=mode) for mode in ("RGBA", "1", "P", "LA", "I;16")]
    return (*plain, *modes, picture("JPEG", 300), picture("TIFF", mode="F"))


@cache
def models() -> tuple[bytes, ...]:
    """Model files, and one that only looks like one."""
    strange = json.dumps({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
    return (
        model(),
        model("linear"),
        model("cnn"),
        model(batch_norm=True),
        struct.pack("<Q", len(strange)) + strange + bytes(8),
    )


@cache
def foreign() -> tuple[tuple[str, bytes], ...]:
    """Files that other libraries’ C code reads, each in a process of its own: few, for each costs half a second."""
    import pandas as pd
    from scipy.io import savemat

    images, labels = digits(8)
    rows = pd.DataFrame(images.reshape(COUNT, 64)).rename(columns=lambda place: f"pixel{place}").assign(label=labels)
    parquet, mat = io.BytesIO(), io.BytesIO()
    rows.to_parquet(parquet)
    savemat(mat, {"X": images, "y": labels})
    makers: Mapping[str, Callable[[], bytes]] = {"a.avif": lambda: picture("AVIF", 64, "RGB"), "a.heic": _heic}
    photos = [(name, make()) for name, make in makers.items()]
    return ("d.parquet", parquet.getvalue()), ("d.mat", mat.getvalue()), *photos


def _heic() -> bytes:
    import pillow_heif

    buffer = io.BytesIO()
    pillow_heif.from_pillow(Image.fromarray(digits(64)[0][0]).convert("RGB")).save(buffer)
    return buffer.getvalue()
