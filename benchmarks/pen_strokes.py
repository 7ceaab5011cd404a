"""Digits as pen strokes: smooth lines through a few points, slanted, turned and trembling a little."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Grey = NDArray[np.float64]
Chance = np.random.Generator

# Each digit in two ways, stroke by stroke: points x,y in a box 100 wide and 150 high, y downwards.
_STROKES: dict[int, tuple[str, ...]] = {
    0: (
        "55,2 15,30 8,80 30,140 65,145 92,95 88,40 55,2",
        "60,5 20,15 5,75 25,135 70,140 95,70 75,12 50,5",
    ),
    1: (
        "50,0 50,50 49,100 50,150",
        "62,0 55,50 46,100 40,150",
    ),
    2: (
        "10,35 35,3 80,10 85,50 50,95 8,142 | 8,142 95,142",
        "15,30 50,0 85,30 60,85 5,140 40,136 95,145",
    ),
    3: (
        "12,15 50,0 85,20 75,55 40,70 | 40,70 85,85 90,120 55,150 8,135",
        "10,20 45,2 80,25 65,60 35,72 80,95 75,135 10,140",
    ),
    4: (
        "20,0 12,40 10,75 50,80 95,72 | 78,5 74,70 70,150",
        "15,5 12,70 90,70 | 72,20 70,85 68,150",
    ),
    5: (
        "20,5 18,60 55,55 88,85 75,135 35,150 5,135 | 20,5 85,3",
        "85,0 25,5 20,60 70,65 85,110 50,148 8,138",
    ),
    6: (
        "75,2 35,35 12,90 25,142 65,145 85,110 60,82 20,100",
        "60,0 25,50 10,105 40,148 80,125 70,88 35,88 13,110",
    ),
    7: (
        "5,8 90,6 | 90,6 60,70 40,150",
        "8,20 10,5 92,3 | 92,3 65,60 45,150",
    ),
    8: (
        "82,20 50,0 18,20 25,55 70,85 85,125 50,150 15,125 30,85 70,55 82,20",
        "50,2 15,30 50,68 88,110 50,148 12,110 50,68 85,30 50,2",
    ),
    9: (
        "85,25 50,0 12,30 30,68 70,60 85,25 83,80 75,150",
        "82,30 55,2 15,20 20,60 60,65 82,30 | 82,30 65,148",
    ),
}


def strokes(chance: Chance, digit: int, size: tuple[int, int], height: float, pen: float) -> Grey:
    """Ink 0–1 of one written digit, shape ``(H, W)``: somewhere, slanted, turned and trembling a little."""
    shape = _STROKES[digit][chance.integers(len(_STROKES[digit]))]
    slant, turn, stretch = chance.normal(0, 0.1), chance.normal(0, 0.06), chance.uniform(0.85, 1.1)
    points = [np.array([place.split(",") for place in stroke.split()], float) / 100 for stroke in shape.split("|")]
    moved = [_moved(stroke, chance, slant, turn, stretch) * (height / 1.5) for stroke in points]
    everything = np.concatenate(moved)
    low, high = everything.min(axis=0) - pen, everything.max(axis=0) + pen
    room = np.array(size) - (high - low)
    corner = chance.uniform(0.06, 0.94, 2) * room - low
    return _inked([stroke + corner for stroke in moved], size, pen)


def _moved(points: Grey, chance: Chance, slant: float, turn: float, stretch: float) -> Grey:
    """Through the points in a smooth line, ``(M, 2)``."""
    points = points + chance.normal(0, 0.022, points.shape)
    ends = np.concatenate([points[:1] * 2 - points[1:2], points, points[-1:] * 2 - points[-2:-1]])
    steps = np.linspace(0, 1, 14)[:, None]
    pieces = []
    for a, b, c, d in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        bent = (c - a) * steps + (2 * a - 5 * b + 4 * c - d) * steps**2 + (3 * b - a - 3 * c + d) * steps**3
        pieces.append(b + bent / 2)
    line = np.concatenate(pieces) * (stretch, 1.0)
    line[:, 0] += slant * (1.5 - line[:, 1])
    cos, sin = np.cos(turn), np.sin(turn)
    return line @ np.array([[cos, sin], [-sin, cos]])


def _inked(lines: Sequence[Grey], size: tuple[int, int], pen: float, over: int = 2) -> Grey:
    image = Image.new("L", (size[0] * over, size[1] * over))
    draw = ImageDraw.Draw(image)
    radius = pen * over / 2
    for line in lines:
        # A wide line of Pillow has notches where it bends: a disc at every point fills them.
        fine = np.concatenate([np.linspace(a, b, 6) for a, b in pairwise(line)]) * over
        draw.line([tuple(point) for point in fine], fill=255, width=max(1, round(2 * radius)))
        if radius >= 1:
            for x, y in fine:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(image.reduce(over), dtype=np.float64) / 255.0
