"""What simulated photographs have in common: light on paper, shadows, grain, a lens, a file."""

import io

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.pen_strokes import Chance, Grey


def encoded(grey: Grey, jpeg: int | None) -> bytes:
    """Grey values 0–255 as a JPEG of this quality, or as a PNG."""
    stream = io.BytesIO()
    image = Image.fromarray(np.rint(grey.clip(0, 255)).astype(np.uint8))
    if jpeg is None:
        image.save(stream, "PNG")
    else:
        image.convert("RGB").save(stream, "JPEG", quality=jpeg)
    return stream.getvalue()


def mesh(size: tuple[int, int]) -> tuple[Grey, Grey]:
    """Rows and columns, -1 … 1."""
    rows, columns = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    return rows, columns


def light(chance: Chance, size: tuple[int, int], least: float = 170.0, most: float = 235.0) -> Grey:
    """Paper under a lamp that stands to one side."""
    rows, columns = mesh(size)
    angle, fall = chance.uniform(0, 2 * np.pi), chance.uniform(0.0, most - least)
    ramp = (np.cos(angle) * columns + np.sin(angle) * rows) / 2
    return chance.uniform(least + fall / 2, most) - fall * (ramp + 0.3 * (rows**2 + columns**2) / 2)


def shot(
    chance: Chance, picture: Grey, *, noise: tuple[float, float] = (1.0, 6.0), blur: tuple[float, float] = (0.4, 1.2)
) -> Grey:
    """The same through a lens and on a chip."""
    image = Image.fromarray(np.rint(picture.clip(0, 255)).astype(np.uint8))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(chance.uniform(*blur))), dtype=np.float64)
    return soft + chance.normal(0, chance.uniform(*noise), picture.shape)


def size_of(chance: Chance) -> tuple[int, int]:
    return ((1000, 1000), (900, 1200), (1200, 900), (1600, 1200))[chance.integers(4)]


def shadow_of(chance: Chance, size: tuple[int, int]) -> Grey:
    """A hard shadow with a straight edge somewhere through the middle: what is left of the light, 0–1."""
    rows, columns = mesh(size)
    angle = chance.uniform(0, 2 * np.pi)
    side = np.cos(angle) * columns + np.sin(angle) * rows - chance.uniform(-0.3, 0.3)
    edge = np.clip(side * max(size) / 2 / chance.uniform(1, 8) + 0.5, 0, 1)
    return 1 - chance.uniform(0.25, 0.6) * edge


def cloud(chance: Chance, size: tuple[int, int], grain: float) -> Grey:
    """Smooth noise with mean 0 and standard deviation 1; ``grain`` is its size in pixels."""
    small = chance.normal(0, 1, (max(2, round(size[1] / grain)), max(2, round(size[0] / grain))))
    image = Image.fromarray(small.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    cloud = np.asarray(image, dtype=np.float64)
    return (cloud - cloud.mean()) / cloud.std()
