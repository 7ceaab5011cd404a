"""What shifting, framing, augmenting and other writers do to images and to a network that reads them."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.dataset import Normalisation
from core.drawings.preprocessing import drawing_to_digit, normalise
from core.models.numpy_model import NumpyModel

Images = NDArray[np.uint8]
_TIMED = 1_000


@dataclass(frozen=True, eq=False)
class Augmented:
    """Images after augmentation, uint8 ``(N, 28, 28)``, and how many a second are made in a batch of a thousand."""

    images: Images
    per_second: float


def shifted(images: Images, right: int, down: int) -> Images:
    """Images ``(N, 28, 28)`` moved by so many pixels; what leaves the frame is gone, what comes in is background."""
    moved = np.zeros_like(images)
    side = images.shape[1]
    rows, columns = (slice(max(0, by), min(side, side + by)) for by in (down, right))
    from_rows, from_columns = (slice(max(0, -by), min(side, side - by)) for by in (down, right))
    moved[:, rows, columns] = images[:, from_rows, from_columns]
    return moved


def framed(images: Images) -> Images:
    """Each image brought into MNIST’s own frame: cropped, scaled to 20 pixels, centred by mass."""
    return np.stack([drawing_to_digit(image).digit for image in images])


def accuracy(model: NumpyModel, images: Images, labels: NDArray[np.int64]) -> float:
    """Share (0–1) that a network reads rightly."""
    return float((model.probabilities(images).argmax(axis=1) == labels).mean())


def augmented(config: TrainConfig, images: Images, normalisation: Normalisation, repeats: int = 1) -> Augmented:
    """Change images ``(N, 28, 28)`` as the config says, each ``repeats`` times; needs PyTorch: run it in a worker."""
    import torch

    from core.data.augmentation import augment

    pixels = torch.from_numpy(normalise(images, normalisation)).repeat_interleave(repeats, 0)
    generator = torch.Generator().manual_seed(config.seed)
    changed = augment(pixels, config, generator, normalisation)
    many = pixels.repeat(-(-_TIMED // len(pixels)), 1)[:_TIMED]
    started = time.perf_counter()
    augment(many, config, generator, normalisation)
    seconds = time.perf_counter() - started
    grey = (changed.numpy() * normalisation.std + normalisation.mean) * 255
    pictures = np.clip(np.rint(grey), 0, 255).astype(np.uint8).reshape(-1, *images.shape[1:])
    return Augmented(pictures, _TIMED / seconds)


def reading_milliseconds(model: NumpyModel, image: Images, times: int = 20) -> float:
    """How long a network takes to read one image ``(28, 28)``, the median of so many times."""
    measured = []
    for _ in range(times):
        started = time.perf_counter()
        model.probabilities(image[None])
        measured.append(time.perf_counter() - started)
    return 1000 * float(np.median(measured))
