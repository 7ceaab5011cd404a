"""Test digits somewhere in large pictures, and surfaces without a digit, each from a seed."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.pen_strokes import Chance, Grey
from benchmarks.scenes import cloud, encoded, light, shadow_of, shot, size_of


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


def _white(_chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    return 255.0 * (1 - ink), None


def _gradient(chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    return light(chance, ink.shape[::-1], 130, 240) * (1 - 0.8 * ink), None


def _photo(chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    lit = light(chance, ink.shape[::-1], 150, 230) * (1 - chance.uniform(0.65, 0.85) * ink)
    return shot(chance, lit, noise=(4, 10)), 75


def _scan(chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    return shot(chance, 250 - chance.uniform(180, 220) * ink, noise=(1, 3), blur=(0.3, 0.7)), 85


def _chalk(chance: Chance, ink: Grey) -> tuple[Grey, int | None]:
    size = ink.shape[::-1]
    board = chance.uniform(40, 70) + 5 * cloud(chance, size, 60)
    return shot(chance, board + chance.uniform(110, 170) * ink * (0.8 + 0.3 * cloud(chance, size, 2)).clip(0, 1)), 85


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
    return shot(chance, light(chance, size_of(chance)), noise=(0, 12))


def _blank_texture(chance: Chance) -> Grey:
    """Rough paper, wood chip, cloth: grain of some size and depth."""
    size = size_of(chance)
    depth = chance.uniform(2, 9)
    return shot(chance, light(chance, size) + depth * cloud(chance, size, chance.uniform(2, 30)))


def _blank_fibres(chance: Chance) -> Grey:
    """Long grain in one direction, as wood and recycled paper have."""
    size = size_of(chance)
    long = np.asarray(
        Image.fromarray(cloud(chance, (size[0] // 8, size[1]), 3).astype(np.float32)).resize(size), dtype=np.float64
    )
    return shot(chance, light(chance, size) + chance.uniform(2, 9) * long)


def _blank_shadow(chance: Chance) -> Grey:
    size = size_of(chance)
    return shot(chance, light(chance, size) * shadow_of(chance, size))


def _blank_board(chance: Chance) -> Grey:
    size = size_of(chance)
    return shot(chance, chance.uniform(35, 75) + 6 * cloud(chance, size, 60))


BLANKS: dict[str, Callable[[Chance], Grey]] = {
    "white": _blank_white,
    "paper": _blank_paper,
    "texture": _blank_texture,
    "fibres": _blank_fibres,
    "shadow": _blank_shadow,
    "board": _blank_board,
}
"""Surfaces on which nothing is written."""
