"""A fixed part of the validation images, on which what takes many passes is measured."""

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import ImageDataset
from core.data.splits import stratified_split


def fixed_sample(images: ImageDataset, most: int) -> ImageDataset:
    """At most this many of these images, the same share of every class, always the same ones."""
    if len(images) <= most:
        return images
    positions: NDArray[np.int64] = stratified_split(images.labels, most, 0)[1]
    return images.subset(positions)
