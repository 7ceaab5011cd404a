"""Images without a meaning; numbers follow from the arguments."""

import numpy as np

from core.data.dataset import ImageDataset


def dataset_of(count: int, seed: int = 0) -> ImageDataset:
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return ImageDataset("random", images, generator.integers(0, 10, count))
