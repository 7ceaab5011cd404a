"""An uploaded picture or photo → ink on an empty background, with everything refused that could do harm."""

import struct
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.data.apart import Limits, read_apart
from core.data.importing.signatures import HEAD, RAW_WORDS, is_avif, is_heif, what_it_is
from core.drawings.background import Grey
from core.drawings.ink import WORKING_SIDE, ink_of
from core.drawings.jpeg_segments import DAMAGED, check_segments
from core.errors import UploadError

PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""What Pillow decodes here; formats that start other programs (EPS) are left out, and HEIC and AVIF are read apart."""

PICTURE_EXTENSIONS = ("png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff", "heic", "heif", "hif", "avif")
"""File name endings of these formats and of those that are read in a process apart, without the dot."""

MAX_BYTES = 30_000_000
MAX_PIXELS = 25_000_000
MAX_REDUCED_PIXELS = 64_000_000
"""Of formats that can be reduced while they are decoded: what phones save at full size, without its memory."""
MAX_SIDE = 10_000

# A JPEG in which a phone keeps more pictures, such as a map of its light, is an MPO to Pillow; the first is the photo.
_REDUCED_WHILE_DECODED = ("JPEG", "MPO")

# Noise that browsers add to a canvas changes the lowest bits; the faintest edge of a stroke that matters is brighter.
_CANVAS_NOISE = 8
# Strokes never cover the canvas to its edges, and are white up to their edges: what is white or grey all over is not
# what was drawn.
_FULLEST_CANVAS = 250.0
_MOST_GREY = 0.5


_DNG_VERSION = 50706
_TILE_WIDTH, _TILE_HEIGHT = 322, 323
# libheif and libavif decode a picture whole: one of 64 million pixels takes some 500 MB.
_APART = Limits(seconds=60.0, megabytes=2_000, file_megabytes=MAX_BYTES // 1_000_000)

# What Pillow's readers raise on damaged files, beside its own two.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


def read_picture(data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Find the strokes in a picture: dark on light or light on dark, transparent or not, scanned or photographed.

    The size that the file declares is checked before any pixel is decoded. Of an animation the first frame counts.

    Parameters
    ----------
    data
        A whole PNG, JPEG, HEIC, WebP, AVIF, BMP, GIF or TIFF file.

    Returns
    -------
    uint8, shape ``(H, W)``, longest side at most 1,600 px: 0 is background, 255 a full stroke; all 0 where nothing
    stands out.

    Raises
    ------
    UploadError
        If the file is empty, too large, damaged or no picture.
    """
    return ink_of(grey_of(data, max_bytes, max_pixels))


def as_bytes(grey: Grey) -> NDArray[np.uint8]:
    """Grey values, rounded."""
    return np.rint(np.clip(grey, 0.0, 255.0)).astype(np.uint8)


def read_canvas(data: bytes, *, largest_side: int) -> NDArray[np.uint8]:
    """The ink on a black canvas with white strokes, exactly as it was drawn.

    Browsers that protect against fingerprinting change what a page reads from its canvas: the noise of a few grey
    levels that some add is left out, and a picture that cannot be strokes on black is refused.

    Parameters
    ----------
    data
        A PNG file; the browser sends it, so it is checked like any upload.
    largest_side
        Pixels; a larger image does not come from this canvas.

    Returns
    -------
    uint8, shape ``(H, W)``.

    Raises
    ------
    UploadError
        If the file is not a PNG, damaged or too large, or the browser hides what was drawn.
    """
    if not data:
        raise hidden_canvas()
    with _faults_as_upload_errors(), Image.open(BytesIO(data), formats=("PNG",)) as image:
        if max(image.size) > largest_side:
            raise UploadError("The drawing is larger than the canvas. Clear it and draw again.")
        layers = image.convert("RGBA")
    if layers.getchannel("A").getextrema() != (255, 255):
        layers = Image.alpha_composite(Image.new("RGBA", layers.size, (0, 0, 0, 255)), layers)
    grey = layers.convert("L")
    often = np.array(grey.histogram())
    if often @ np.arange(256) >= _FULLEST_CANVAS * often.sum() or often[33:224].sum() > _MOST_GREY * often.sum():
        raise hidden_canvas()
    return np.array(grey.point([0 if level <= _CANVAS_NOISE else level for level in range(256)]))


def hidden_canvas() -> UploadError:
    """That the browser does not let the page read its own canvas."""
    return UploadError(
        "The browser hides the drawing from this page, as a protection against fingerprinting: allow this site to read "
        "its canvas in the browser’s privacy settings, or use a picture instead."
    )


def grey_of(data: bytes, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> Grey:
    """The grey values of a picture, float32, as :func:`read_picture` looks for ink in them.

    HEIC and AVIF are decoded in a process apart, everything else by Pillow’s older readers here.

    Raises
    ------
    UploadError
        If the file is empty, too large, damaged or no picture.
    """
    _check_bytes(len(data), max_bytes)
    head = data[:HEAD]
    if what := "HEIC" if is_heif(head) else "AVIF" if is_avif(head) else "":
        options = {"what": what, "max_pixels": MAX_REDUCED_PIXELS if max_pixels == MAX_PIXELS else max_pixels}
        reader = "core.drawings.apart_readers:read_photo"
        return read_apart(reader, data, name="The photo", what=what, limits=_APART, options=options, error=UploadError)[
            "grey"
        ]
    if words := what_it_is(head):
        raise UploadError(f"This {words}.")
    with _faults_as_upload_errors():
        return _decode(data, max_pixels)


def _check_bytes(size: int, limit: int) -> None:
    if size == 0:
        raise UploadError("The file is empty (0 bytes). Choose a picture of a digit.")
    if size > limit:
        raise UploadError(f"The file is larger than {limit / 1e6:,.3g} MB, the most that can be read. Make it smaller.")


@contextmanager
def _faults_as_upload_errors() -> Iterator[None]:
    """Turn what a damaged file makes Pillow raise into a sentence."""
    try:
        yield
    except UploadError:
        raise
    except UnidentifiedImageError:
        raise UploadError(
            "This is not a picture that can be read. Choose a PNG, JPEG, HEIC, WebP, AVIF, BMP, GIF or TIFF file."
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise UploadError("The picture has far too many pixels to be a digit. Make it smaller.") from None
    except _DAMAGE:
        raise UploadError(DAMAGED) from None


def _decode(data: bytes, max_pixels: int) -> Grey:
    """The first frame as grey values 0 … 255, upright and at most twice the working size."""
    check_size(*(_webp_size(data) or (1, 1)), max_pixels)
    check_segments(data)
    with Image.open(BytesIO(data), formats=PICTURE_FORMATS) as image:
        reduced = image.format in _REDUCED_WHILE_DECODED and max_pixels == MAX_PIXELS
        tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
        _check_tile(tags.get(_TILE_WIDTH), tags.get(_TILE_HEIGHT), max_pixels)
        if _DNG_VERSION in tags:
            raise UploadError(f"This {RAW_WORDS}.")
        check_size(*image.size, MAX_REDUCED_PIXELS if reduced else max_pixels)
        image.draft("L", _smallest_size(image.size))
        return grey_of_image(image)


def grey_of_image(image: Image.Image) -> Grey:
    """A picture that was opened, decoded: upright, on a background, at most twice the working size."""
    image.load()
    return _flatten(ImageOps.exif_transpose(_reduce(_plain(image))))


def _smallest_size(size: tuple[int, int]) -> tuple[int, int]:
    """What a reduced picture must have at least, in its own proportions."""
    factor = WORKING_SIDE / max(size)
    return max(1, int(size[0] * factor)), max(1, int(size[1] * factor))


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Refuse a picture by the size that it declares.

    Raises
    ------
    UploadError
        If it is too large.
    """
    if max(width, height) > MAX_SIDE:
        raise UploadError(
            f"The picture is {width:,} × {height:,} pixels; neither side may be over {MAX_SIDE:,}. Make it smaller."
        )
    if width * height > max_pixels:
        raise UploadError(
            f"The picture is {width:,} × {height:,} pixels; at most {max_pixels / 1e6:,.0f} million are read. "
            "Make it smaller."
        )


def _check_tile(width: object, height: object, max_pixels: int) -> None:
    """Refuse a TIFF whose tiles, of which each is decoded as a whole, are larger than any picture."""
    if isinstance(width, int) and isinstance(height, int) and width * height > max_pixels:
        raise UploadError(
            f"The picture is in tiles of {width:,} × {height:,} pixels: save it without tiles, or as PNG."
        )


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Declared size of an extended WebP file: Pillow sets aside memory for it as soon as it opens the file."""
    if len(data) < 30 or data[:4] != b"RIFF" or data[8:16] != b"WEBPVP8X":
        return None
    return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")


def _plain(image: Image.Image) -> Image.Image:
    """The same picture as RGBA where anything is transparent, else as 8-bit grey."""
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode.startswith(("I", "F")):
        return _deep_to_bytes(image)
    if image.mode == "LAB":
        # Pillow converts it to no other mode.
        return image.getchannel("L")
    return image.convert("L")


def _deep_to_bytes(image: Image.Image) -> Image.Image:
    """16- and 32-bit grey, stretched to bytes."""
    values = np.asarray(image, dtype=np.float32)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255.0 / max(high - low, 1e-6))).astype(np.uint8))


def _reduce(image: Image.Image) -> Image.Image:
    factor = max(image.size) // WORKING_SIDE
    return image if factor < 2 else image.reduce(factor)


def _flatten(image: Image.Image) -> Grey:
    """Lay transparent parts on a background that keeps the rest visible."""
    grey = np.asarray(image.convert("L"), dtype=np.float32)
    if image.mode != "RGBA":
        return grey
    opacity = np.asarray(image.getchannel("A"), dtype=np.float32) / 255.0
    if not opacity.any():
        return np.zeros_like(grey)
    visible = float(np.median(grey[opacity > 0.5])) if (opacity > 0.5).any() else float(np.median(grey[opacity > 0]))
    # Mostly opaque: a picture with soft corners. Mostly transparent: the opaque part is the stroke.
    backing = visible if opacity.mean() > 0.5 else (255.0 if visible < 128.0 else 0.0)
    return np.asarray(grey * opacity + backing * (1.0 - opacity), dtype=np.float32)
