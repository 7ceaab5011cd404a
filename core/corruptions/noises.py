"""What lies over the images of MNIST-C: shot and impulse noise, fog, spatter.

References
----------
N. Mu, J. Gilmer: MNIST-C: A Robustness Benchmark for Computer Vision, 2019, https://arxiv.org/abs/1906.02337.
"""

import numpy as np
from numpy.typing import NDArray

from core.corruptions.corruption import Images, Parameters
from core.corruptions.pixels import smoothed, to_bytes
from core.data.dataset import IMAGE_SIDE

Chance = np.random.Generator
Floats = NDArray[np.float64]
MAP_SIDE = 256
"""Of a map of fog; the published code has the same."""
_WINDOWS = 4
"""Along each side of a map."""
_AT_ONCE = 32
"""Maps, 17 MB."""
_FIRST_WIBBLE = 100.0
_MUD = 63.0
_CERTAIN = 0.8


def shot_noise(images: Images, parameters: Parameters, chance: Chance) -> Images:
    """Each pixel counts photons: a Poisson number whose mean is the pixel (0–1) times the parameter."""
    (photons,) = parameters
    return to_bytes(chance.poisson(images / 255 * photons) * (255 / photons))


def impulse_noise(images: Images, parameters: Parameters, chance: Chance) -> Images:
    """A share of the pixels becomes black or white, either with the same chance."""
    (share,) = parameters
    drawn = chance.random(images.shape, dtype=np.float32)
    salted = np.where(drawn < share / 2, np.uint8(255), images)
    return np.where((drawn >= share / 2) & (drawn < share), np.uint8(0), salted)


def fog(images: Images, parameters: Parameters, chance: Chance) -> Images:
    """A fractal cloud is added, and the sum scaled back to the brightest pixel.

    Ours differs: a map of 256 × 256 serves 16 images, each with a window of its own; MNIST-C makes a map for each and
    uses its first corner, at 16 times the cost.
    """
    amount, decay = parameters
    clouds = _clouds(len(images), decay, chance)
    brightest = images.max(axis=(1, 2), keepdims=True) / 255
    return to_bytes((images / 255 + amount * clouds) * brightest / (brightest + amount) * 255)


def fog_maps(count: int, decay: float, chance: Chance) -> Floats:
    """Height maps by the diamond-square algorithm, ``(count, 256, 256)``, each from 0 to 1.

    Parameters
    ----------
    decay
        What the displacement is divided by each time that the step is halved: larger is smoother.
    """
    maps = np.zeros((count, MAP_SIDE, MAP_SIDE))
    step, wibble = MAP_SIDE, _FIRST_WIBBLE
    while step >= 2:
        _halve(maps, step, wibble, chance)
        step, wibble = step // 2, wibble / decay
    maps -= maps.min(axis=(1, 2), keepdims=True)
    heights: Floats = maps / maps.max(axis=(1, 2), keepdims=True)
    return heights


def spatter(images: Images, parameters: Parameters, chance: Chance) -> Images:
    """Drops of mud, dark grey and opaque where smoothed noise exceeds a threshold."""
    mean, deviation, sigma, threshold, softness = parameters
    liquid = smoothed(chance.normal(mean, deviation, images.shape), sigma)
    mud = smoothed(liquid > threshold, softness)
    mud[mud < _CERTAIN] = 0
    return to_bytes(images * (1 - mud) + _MUD * mud)


def _clouds(count: int, decay: float, chance: Chance) -> Floats:
    """Windows of maps, ``(count, 28, 28)``."""
    pitch, found = MAP_SIDE // _WINDOWS, []
    for missing in range(-(-count // _WINDOWS**2), 0, -_AT_ONCE):
        maps = fog_maps(min(missing, _AT_ONCE), decay, chance)
        tiles = maps.reshape(len(maps), _WINDOWS, pitch, _WINDOWS, pitch)[:, :, :IMAGE_SIDE, :, :IMAGE_SIDE]
        found.append(tiles.swapaxes(2, 3).reshape(-1, IMAGE_SIDE, IMAGE_SIDE))
    return np.concatenate(found)[:count]


def _halve(maps: Floats, step: int, wibble: float, chance: Chance) -> None:
    """Fill the points midway between those of a grid: first of its squares, then of the diamonds between them."""
    half = step // 2

    def displaced(sums: Floats) -> Floats:
        return sums / 4 + wibble * chance.uniform(-wibble, wibble, sums.shape)

    corners = maps[:, ::step, ::step]
    rows = corners + np.roll(corners, -1, 1)
    maps[:, half::step, half::step] = displaced(rows + np.roll(rows, -1, 2))
    middles = maps[:, half::step, half::step]
    above = middles + np.roll(middles, 1, 1)
    beside = corners + np.roll(corners, -1, 2)
    maps[:, ::step, half::step] = displaced(above + beside)
    left = middles + np.roll(middles, 1, 2)
    below = corners + np.roll(corners, -1, 1)
    maps[:, half::step, ::step] = displaced(left + below)
