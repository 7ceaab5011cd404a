"""An uploaded picture or photo → ink on an empty background, with everything refused that could do harm."""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from core.errors import UploadError

PICTURE_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
"""What Pillow decodes by itself; formats that start other programs (EPS) or need no reader here are left out."""

PICTURE_EXTENSIONS = ("png", "jpg", "jpeg", "webp", "bmp", "gif", "tif", "tiff")
"""File name endings of these formats, without the dot."""

MAX_BYTES = 10_000_000
MAX_PIXELS = 25_000_000
MAX_SIDE = 10_000

# A digit needs no more; it bounds the time of everything that follows.
_WORKING_SIDE = 800
# The paper is estimated at this size with a window of 3/8 of it: a stroke is narrower than that, a shadow wider.
_PAPER_SIDE = 64
_PAPER_WINDOW = 25
# Ink that stands out from its background by less than a tenth of the whole range is taken for paper grain.
_LEAST_CONTRAST = 25.0
_DIMMEST_PAPER = 60.0
# Where 35 … 65 % of a picture is light, its border decides what is paper: thick strokes cover that much.
_UNCLEAR_SHARE = 0.15
# In photos, spots below 1/20 of the largest stroke are dirt; the bar of a 5 that was drawn apart is larger.
_SPOT_SHARE = 0.05

# What Pillow's readers raise on damaged files, beside its own two.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)

Grey = NDArray[np.float32]


def read_picture(data: bytes, *, max_bytes: int = MAX_BYTES, max_pixels: int = MAX_PIXELS) -> NDArray[np.uint8]:
    """Find the strokes in a picture: dark on light or light on dark, transparent or not, scanned or photographed.

    The size that the file declares is checked before any pixel is decoded. Of an animation the first frame counts.

    Parameters
    ----------
    data
        A whole PNG, JPEG, WebP, BMP, GIF or TIFF file.

    Returns
    -------
    uint8, shape ``(H, W)``, longest side at most 1,600 px: 0 is background, 255 a full stroke; all 0 where nothing
    stands out.

    Raises
    ------
    UploadError
        If the file is empty, too large, damaged or no picture.
    """
    _check_bytes(len(data), max_bytes)
    with _faults_as_upload_errors():
        grey = _decode(data, max_pixels)
    return _ink_of(grey)


def read_canvas(data: bytes, *, largest_side: int) -> NDArray[np.uint8]:
    """The ink on a black canvas with white strokes, exactly as it was drawn.

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
        If the file is no PNG, damaged or too large.
    """
    with _faults_as_upload_errors(), Image.open(BytesIO(data), formats=("PNG",)) as image:
        if max(image.size) > largest_side:
            raise UploadError("The drawing is larger than the canvas. Clear it and draw again.")
        layers = image.convert("RGBA")
    black = Image.new("RGBA", layers.size, (0, 0, 0, 255))
    return np.asarray(Image.alpha_composite(black, layers).convert("L"))


def _check_bytes(size: int, limit: int) -> None:
    if size == 0:
        raise UploadError("The file is empty (0 bytes). Choose a picture of a digit.")
    if size > limit:
        raise UploadError(f"The file is larger than {limit / 1e6:,.3g} MB, the most that is read. Make it smaller.")


@contextmanager
def _faults_as_upload_errors() -> Iterator[None]:
    """Turn what a damaged file makes Pillow raise into a sentence."""
    try:
        yield
    except UploadError:
        raise
    except UnidentifiedImageError:
        raise UploadError(
            "This is not a picture that can be read. Choose a PNG, JPEG, WebP, BMP, GIF or TIFF file."
        ) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError):
        raise UploadError("The picture has far too many pixels to be a digit. Make it smaller.") from None
    except _DAMAGE:
        raise UploadError("The picture is damaged or cut short. Save or send it again and retry.") from None


def _decode(data: bytes, max_pixels: int) -> Grey:
    """The first frame as grey values 0 … 255, upright and at most twice the working size."""
    _check_size(*(_webp_size(data) or (1, 1)), max_pixels)
    with Image.open(BytesIO(data), formats=PICTURE_FORMATS) as image:
        _check_size(*image.size, max_pixels)
        image.draft("RGB", (_WORKING_SIDE, _WORKING_SIDE))
        image.load()
        upright = ImageOps.exif_transpose(_reduce(_plain(image)))
        return _flatten(upright)


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if max(width, height) > MAX_SIDE:
        raise UploadError(
            f"The picture is {width:,} × {height:,} pixels; neither side may be over {MAX_SIDE:,}. Make it smaller."
        )
    if width * height > max_pixels:
        raise UploadError(
            f"The picture is {width:,} × {height:,} pixels; at most {max_pixels / 1e6:,.0f} million are read. "
            "Make it smaller."
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
    return image.convert("L")


def _deep_to_bytes(image: Image.Image) -> Image.Image:
    """16- and 32-bit grey, stretched to bytes."""
    values = np.asarray(image, dtype=np.float32)
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    return Image.fromarray(((values - low) * (255.0 / max(high - low, 1e-6))).astype(np.uint8))


def _reduce(image: Image.Image) -> Image.Image:
    factor = max(image.size) // _WORKING_SIDE
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


def _ink_of(grey: Grey) -> NDArray[np.uint8]:
    """How far each pixel stands out from the background around it, cleaned of grain, spots and shadows."""
    raised = _raise_ink(_without_grain(grey))
    paper = _paper(raised)
    # Relative to the light that falls on the paper there: a stroke in the shadow counts as much as one in the sun.
    contrast = np.clip((raised - paper) * (255.0 / np.maximum(255.0 - paper, _DIMMEST_PAPER)), 0.0, 255.0)
    threshold = _otsu(contrast)
    strokes = contrast > threshold
    full = float(np.median(contrast[strokes])) if strokes.any() else 0.0
    if full < _LEAST_CONTRAST:
        return np.zeros(grey.shape, np.uint8)
    grain = float(np.percentile(contrast[~strokes], 75)) if not strokes.all() else 0.0
    floor = min(3.0 * grain, 0.75 * threshold)
    ink = np.clip((contrast - floor) * (255.0 / max(full - floor, 1.0)), 0.0, 255.0).astype(np.uint8)
    return _without_spots(ink) if grain >= 1.0 else ink


def _without_grain(grey: Grey) -> Grey:
    """Smooth a noisy photo by as much as no stroke is thin; leave a clean picture alone."""
    if max(grey.shape) < _WORKING_SIDE / 4 or float(np.median(np.abs(np.diff(grey, axis=1)))) < 2.0:
        return grey
    smooth = Image.fromarray(grey.astype(np.uint8)).filter(ImageFilter.GaussianBlur(max(grey.shape) / 300))
    return np.asarray(smooth, dtype=np.float32)


def _raise_ink(grey: Grey) -> Grey:
    """Invert dark ink on light paper: ink covers clearly less than half, or else is not what the border shows."""
    low, high = np.percentile(grey, [0.5, 99.5])
    middle = (low + high) / 2
    light = float((grey > middle).mean())
    if abs(light - 0.5) < _UNCLEAR_SHARE:
        border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
        light = float((border > middle).mean())
    return np.asarray(255.0 - grey, dtype=np.float32) if light > 0.5 else grey


def _paper(raised: Grey) -> Grey:
    """The background under the strokes: what is left when everything narrower than a window is taken away.

    A slope of light over the whole photo is taken out before and put back after, because an opening bends it at the
    edges.
    """
    height, width = raised.shape
    small = Image.fromarray(raised).resize(_fit(width, height, _PAPER_SIDE), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float32)
    slope = _slope(values)
    window = min(_PAPER_WINDOW, max(3, 2 * (max(small.size) // 5) + 1))
    bumps = Image.fromarray(np.clip(values - slope + 128.0, 0.0, 255.0).astype(np.uint8))
    opened = bumps.filter(ImageFilter.MinFilter(window)).filter(ImageFilter.MaxFilter(window))
    smooth = np.asarray(opened.filter(ImageFilter.GaussianBlur(window / 4)), dtype=np.float32) - 128.0 + slope
    paper = Image.fromarray(np.clip(smooth, 0.0, 255.0)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(paper, dtype=np.float32)


def _slope(values: Grey) -> Grey:
    """The plane nearest to most pixels, strokes left out."""
    height, width = values.shape
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    points = np.stack([rows.ravel(), columns.ravel(), np.ones(values.size)], axis=1)
    flat = values.ravel().astype(np.float64)
    plane = np.full(values.size, np.median(flat))
    for _ in range(4):
        distance = np.abs(flat - plane)
        near = distance <= max(1.0, 2.5 * float(np.median(distance)))
        plane = points @ np.linalg.lstsq(points[near], flat[near], rcond=None)[0]
    return np.asarray(plane.reshape(values.shape), dtype=np.float32)


def _fit(width: int, height: int, side: int) -> tuple[int, int]:
    factor = min(1.0, side / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _otsu(values: Grey) -> float:
    """Threshold that parts values 0 … 255 into two groups with the least variance inside them.

    References
    ----------
    Otsu, “A threshold selection method from gray-level histograms”, IEEE Trans. SMC 9 (1979).
    """
    counts = np.histogram(values, bins=256, range=(0.0, 256.0))[0].astype(np.float64)
    levels = np.arange(256.0)
    below, mass = np.cumsum(counts), np.cumsum(counts * levels)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mass[-1] * below / below[-1] - mass) ** 2 / (below * above)
    return float(np.argmax(np.nan_to_num(between, posinf=0.0))) + 0.5


def _without_spots(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Drop specks, and what runs in from the edge of the photo if something else is left."""
    height, width = ink.shape
    small = Image.fromarray(ink).resize(_fit(width, height, 2 * _PAPER_SIDE), Image.Resampling.BOX)
    labels = _components(np.asarray(small) > 64)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    edges = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    inner = areas.copy()
    inner[edges] = 0
    areas = inner if inner.max(initial=0) >= _SPOT_SHARE * areas.max(initial=0) else areas
    kept = areas >= max(1.0, _SPOT_SHARE * float(areas.max(initial=0)))
    mask = Image.fromarray(np.where(kept[labels], 255, 0).astype(np.uint8)).filter(ImageFilter.MaxFilter(3))
    return np.where(np.asarray(mask.resize((width, height), Image.Resampling.NEAREST)) > 0, ink, 0).astype(np.uint8)


def _components(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number connected groups of pixels (8 neighbours); 0 is outside, numbers have gaps."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(labels, 1)
        rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
        spread = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:]) * mask
        if np.array_equal(spread, labels):
            return labels
        labels = spread
