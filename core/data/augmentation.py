"""Training images changed at random, a whole batch at a time."""

import math
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional

from core.config import TrainConfig
from core.data.dataset import IMAGE_SIDE, Normalisation

ELASTIC_SIGMA = 4.0
"""Width in pixels of the Gaussian that smooths elastic displacements (Simard et al. 2003)."""
_ERASED_SIDE = (0.15, 0.5)


def augment(images: Tensor, config: TrainConfig, generator: torch.Generator, normalisation: Normalisation) -> Tensor:
    """Rotate, shift, scale, shear, distort and erase, each image in its own way.

    Parameters
    ----------
    images
        float32, shape ``(B, 784)``: normalised pixels.
    config
        Largest rotation and shear in degrees, shift in pixels, scale as a share, elastic displacement in pixels,
        and the share of images of which a part is erased.

    Returns
    -------
    Tensor
        float32, shape ``(B, 784)``; what comes from outside of an image is background.

    References
    ----------
    Simard, Steinkraus, Platt 2003: Best practices for convolutional neural networks; Zhong et al. 2020,
    https://arxiv.org/abs/1708.04896 (erasing).
    """
    background = -normalisation.mean / normalisation.std
    ink = images.view(-1, 1, IMAGE_SIDE, IMAGE_SIDE) - background
    if any((config.rotation, config.shift, config.zoom, config.shear, config.elastic)):
        grid = _affine_grid(len(ink), config, generator)
        if config.elastic:
            _displace(grid, config.elastic, generator)
        ink = functional.grid_sample(
            ink, grid.permute(0, 2, 3, 1), mode="bilinear", padding_mode="zeros", align_corners=False
        )
    if config.erasing:
        ink = ink * _kept_parts(len(ink), config.erasing, generator)
    return (ink + background).view(len(images), -1)


def _affine_grid(count: int, config: TrainConfig, generator: torch.Generator) -> Tensor:
    """Where each pixel comes from, in grid_sample's coordinates (-1 … 1), x and y apart; ``(B, 2, 28, 28)``.

    One matrix product: ``functional.affine_grid`` makes one of three columns for every image, which takes half the time
    of a whole augmentation.
    """
    angle, shear = (_spread(count, math.radians(limit), generator) for limit in (config.rotation, config.shear))
    scale = 1 + _spread(count, config.zoom, generator)
    # A pixel is 2/28 of the coordinates' width.
    across, down = (_spread(count, config.shift * 2 / IMAGE_SIDE, generator) for _ in range(2))
    cosine, sine, slope = torch.cos(angle), torch.sin(angle), torch.tan(shear)
    first = torch.stack([cosine / scale, (slope * cosine - sine) / scale, across], 1)
    second = torch.stack([sine / scale, (slope * sine + cosine) / scale, down], 1)
    grid = torch.stack([first, second], 1).view(-1, 3) @ _pixel_places(generator.device)
    return grid.view(count, 2, IMAGE_SIDE, IMAGE_SIDE)


@cache
def _pixel_places(device: torch.device) -> Tensor:
    """Of every pixel: x and y of its middle in grid_sample's coordinates, and 1; ``(3, 784)``."""
    middles = (torch.arange(IMAGE_SIDE, dtype=torch.float32, device=device) * 2 + 1) / IMAGE_SIDE - 1
    y, x = torch.meshgrid(middles, middles, indexing="ij")
    return torch.stack([x.flatten(), y.flatten(), torch.ones_like(x).flatten()])


def _displace(grid: Tensor, strength: float, generator: torch.Generator) -> None:
    """Add smooth random displacements of ``strength`` pixels (root mean square) to a grid ``(B, 2, 28, 28)``."""
    basis = _elastic_basis(grid.device)
    places = basis.shape[1]
    # Noise that is smoothed so widely needs no value for every pixel: one for every 4 gives the same fields.
    noise = torch.randn(len(grid), 2, places, places, generator=generator, device=grid.device)
    rows = noise @ (basis.t() * (strength * 2 / IMAGE_SIDE))
    fields = grid.view(-1, IMAGE_SIDE, IMAGE_SIDE)
    fields.baddbmm_(basis.expand(len(fields), -1, -1), rows.view(len(fields), places, IMAGE_SIDE))


@cache
def _elastic_basis(device: torch.device) -> Tensor:
    """Gaussian weights of the noise's places at every pixel, ``(28, 10)``; rows of length 1 keep the variance."""
    pixels = torch.arange(IMAGE_SIDE, dtype=torch.float32, device=device)
    places = torch.arange(-ELASTIC_SIGMA, IMAGE_SIDE + ELASTIC_SIGMA + 1, ELASTIC_SIGMA, device=device)
    weights = torch.exp(-((pixels[:, None] - places[None]) ** 2) / (2 * ELASTIC_SIGMA**2))
    lengths: Tensor = torch.linalg.vector_norm(weights, dim=1, keepdim=True)
    return weights / lengths


def _kept_parts(count: int, share: float, generator: torch.Generator) -> Tensor:
    """1 where an image stays and 0 in one rectangle of a ``share`` of the images; ``(B, 1, 28, 28)``."""
    device = generator.device
    chosen, row, column, height, width = torch.rand(5, count, 1, generator=generator, device=device)
    place = torch.arange(IMAGE_SIDE, device=device)[None]
    least, most = _ERASED_SIDE
    sides = [(least + size * (most - least)) * IMAGE_SIDE * (chosen < share) for size in (height, width)]
    inside = [
        (place >= start * (IMAGE_SIDE - side)) & (place < start * (IMAGE_SIDE - side) + side)
        for start, side in zip((row, column), sides, strict=True)
    ]
    erased = inside[0][:, :, None] & inside[1][:, None, :]
    return torch.where(erased[:, None], 0.0, 1.0)


def _spread(count: int, limit: float, generator: torch.Generator) -> Tensor:
    """Uniform in ± ``limit``, ``(B,)``."""
    return (torch.rand(count, generator=generator, device=generator.device) * 2 - 1) * limit
