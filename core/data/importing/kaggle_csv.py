"""Kaggle's CSV: a header ``label,pixel0…pixel783`` and one image a row."""

from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import ImageDataset
from core.data.importing.named_file import NamedFile


def write_kaggle_csv(dataset: ImageDataset, stream: BinaryIO, *, labels: bool = True) -> None:
    """Write images as Kaggle does; without labels, as in its file of test images.

    Parameters
    ----------
    stream
        Receives bytes, about 1,800 per image.
    """
    raise NotImplementedError


def read_unlabelled_images(file: NamedFile) -> NDArray[np.uint8]:
    """Images of a CSV, with or without labels, to predict on; uint8, shape ``(N, 28, 28)``.

    Raises
    ------
    DataError
        If the file is not readable; the sentence names the row.
    """
    raise NotImplementedError
