"""Many small pictures in one file, to be shown one at a time."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SHEET_COLUMNS = 50


def picture_sheet(images: NDArray[np.uint8], columns: int = SHEET_COLUMNS) -> bytes:
    """Pictures row by row, without gaps, as a grey PNG file.

    Parameters
    ----------
    images
        uint8, shape ``(N, S, S)``.
    columns
        Pictures in a row.
    """
    count, side = len(images), images.shape[1]
    rows = max(1, -(-count // columns))
    sheet = np.zeros((rows * columns, side, side), dtype=np.uint8)
    sheet[:count] = images
    canvas = sheet.reshape(rows, columns, side, side).swapaxes(1, 2).reshape(rows * side, columns * side)
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG")
    return file.getvalue()
