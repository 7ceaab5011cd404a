"""The fifteen corruptions of MNIST-C, made from their definitions: same names, same parameters, other random numbers.

What differs: results are rounded to bytes; motion blur is ImageMagick’s kernel without ImageMagick; glass blur blurs
across as well as down; fog takes windows of shared maps; Poisson, normal and uniform numbers come from NumPy’s newer
generators, one seed for a whole set of images.

References
----------
N. Mu, J. Gilmer: MNIST-C: A Robustness Benchmark for Computer Vision, 2019, https://arxiv.org/abs/1906.02337;
parameters: https://github.com/google-research/mnist-c.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from core.corruptions.blurs import glass_blur, motion_blur
from core.corruptions.corruption import Corruption, Images, Parameters
from core.corruptions.noises import fog, impulse_noise, shot_noise, spatter
from core.corruptions.pixels import scaling, to_bytes, turning, unmoved, unturned, warp
from core.corruptions.strokes import dotted_line, zigzag

Chance = np.random.Generator
_STRIPE = 7
_NONE: tuple[Parameters, ...] = ((),)


def _steps(*values: float) -> tuple[Parameters, ...]:
    return tuple((value,) for value in values)


def _signs(count: int, chance: Chance, axes: int = 1) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Random directions, −1 or 1, ``(count, axes)``."""
    return chance.choice(np.array([-1.0, 1.0]), size=(count, axes))


def _shear(images: Images, parameters: Parameters, chance: Chance) -> Images:
    """By an angle in radians, to either side; the centre stays."""
    angles = _signs(len(images), chance)[:, 0] * parameters[0]
    matrices = np.tile(np.eye(2), (len(images), 1, 1))
    matrices[:, 0, 1], matrices[:, 1, 1] = -np.sin(angles), np.cos(angles)
    return warp(images, matrices, unmoved(len(images)))


def _scale(images: Images, parameters: Parameters, _chance: Chance) -> Images:
    """Smaller; the parameter is what is left of the side."""
    return warp(images, scaling(np.full(len(images), parameters[0])), unmoved(len(images)))


def _rotate(images: Images, parameters: Parameters, chance: Chance) -> Images:
    """By an angle in radians, either way round."""
    return warp(images, turning(_signs(len(images), chance)[:, 0] * parameters[0]), unmoved(len(images)))


def _translate(images: Images, parameters: Parameters, chance: Chance) -> Images:
    """As many pixels across as down, each in either direction."""
    return warp(images, unturned(len(images)), _signs(len(images), chance, axes=2) * parameters[0])


def _brightness(images: Images, parameters: Parameters, _chance: Chance) -> Images:
    """Everything brighter by a share of the scale."""
    return to_bytes(images + 255 * parameters[0])


def _stripe(images: Images, _parameters: Parameters, _chance: Chance) -> Images:
    """The outer quarters of each row inverted."""
    striped = images.copy()
    for side in (np.s_[:, :, :_STRIPE], np.s_[:, :, -_STRIPE:]):
        striped[side] = 255 - striped[side]
    return striped


def _canny_edges(images: Images, _parameters: Parameters, _chance: Chance) -> Images:
    """Edges alone, by Canny’s detector with a Gaussian of one pixel and thresholds of 0.1 and 0.2."""
    from skimage.feature import canny

    return np.stack([canny(image / 255).astype(np.uint8) for image in images]) * np.uint8(255)


CORRUPTIONS: Mapping[str, Corruption] = MappingProxyType(
    {
        corruption.name: corruption
        for corruption in (
            Corruption("shot_noise", 5, _steps(60, 25, 12, 5, 3), shot_noise),
            Corruption("impulse_noise", 4, _steps(0.03, 0.06, 0.09, 0.17, 0.27), impulse_noise),
            Corruption("glass_blur", 1, ((0.7, 1, 2), (0.9, 2, 1), (1, 2, 3), (1.1, 3, 2), (1.5, 4, 2)), glass_blur),
            Corruption("motion_blur", 1, ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)), motion_blur),
            Corruption("shear", 2, _steps(0.2, 0.4, 0.6, 0.8, 1.0), _shear),
            Corruption("scale", 3, _steps(0.9, 0.8, 0.7, 0.6, 0.5), _scale),
            Corruption("rotate", 2, _steps(0.2, 0.4, 0.6, 0.8, 1.0), _rotate),
            Corruption("brightness", 5, _steps(0.1, 0.2, 0.3, 0.4, 0.5), _brightness),
            Corruption("translate", 3, _steps(1, 2, 3, 4, 5), _translate),
            Corruption("stripe", 1, _NONE, _stripe),
            Corruption("fog", 5, ((1.5, 2), (2, 2), (2.5, 1.7), (2.5, 1.5), (3, 1.4)), fog),
            Corruption(
                "spatter",
                4,
                (
                    (0.65, 0.3, 4, 0.69, 0.6),
                    (0.65, 0.3, 3, 0.68, 0.6),
                    (0.65, 0.3, 2, 0.68, 0.5),
                    (0.65, 0.3, 1, 0.65, 1.5),
                    (0.67, 0.4, 1, 0.65, 1.5),
                ),
                spatter,
            ),
            Corruption("dotted_line", 1, _NONE, dotted_line),
            Corruption("zigzag", 1, _NONE, zigzag),
            Corruption("canny_edges", 1, _NONE, _canny_edges),
        )
    }
)
"""By name, in the order of MNIST-C."""
