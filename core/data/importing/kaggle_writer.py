"""Images written as Kaggle's CSV: a header ``label,pixel0…pixel783`` and one image a row."""

from typing import BinaryIO

import numpy as np

from core.data.dataset import IMAGE_SIDE, ImageDataset

PIXELS = IMAGE_SIDE * IMAGE_SIDE
PIXEL_NAMES = tuple(f"pixel{index}" for index in range(PIXELS))
_ROWS_PER_CHUNK = 1_000


def write_kaggle_csv(dataset: ImageDataset, stream: BinaryIO, *, labels: bool = True) -> None:
    """Write images as Kaggle does; without labels, as in its file of test images.

    Parameters
    ----------
    stream
        Receives bytes, about 1,800 per image.
    """
    header = ("label", *PIXEL_NAMES) if labels else PIXEL_NAMES
    stream.write(",".join(header).encode() + b"\n")
    table = np.array([f"{value},".encode() for value in range(256)], dtype="S4")
    for start in range(0, len(dataset), _ROWS_PER_CHUNK):
        rows = slice(start, start + _ROWS_PER_CHUNK)
        text = table[dataset.images[rows].reshape(-1, PIXELS)]
        if labels:
            text = np.concatenate([table[dataset.labels[rows]][:, None], text], axis=1)
        # Each value and its comma is padded to four bytes with NUL: the last comma of a row becomes its line end.
        lines = text.view(np.uint8).reshape(len(text), -1, 4)
        last = lines[:, -1]
        last[last == ord(",")] = ord("\n")
        stream.write(lines.tobytes().translate(None, b"\0"))
