"""What augmentation makes of a few images, and how many it changes in a second."""

import time

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.dataset import IMAGE_SIDE, Normalisation

_TIMED_IMAGES = 512
_PASSES = 4


def augmentation_preview(config_json: str, images: NDArray[np.uint8], seed: int = 0) -> tuple[NDArray[np.uint8], float]:
    """Change images as a training run with this config would; imports PyTorch, so it runs in a worker.

    Parameters
    ----------
    config_json
        A TrainConfig as JSON.
    images
        uint8, shape ``(N, 28, 28)``, at least one.
    seed
        Draws the changes: the same seed, the same images.

    Returns
    -------
    changed
        uint8, shape ``(N, 28, 28)``.
    images_per_second
        Of the fastest of four passes over 512 images, on one thread.
    """
    import torch

    from core.data.augmentation import augment

    config = TrainConfig.from_json(config_json)
    generator = torch.Generator().manual_seed(seed)
    # On the 0–1 scale background is 0, so that what comes from outside is black.
    scale = Normalisation(0.0, 1.0)
    pixels = torch.tensor(images, dtype=torch.float32).view(len(images), -1) / 255
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        changed = augment(pixels, config, generator, scale)
        many = pixels.repeat(-(-_TIMED_IMAGES // len(images)), 1)[:_TIMED_IMAGES]
        seconds = []
        for _ in range(_PASSES):
            started = time.perf_counter()
            augment(many, config, generator, scale)
            seconds.append(time.perf_counter() - started)
    finally:
        torch.set_num_threads(threads)
    grey = (changed.clamp(0, 1) * 255).round().to(torch.uint8).view(-1, IMAGE_SIDE, IMAGE_SIDE)
    return grey.numpy(), _TIMED_IMAGES / max(min(seconds), 1e-9)
