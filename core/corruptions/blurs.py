"""The two blurs of MNIST-C: through frosted glass, and by motion.

References
----------
N. Mu, J. Gilmer: MNIST-C: A Robustness Benchmark for Computer Vision, 2019, https://arxiv.org/abs/1906.02337.
"""

import numpy as np

from core.corruptions.corruption import Images, Parameters
from core.corruptions.pixels import smoothed, to_bytes
from core.data.dataset import IMAGE_SIDE

Chance = np.random.Generator
_STEEPEST = np.pi / 4


def glass_blur(images: Images, parameters: Parameters, chance: Chance) -> Images:
    """Blur, exchange neighbouring pixels at random, blur again.

    Every pixel is exchanged, with a chance of one half, with one at most ``reach`` rows and columns away, from the last
    pixel to the first, as often as ``rounds`` says.
    """
    sigma, reach, rounds = parameters[0], int(parameters[1]), int(parameters[2])
    glass, every = smoothed(images, sigma).astype(np.uint8), np.arange(len(images))
    for _ in range(rounds):
        for row in range(IMAGE_SIDE - reach, reach, -1):
            for column in range(IMAGE_SIDE - reach, reach, -1):
                is_exchanged = chance.random(len(images)) < 0.5
                down, across = chance.integers(-reach, reach, size=(2, len(images))) * is_exchanged
                here = glass[:, row, column].copy()
                glass[:, row, column] = glass[every, row + down, column + across]
                glass[every, row + down, column + across] = here
    return to_bytes(smoothed(glass, sigma))


def motion_blur(images: Images, parameters: Parameters, chance: Chance) -> Images:
    """Each pixel becomes a mean of those along a line, at an angle of at most 45°, the nearest counting most.

    The kernel is ImageMagick’s, which MNIST-C used: ``2 radius + 1`` pixels to one side, weighed by half a Gaussian.
    """
    radius, sigma = int(parameters[0]), parameters[1]
    distances = np.arange(2 * radius + 1)
    weights = np.exp(-(distances**2) / (2 * sigma**2))
    weights /= weights.sum()
    angles = chance.uniform(-_STEEPEST, _STEEPEST, len(images))[:, np.newaxis]
    across = np.ceil(distances * np.cos(angles) - 0.5).astype(np.intp)
    down = np.ceil(distances * np.sin(angles) - 0.5).astype(np.intp)
    places = np.arange(IMAGE_SIDE)
    every = np.arange(len(images))[:, np.newaxis, np.newaxis]
    total = np.zeros(images.shape)
    for step, weight in enumerate(weights):
        # Beyond its edge, an image goes on as it ends.
        rows = np.clip(places + down[:, step, np.newaxis], 0, IMAGE_SIDE - 1)
        columns = np.clip(places + across[:, step, np.newaxis], 0, IMAGE_SIDE - 1)
        total += weight * images[every, rows[:, :, np.newaxis], columns[:, np.newaxis]]
    return to_bytes(total)
