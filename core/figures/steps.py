"""A drawing after every step of its way to the network, as one row of equal tiles."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.data.dataset import IMAGE_SIDE
from core.drawings.preprocessing import DIGIT_SIDE, DigitSteps

TILE_SIDE = 4 * IMAGE_SIDE
"""Pixels of a tile: four for each of the network's."""

_GUIDE = 96


@dataclass(frozen=True, eq=False)
class StepTile:
    """One tile: uint8 ``(112, 112)``, a caption of a few words, and what it shows for those who do not see it."""

    image: NDArray[np.uint8]
    caption: str
    alt: str


def step_tiles(steps: DigitSteps, *, first: str = "What you drew") -> tuple[StepTile, ...]:
    """Five tiles: drawn, cropped, scaled, centred, and what the network sees.

    The first two share one scale, and so do the last three: what a step does can be seen by eye.

    Parameters
    ----------
    first
        Caption of the first tile, where nobody drew.
    """
    reduction = TILE_SIDE / max(*steps.original.shape, 1)
    sees = _enlarge(steps.digit)
    return (
        StepTile(_tile(steps.original, reduction), first, "The whole drawing."),
        StepTile(_tile(steps.cropped, reduction), "Cropped", "The drawing without its empty margin."),
        StepTile(_in_the_middle(_enlarge(steps.scaled)), "Scaled", "The drawing at its final size."),
        StepTile(_with_guides(sees), "Centred", "The drawing in its frame; lines mark the middle and 20 by 20 pixels."),
        StepTile(sees, "What the network sees", f"{IMAGE_SIDE} by {IMAGE_SIDE} grey pixels."),
    )


def resized_tiles(steps: DigitSteps, *, first: str = "What you drew") -> tuple[StepTile, ...]:
    """Two tiles where nothing is done but resizing: drawn, and what the network sees."""
    drawn, *_, sees = step_tiles(steps, first=first)
    return drawn, replace(sees, caption="Resized: what the network sees")


def _tile(image: NDArray[np.uint8], factor: float) -> NDArray[np.uint8]:
    """The image at this scale in the middle of a tile."""
    if not image.size:
        return np.zeros((TILE_SIDE, TILE_SIDE), np.uint8)
    height, width = (min(TILE_SIDE, max(1, round(side * factor))) for side in image.shape)
    method = Image.Resampling.BOX if factor < 1 else Image.Resampling.NEAREST
    return _in_the_middle(np.asarray(Image.fromarray(image).resize((width, height), method)))


def _enlarge(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    zoom = TILE_SIDE // IMAGE_SIDE
    return np.repeat(np.repeat(image, zoom, axis=0), zoom, axis=1)


def _in_the_middle(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    tile = np.zeros((TILE_SIDE, TILE_SIDE), np.uint8)
    top, left = ((TILE_SIDE - side) // 2 for side in image.shape)
    tile[top : top + image.shape[0], left : left + image.shape[1]] = image
    return tile


def _with_guides(tile: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Thin grey lines, under the ink: the middle, and the square into which MNIST's digits fit."""
    guided = tile.copy()
    middle, margin = TILE_SIDE // 2, (TILE_SIDE - TILE_SIDE // IMAGE_SIDE * DIGIT_SIDE) // 2
    far = TILE_SIDE - margin - 1
    for line in (
        guided[middle, :],
        guided[:, middle],
        guided[margin, margin : far + 1],
        guided[far, margin : far + 1],
        guided[margin : far + 1, margin],
        guided[margin : far + 1, far],
    ):
        np.maximum(line, _GUIDE, out=line)
    return guided
