"""Any ImageDataset as PyTorch expects a dataset: for a DataLoader, or for a loop from a tutorial."""

from collections.abc import Callable
from typing import Any

import torch
from PIL import Image
from torch.utils.data import Dataset

from core.data.dataset import ImageDataset


class TorchImages(Dataset[tuple[Any, int]]):
    """Images one by one with their labels, as ``torchvision.datasets.MNIST`` gives them.

    Parameters
    ----------
    transform
        Receives a grey PIL image, as torchvision's transforms expect it. Without one, images come as tensors, float32,
        shape ``(1, 28, 28)``, 0–1, so that a DataLoader can put them into batches.

    Examples
    --------
    ``DataLoader(TorchImages(load_mnist("train")), batch_size=64, shuffle=True)``
    """

    def __init__(self, dataset: ImageDataset, transform: Callable[[Image.Image], Any] | None = None) -> None:
        self.dataset = dataset
        self.transform = transform
        self.classes = dataset.class_names

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> tuple[Any, int]:
        pixels, label = self.dataset.images[index], int(self.dataset.labels[index])
        if self.transform is not None:
            return self.transform(Image.fromarray(pixels)), label
        # A copy: the arrays of a dataset are shared and read-only, which a tensor cannot be.
        return torch.from_numpy(pixels.copy()).unsqueeze(0).float() / 255, label
