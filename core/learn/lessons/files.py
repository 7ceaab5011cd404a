"""The four files of MNIST, byte by byte; and model files, good and bad."""

import gzip
import hashlib
import json
import zipfile
from dataclasses import dataclass
from io import BytesIO
from types import MappingProxyType

import numpy as np
from safetensors.numpy import save

from core.data.idx import read_idx
from core.data.mnist import CHECKSUM_FILE, MNIST_DIRECTORY
from core.errors import DigitLabError
from core.models.numpy_model import NumpyModel
from core.runs.model_file import read_model_file, write_model

FILES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class FileFacts:
    """What an IDX file says of itself.

    Parameters
    ----------
    magic
        The first four bytes.
    sizes
        Of each dimension, from the bytes that follow.
    packed, unpacked
        Bytes.
    is_published
        Whether its SHA-256 is that of the published file.
    """

    magic: bytes
    sizes: tuple[int, ...]
    packed: int
    unpacked: int
    sha256: str
    is_published: bool


def file_facts(name: str) -> FileFacts:
    """Read one of ``FILES``."""
    path = MNIST_DIRECTORY / f"{name}.gz"
    content = gzip.decompress(path.read_bytes())
    sizes = read_idx(content, name=name).shape
    digest = hashlib.sha256(content).hexdigest()
    published = (MNIST_DIRECTORY / CHECKSUM_FILE).read_text(encoding="ascii")
    return FileFacts(
        content[:4], sizes, path.stat().st_size, len(content), digest, f"{digest}  {name}" in published.splitlines()
    )


@dataclass(frozen=True)
class LoadAttempt:
    """A file that was offered as a model: its size, its first bytes, and whether it was accepted."""

    size: int
    first_bytes: bytes
    is_loaded: bool
    words: str


def _whole(model: NumpyModel) -> bytes:
    return write_model(model)


def _cut_off(model: NumpyModel) -> bytes:
    whole = write_model(model)
    return whole[: len(whole) // 2]


def _other_width(model: NumpyModel) -> bytes:
    """Right config, but one unit less in the first layer."""
    weights = {name: np.ascontiguousarray(array) for name, array in model.weights.items()}
    weights["layers.0.weight"] = np.ascontiguousarray(weights["layers.0.weight"][:-1])
    return save(weights, _metadata(write_model(model)))


def _without_config(model: NumpyModel) -> bytes:
    return save({name: np.ascontiguousarray(array) for name, array in model.weights.items()})


def _pickle(_: NumpyModel) -> bytes:
    """The first bytes of what ``torch.save`` writes: a zip with a pickle inside. There is nothing in it to run."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02}q\x00.")
    return stream.getvalue()


def _metadata(data: bytes) -> dict[str, str]:
    length = int.from_bytes(data[:8], "little")
    metadata: dict[str, str] = json.loads(data[8 : 8 + length])["__metadata__"]
    return metadata


OFFERS = MappingProxyType(
    {
        "The file as it was saved": _whole,
        "Its first half": _cut_off,
        "One unit less than its config says": _other_width,
        "Weights without a config": _without_config,
        "What torch.save writes": _pickle,
    }
)
"""What can be offered as a model file."""


def try_to_load(model: NumpyModel, offer: str) -> LoadAttempt:
    """Save a model, do to the file what the offer says, and load it again."""
    data = OFFERS[offer](model)
    try:
        loaded = read_model_file(data)
    except DigitLabError as error:
        return LoadAttempt(len(data), data[:8], is_loaded=False, words=str(error))
    equal = all(np.array_equal(array, model.weights[name]) for name, array in loaded.weights.items())
    shapes = ", ".join(f"`{name}` {array.shape}" for name, array in loaded.weights.items())
    words = f"Loaded: {shapes}; every number {'is the same' if equal else 'differs'}."
    return LoadAttempt(len(data), data[:8], is_loaded=True, words=words)
