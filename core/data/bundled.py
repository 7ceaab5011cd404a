"""Datasets that are made of what is installed anyway: scikit-learn's digits, and as much of MNIST as Kaggle's."""

import gzip
import importlib.util
import zlib
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import ImageDataset, SourceDataset
from core.data.mnist import load_mnist
from core.errors import DataError

KAGGLE_IMAGES = 42_000
_SKLEARN_FILE = Path("datasets", "data", "digits.csv.gz")
_SKLEARN_SIDE = 8
_SKLEARN_MOST = 16


def load_sklearn_digits() -> SourceDataset:
    """scikit-learn's 1,797 digits, built into 28×28 the way MNIST was; scikit-learn itself is not imported.

    Raises
    ------
    DataError
        If scikit-learn is not installed, or its file has changed.

    References
    ----------
    E. Alpaydin, C. Kaynak: Optical recognition of handwritten digits, UCI Machine Learning Repository, 1998.
    """
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise DataError("scikit-learn’s digits are missing: install scikit-learn.")
    return _framed_digits(Path(spec.origin).parent / _SKLEARN_FILE)


@lru_cache(maxsize=1)
def _framed_digits(path: Path) -> SourceDataset:
    """Kept like MNIST: 1.4 MB, which take most of a second to build."""
    try:
        with gzip.open(path, "rt", encoding="ascii") as lines:
            values = np.array([line.split(",") for line in lines]).astype(np.float64)
        small, labels = values[:, :-1].reshape(-1, _SKLEARN_SIDE, _SKLEARN_SIDE), values[:, -1].astype(np.int64)
    except (OSError, EOFError, zlib.error, ValueError, IndexError):
        raise DataError("scikit-learn’s file of digits cannot be read: install scikit-learn again.") from None
    # With it comes Pillow, and the catalogue is loaded before the first page has its words.
    from core.data.importing.assemble import frame_all

    grey = np.rint(small * (255 / _SKLEARN_MOST)).astype(np.uint8)
    return SourceDataset(_read_only("sklearn-digits", frame_all(grey), labels))


def load_kaggle_42000() -> SourceDataset:
    """The first 42,000 training images of MNIST, as many as Kaggle gives labels for.

    Raises
    ------
    DataError
        If the embedded MNIST is damaged.
    """
    first = load_mnist("train").subset(np.arange(KAGGLE_IMAGES))
    return SourceDataset(_read_only("kaggle-42000", first.images, first.labels))


def _read_only(name: str, images: NDArray[np.uint8], labels: NDArray[np.int64]) -> ImageDataset:
    for array in (images, labels):
        array.setflags(write=False)
    return ImageDataset(name, images, labels)
