"""The embedded MNIST: four IDX files and their checksums."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from core.data.dataset import ImageDataset
from core.data.idx import read_idx
from core.errors import DataError

MnistSplit = Literal["train", "test"]

MNIST_DIRECTORY = Path(__file__).resolve().parents[2] / "data" / "mnist"
CHECKSUM_FILE = "SHA256SUMS"

_PREFIXES: Mapping[MnistSplit, str] = {"train": "train", "test": "t10k"}


def load_mnist(split: MnistSplit, directory: Path | None = None) -> ImageDataset:
    """Read MNIST as it was published: 60,000 training or 10,000 test images, in the order of the file.

    Parameters
    ----------
    directory
        Holds the four ``.gz`` files and ``SHA256SUMS``; the embedded ones if left out.

    Raises
    ------
    DataError
        If a file is missing, damaged or not the published one; the sentence says how to get it back.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner: Gradient-based learning applied to document recognition, 1998.
    """
    directory = MNIST_DIRECTORY if directory is None else directory
    try:
        checksums = _read_checksums(directory / CHECKSUM_FILE)
        images, labels = (
            read_idx(directory / f"{name}.gz", expected_sha256=_checksum(checksums, name))
            for name in (f"{_PREFIXES[split]}-images-idx3-ubyte", f"{_PREFIXES[split]}-labels-idx1-ubyte")
        )
        dataset = ImageDataset("mnist", images, labels.astype("int64"))
    except DataError as error:
        raise DataError(f"{error} {_remedy(directory)}") from None
    for array in (dataset.labels, dataset.file_indices):
        array.setflags(write=False)
    return dataset


def _read_checksums(path: Path) -> dict[str, str]:
    """File name → SHA-256 in hexadecimal, from a file in the form of ``sha256sum``."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        raise DataError(f"{path.name} is missing from {path.parent}.") from None
    except (OSError, UnicodeDecodeError):
        raise DataError(f"{path.name} in {path.parent} cannot be read.") from None
    pairs = (line.split() for line in lines if line.strip() and not line.startswith("#"))
    return {pair[1]: pair[0] for pair in pairs if len(pair) == 2}


def _checksum(checksums: Mapping[str, str], name: str) -> str:
    if name not in checksums:
        raise DataError(f"{CHECKSUM_FILE} has no checksum for {name}.")
    return checksums[name]


def _remedy(directory: Path) -> str:
    if directory == MNIST_DIRECTORY:
        return "Restore the embedded files with: git checkout data/mnist"
    return f"Put the published files into {directory}, or leave the directory out to use the embedded ones."
