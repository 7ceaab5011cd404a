"""Simulated photographs of handwritten digits, each from a seed: pen strokes, and test digits in large pictures.

What is simulated is light, paper, pen, noise, sharpness and JPEG; nobody wrote these digits.
"""

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from benchmarks.pen_strokes import Chance, Grey, strokes


def photograph(kind: str, digit: int, seed: int) -> bytes:
    """A file as a phone or scanner would make it, of one digit in pen strokes.

    Parameters
    ----------
    kind
        One of ``PHOTOGRAPHS``.
    """
    return PHOTOGRAPHS[kind](np.random.default_rng([seed, digit, *kind.encode()]), digit)


def picture_of(image: NDArray[np.uint8], surface: str, height: int, seed: int, *, inverted: bool = False) -> bytes:
    """An MNIST digit, ``height`` pixels tall, somewhere in a picture of 1,000 × 800 pixels.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``, light on dark.
    surface
        One of ``SURFACES``.
    inverted
        The negative of the picture.
    """
    chance = np.random.default_rng([seed, height, *surface.encode()])
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    width = max(1, round(height * box.shape[1] / box.shape[0]))
    ink = np.zeros((800, 1000))
    top, left = chance.integers(40, 760 - height), chance.integers(40, 960 - width)
    large = Image.fromarray(box).resize((width, height), Image.Resampling.BICUBIC)
    ink[top : top + height, left : left + width] = np.asarray(large) / 255.0
    grey, jpeg = SURFACES[surface](chance, ink)
    return encoded(255.0 - grey if inverted else grey, jpeg)


def blank(kind: str, seed: int) -> bytes:
    """Paper, cloth or a board without a stroke on it; ``kind`` is one of ``BLANKS``."""
    chance = np.random.default_rng([seed, *kind.encode()])
    return encoded(BLANKS[kind](chance), 80)


def encoded(grey: Grey, jpeg: int | None) -> bytes:
    """Grey values 0–255 as a JPEG of this quality, or as a PNG."""
    stream = io.BytesIO()
    image = Image.fromarray(np.rint(grey.clip(0, 255)).astype(np.uint8))
    if jpeg is None:
        image.save(stream, "PNG")
    else:
        image.convert("RGB").save(stream, "JPEG", quality=jpeg)
    return stream.getvalue()


def _mesh(size: tuple[int, int]) -> tuple[Grey, Grey]:
    """Rows and columns, -1 … 1."""
    rows, columns = np.mgrid[-1 : 1 : size[1] * 1j, -1 : 1 : size[0] * 1j]
    return rows, columns


def _light(chance: Chance, size: tuple[int, int], least: float = 170.0, most: float = 235.0) -> Grey:
    """Paper under a lamp that stands to one side."""
    rows, columns = _mesh(size)
    angle, fall = chance.uniform(0, 2 * np.pi), chance.uniform(0.0, most - least)
    ramp = (np.cos(angle) * columns + np.sin(angle) * rows) / 2
    return chance.uniform(least + fall / 2, most) - fall * (ramp + 0.3 * (rows**2 + columns**2) / 2)


def _shot(
    chance: Chance, picture: Grey, *, noise: tuple[float, float] = (1.0, 6.0), blur: tuple[float, float] = (0.4, 1.2)
) -> Grey:
    """The same through a lens and on a chip."""
    image = Image.fromarray(np.rint(picture.clip(0, 255)).astype(np.uint8))
    soft = np.asarray(image.filter(ImageFilter.GaussianBlur(chance.uniform(*blur))), dtype=np.float64)
    return soft + chance.normal(0, chance.uniform(*noise), picture.shape)


def _turned(chance: Chance, picture: Grey, table: float) -> Grey:
    """Held a little askew: the table shows at the edges."""
    image = Image.fromarray(picture.astype(np.float32))
    turned = image.rotate(chance.uniform(-3, 3), Image.Resampling.BILINEAR, fillcolor=table)
    return np.asarray(turned, dtype=np.float64)


def _size(chance: Chance) -> tuple[int, int]:
    return ((1000, 1000), (900, 1200), (1200, 900), (1600, 1200))[chance.integers(4)]


def _lines(chance: Chance, size: tuple[int, int], squared: bool) -> Grey:
    """Printed lines, 0–1."""
    gap, width = chance.integers(70, 150), int(chance.integers(2, 5))
    lines = np.zeros((size[1], size[0]))
    for offset in range(width):
        lines[gap // 2 + offset :: gap] = 1.0
        if squared:
            lines[:, gap // 3 + offset :: gap] = 1.0
    return lines


def _on_paper(
    chance: Chance,
    digit: int,
    *,
    height: tuple[float, float] = (250, 620),
    pen: tuple[float, float] = (10, 34),
    darkness: tuple[float, float] = (0.7, 0.9),
    lines: str = "",
    shadow: bool = False,
) -> Grey:
    size = _size(chance)
    paper = _light(chance, size)
    if lines:
        paper = paper * (1 - chance.uniform(0.1, 0.25) * _lines(chance, size, lines == "squared"))
    ink = strokes(chance, digit, size, chance.uniform(*height), chance.uniform(*pen))
    picture = paper * (1 - chance.uniform(*darkness) * ink)
    if shadow:
        picture = picture * _shadow(chance, size)
    return _shot(chance, _turned(chance, picture, chance.uniform(120, 225)))


def _shadow(chance: Chance, size: tuple[int, int]) -> Grey:
    """A hard shadow with a straight edge somewhere through the middle: what is left of the light, 0–1."""
    rows, columns = _mesh(size)
    angle = chance.uniform(0, 2 * np.pi)
    side = np.cos(angle) * columns + np.sin(angle) * rows - chance.uniform(-0.3, 0.3)
    edge = np.clip(side * max(size) / 2 / chance.uniform(1, 8) + 0.5, 0, 1)
    return 1 - chance.uniform(0.25, 0.6) * edge


def _jpeg(chance: Chance, picture: Grey) -> bytes:
    return encoded(picture, int(chance.integers(70, 95)))


def _plain(chance: Chance, digit: int) -> bytes:
    return _jpeg(chance, _on_paper(chance, digit))


def _ruled(chance: Chance, digit: int) -> bytes:
    return _jpeg(chance, _on_paper(chance, digit, lines="ruled"))


def _squared(chance: Chance, digit: int) -> bytes:
    return _jpeg(chance, _on_paper(chance, digit, lines="squared"))


def _pencil(chance: Chance, digit: int) -> bytes:
    return _jpeg(chance, _on_paper(chance, digit, height=(180, 450), pen=(4, 9), darkness=(0.14, 0.45)))


def _thin_pen(chance: Chance, digit: int) -> bytes:
    return _jpeg(chance, _on_paper(chance, digit, height=(180, 450), pen=(3, 6), darkness=(0.6, 0.9)))


def _with_shadow(chance: Chance, digit: int) -> bytes:
    return _jpeg(chance, _on_paper(chance, digit, shadow=True))


def _whiteboard(chance: Chance, digit: int) -> bytes:
    """Glare, and the grey of what was wiped off."""
    size = _size(chance)
    rows, columns = _mesh(size)
    board = _light(chance, size, 175, 225)
    y, x = chance.uniform(-0.9, 0.9, 2)
    board = board + chance.uniform(20, 80) * np.exp(
        -((rows - y) ** 2 + (columns - x) ** 2) / chance.uniform(0.02, 0.15)
    )
    board = board - chance.uniform(3, 12) * _cloud(chance, size, 40).clip(0, 2)
    ink = strokes(chance, digit, size, chance.uniform(250, 620), chance.uniform(12, 30))
    return _jpeg(chance, _shot(chance, board * (1 - chance.uniform(0.55, 0.85) * ink)))


def _chalkboard(chance: Chance, digit: int) -> bytes:
    """Light chalk with gaps, on a board with the dust of an eraser."""
    size = _size(chance)
    board = chance.uniform(35, 75) + _light(chance, size, 0, 25) - 10 + 6 * _cloud(chance, size, 60)
    ink = strokes(chance, digit, size, chance.uniform(250, 620), chance.uniform(12, 30))
    grain = (0.75 + 0.35 * _cloud(chance, size, 2)).clip(0, 1)
    return _jpeg(chance, _shot(chance, board + chance.uniform(110, 180) * ink * grain))


def _turned_by_exif(chance: Chance, digit: int) -> bytes:
    """Stored sideways, with the word that says so."""
    picture = _on_paper(chance, digit)
    orientation, turns = ((3, 2), (6, 1), (8, 3))[chance.integers(3)]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    image = Image.fromarray(np.rot90(picture, turns).clip(0, 255).astype(np.uint8)).convert("RGB")
    image.save(stream, "JPEG", quality=85, exif=exif)
    return stream.getvalue()


def _transparent(chance: Chance, digit: int) -> bytes:
    """What drawing programs save: colour where the pen went, nothing anywhere else."""
    size = ((1000, 1000), (600, 800), (400, 400))[chance.integers(3)]
    ink = strokes(chance, digit, size, 0.6 * min(size) * chance.uniform(0.4, 1.2), chance.uniform(8, 24))
    layers = np.zeros((size[1], size[0], 4), np.uint8)
    layers[..., :3] = ((0, 0, 0), (20, 40, 160), (180, 20, 20), (255, 255, 255))[chance.integers(4)]
    layers[..., 3] = np.rint(255 * ink)
    stream = io.BytesIO()
    Image.fromarray(layers).save(stream, "PNG")
    return stream.getvalue()


PHOTOGRAPHS: dict[str, Callable[[Chance, int], bytes]] = {
    "plain": _plain,
    "ruled": _ruled,
    "squared": _squared,
    "shadow": _with_shadow,
    "whiteboard": _whiteboard,
    "chalkboard": _chalkboard,
    "pencil": _pencil,
    "thin pen": _thin_pen,
    "turned by EXIF": _turned_by_exif,
    "transparent": _transparent,
}
"""Kinds of photographs of pen strokes."""


def _cloud(chance: Chance, size: tuple[int, int], grain: float) -> Grey:
    """Smooth noise with mean 0 and standard deviation 1; ``grain`` is its size in pixels."""
    small = chance.normal(0, 1, (max(2, round(size[1] / grain)), max(2, round(size[0] / grain))))
    image = Image.fromarray(small.astype(np.float32)).resize(size, Image.Resampling.BICUBIC)
    cloud = np.asarray(image, dtype=np.float64)
    return (cloud - cloud.mean()) / cloud.std()


def _white(_chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    return 255.0 * (1 - ink), None


def _gradient(chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    return _light(chance, ink.shape[::-1], 130, 240) * (1 - 0.8 * ink), None


def _photo(chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    lit = _light(chance, ink.shape[::-1], 150, 230) * (1 - chance.uniform(0.65, 0.85) * ink)
    return _shot(chance, lit, noise=(4, 10)), 75


def _scan(chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    return _shot(chance, 250 - chance.uniform(180, 220) * ink, noise=(1, 3), blur=(0.3, 0.7)), 85


def _chalk(chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    size = ink.shape[::-1]
    board = chance.uniform(40, 70) + 5 * _cloud(chance, size, 60)
    return _shot(chance, board + chance.uniform(110, 170) * ink * (0.8 + 0.3 * _cloud(chance, size, 2)).clip(0, 1)), 85


SURFACES: dict[str, Callable[[Chance, Grey], tuple[Grey, int | None]]] = {
    "white": _white,
    "gradient": _gradient,
    "photo": _photo,
    "scan": _scan,
    "chalk": _chalk,
}
"""What a test digit is laid on: grey values 0–255, and the JPEG's quality (None: a PNG)."""


def _blank_white(chance: Chance) -> Grey:
    return np.full((800, 1000), chance.uniform(200, 255))


def _blank_paper(chance: Chance) -> Grey:
    return _shot(chance, _light(chance, _size(chance)), noise=(0, 12))


def _blank_texture(chance: Chance) -> Grey:
    """Rough paper, wood chip, cloth: grain of some size and depth."""
    size = _size(chance)
    depth = chance.uniform(2, 9)
    return _shot(chance, _light(chance, size) + depth * _cloud(chance, size, chance.uniform(2, 30)))


def _blank_fibres(chance: Chance) -> Grey:
    """Long grain in one direction, as wood and recycled paper have."""
    size = _size(chance)
    long = np.asarray(
        Image.fromarray(_cloud(chance, (size[0] // 8, size[1]), 3).astype(np.float32)).resize(size), dtype=np.float64
    )
    return _shot(chance, _light(chance, size) + chance.uniform(2, 9) * long)


def _blank_shadow(chance: Chance) -> Grey:
    size = _size(chance)
    return _shot(chance, _light(chance, size) * _shadow(chance, size))


def _blank_board(chance: Chance) -> Grey:
    size = _size(chance)
    return _shot(chance, chance.uniform(35, 75) + 6 * _cloud(chance, size, 60))


BLANKS: dict[str, Callable[[Chance], Grey]] = {
    "white": _blank_white,
    "paper": _blank_paper,
    "texture": _blank_texture,
    "fibres": _blank_fibres,
    "shadow": _blank_shadow,
    "board": _blank_board,
}
"""Surfaces on which nothing is written."""
