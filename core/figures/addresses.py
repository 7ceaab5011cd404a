"""Pictures as addresses that hold them, for figures and tables in a browser."""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def data_address(content: bytes, kind: str = "png") -> str:
    """A whole picture file of this kind, ``png`` or ``webp``, as an address."""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode('ascii')}"


def png_address(picture: NDArray[np.uint8]) -> str:
    """A picture, uint8, ``(H, W)`` exactly, or ``(H, W, 3)`` with at most 256 colours, as an address."""
    file = io.BytesIO()
    image = Image.fromarray(picture)
    (image if image.mode == "L" else image.quantize(dither=Image.Dither.NONE)).save(file, "PNG")
    return data_address(file.getvalue())


def webp_address(picture: NDArray[np.uint8]) -> str:
    """The same in half of the room, hardly to be told from it: for many pictures at once."""
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "WEBP", quality=80)
    return data_address(file.getvalue(), "webp")
