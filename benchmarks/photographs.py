"""Simulated photographs of handwritten digits in pen strokes, each from a seed.

What is simulated is light, paper, pen, noise, sharpness and JPEG; nobody wrote these digits.
"""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image

from benchmarks.pen_strokes import Chance, Grey, strokes
from benchmarks.scenes import cloud, encoded, light, mesh, shadow_of, shot, size_of


def photograph(kind: str, digit: int, seed: int) -> bytes:
    """A file as a phone or scanner would make it, of one digit in pen strokes.

    Parameters
    ----------
    kind
        One of ``PHOTOGRAPHS``.
    """
    return PHOTOGRAPHS[kind](np.random.default_rng([seed, digit, *kind.encode()]), digit)


def _turned(chance: Chance, picture: Grey, table: float) -> Grey:
    """Held a little askew: the table shows at the edges."""
    image = Image.fromarray(picture.astype(np.float32))
    turned = image.rotate(chance.uniform(-3, 3), Image.Resampling.BILINEAR, fillcolor=table)
    return np.asarray(turned, dtype=np.float64)


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
    size = size_of(chance)
    paper = light(chance, size)
    if lines:
        paper = paper * (1 - chance.uniform(0.1, 0.25) * _lines(chance, size, lines == "squared"))
    ink = strokes(chance, digit, size, chance.uniform(*height), chance.uniform(*pen))
    picture = paper * (1 - chance.uniform(*darkness) * ink)
    if shadow:
        picture = picture * shadow_of(chance, size)
    return shot(chance, _turned(chance, picture, chance.uniform(120, 225)))


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
    size = size_of(chance)
    rows, columns = mesh(size)
    board = light(chance, size, 175, 225)
    y, x = chance.uniform(-0.9, 0.9, 2)
    board = board + chance.uniform(20, 80) * np.exp(
        -((rows - y) ** 2 + (columns - x) ** 2) / chance.uniform(0.02, 0.15)
    )
    board = board - chance.uniform(3, 12) * cloud(chance, size, 40).clip(0, 2)
    ink = strokes(chance, digit, size, chance.uniform(250, 620), chance.uniform(12, 30))
    return _jpeg(chance, shot(chance, board * (1 - chance.uniform(0.55, 0.85) * ink)))


def _chalkboard(chance: Chance, digit: int) -> bytes:
    """Light chalk with gaps, on a board with the dust of an eraser."""
    size = size_of(chance)
    board = chance.uniform(35, 75) + light(chance, size, 0, 25) - 10 + 6 * cloud(chance, size, 60)
    ink = strokes(chance, digit, size, chance.uniform(250, 620), chance.uniform(12, 30))
    grain = (0.75 + 0.35 * cloud(chance, size, 2)).clip(0, 1)
    return _jpeg(chance, shot(chance, board + chance.uniform(110, 180) * ink * grain))


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
