"""Photographs in formats that are decoded in a process of their own, through :func:`core.data.apart.read_apart`."""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray
from PIL import Image, features

from core.drawings.pictures import check_size, grey_of_image
from core.errors import UploadError

_FORMATS = {"HEIC": "HEIF", "AVIF": "AVIF"}


def read_photo(path: Path, what: str, max_pixels: int) -> dict[str, NDArray[Any]]:
    """Decode a photograph: the turns that it declares are carried out, of several pictures the main one counts.

    Parameters
    ----------
    what
        ``HEIC`` or ``AVIF``.

    Returns
    -------
    ``grey``, float32 ``(H, W)``, at most 1,600 px a side.

    Raises
    ------
    UploadError
        If it is too large, or nothing here reads the format.
    """
    if what == "AVIF" and not features.check("avif"):
        raise UploadError("This is an AVIF picture, which Pillow was built without: convert it to JPEG or PNG.")
    if what == "HEIC":
        _register_heif()
    with Image.open(path, formats=(_FORMATS[what],)) as image:
        check_size(*image.size, max_pixels)
        return {"grey": grey_of_image(image)}


def _register_heif() -> None:
    try:
        import pillow_heif
    except ImportError:
        raise UploadError(
            "This is a HEIC photo, as iPhones take them, and pillow-heif, which reads it, is not installed: convert it "
            "to JPEG, or set the camera to “Most Compatible”."
        ) from None
    pillow_heif.options.DECODE_THREADS = 1
    pillow_heif.register_heif_opener(thumbnails=False)
