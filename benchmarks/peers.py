"""One epoch by each peer, in turn, in this process: ``python -m benchmarks.peers`` prints seconds as JSON.

``benchmarks.training`` starts it with the thread count in the environment.
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset

from benchmarks.libraries import LIBRARIES, Epoch
from core.config import Backend, TrainConfig
from core.data.dataset import Splits
from core.data.mnist import load_mnist
from core.data.splits import make_splits, normalisation_of
from core.drawings.preprocessing import normalise
from core.training.events import EpochCompleted
from core.training.fit import fit

BATCH = 64
HIDDEN = 128
TUTORIAL_ROUNDS = 1
"""An epoch of it takes twenty of another’s."""


def main() -> None:
    """Measure in turn, round by round, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    arguments = parser.parse_args()
    use_cores(arguments.threads)
    torch.set_num_threads(arguments.threads)
    splits = all_training_images()
    pixels = normalise(splits.train.images, splits.normalisation)
    fit_epochs = fit_seconds(splits, arguments.rounds + 1, "torch")
    numpy_epochs = fit_seconds(splits, arguments.rounds + 1, "numpy")
    next(fit_epochs)
    next(numpy_epochs)
    product_seconds(pixels)
    others, missing = prepared(pixels, splits.train.labels)
    peers: dict[str, tuple[Callable[[], float], int]] = {
        "fit": (lambda: next(fit_epochs), arguments.rounds),
        "fit with NumPy": (lambda: next(numpy_epochs), arguments.rounds),
        "matrix products": (lambda: product_seconds(pixels), arguments.rounds),
        **{name: (epoch, arguments.rounds) for name, epoch in others.items()},
        "tutorial loop": (lambda: tutorial_seconds(splits), TUTORIAL_ROUNDS),
    }
    wall: dict[str, list[float]] = {name: [] for name in peers}
    processor: dict[str, list[float]] = {name: [] for name in peers}
    for turn in range(arguments.rounds):
        for name, (measure, rounds) in peers.items():
            if turn < rounds:
                before = time.process_time()
                wall[name].append(measure())
                processor[name].append(time.process_time() - before)
    print(json.dumps({"wall": wall, "processor": processor, "missing": missing}))


def use_cores(count: int) -> None:
    """Keep the process on so many cores: some libraries take no number of threads, but as many as they find."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])


def prepared(pixels: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[dict[str, Epoch], dict[str, str]]:
    """The libraries that are installed, ready to train, and why the others are missing."""
    ready, missing = {}, {}
    for name, prepare in LIBRARIES.items():
        try:
            ready[name] = prepare(pixels, labels, BATCH, HIDDEN)
        except ImportError as error:
            missing[name] = f"not installed: {error}"
    return ready, missing


def all_training_images() -> Splits:
    """All 60,000 for training, and the usual validation images besides."""
    train, test = load_mnist("train"), load_mnist("test")
    usual = make_splits(train, test)
    return Splits(train, usual.validation, test, normalisation_of(train.images))


def fit_seconds(splits: Splits, epochs: int, backend: Backend) -> Iterator[float]:
    """Seconds of each epoch as the product runs it: with progress, losses, validation and checkpoint."""
    config = TrainConfig(epochs=epochs, batch_size=BATCH, hidden_size=HIDDEN, schedule="constant", backend=backend)
    for event in fit(config, splits, device=torch.device("cpu")):
        if isinstance(event, EpochCompleted):
            yield event.metrics.seconds


def product_seconds(pixels: NDArray[np.float32]) -> float:
    """The two large matrix products of each batch, forward and backward, and nothing else."""
    batches = torch.from_numpy(pixels).split(BATCH)
    weight = torch.randn(HIDDEN, pixels.shape[1])
    delta = torch.randn(HIDDEN, BATCH)
    hidden, gradient = torch.empty(BATCH, HIDDEN), torch.empty_like(weight)
    started = time.perf_counter()
    for batch in batches:
        if len(batch) == BATCH:
            torch.mm(batch, weight.t(), out=hidden)
            torch.mm(delta, batch, out=gradient)
    return time.perf_counter() - started


class TutorialImages(Dataset):  # type: ignore[type-arg]
    """One PIL image at a time through ToTensor and Normalize, as ``torchvision.datasets.MNIST`` gives them."""

    def __init__(self, splits: Splits) -> None:
        from torchvision import transforms

        mean, std = splits.normalisation.mean, splits.normalisation.std
        self.transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((mean,), (std,))])
        self.images, self.labels = splits.train.images, splits.train.labels

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, position: int) -> tuple[torch.Tensor, int]:
        return self.transform(Image.fromarray(self.images[position])), int(self.labels[position])


def tutorial_seconds(splits: Splits) -> float:
    """One epoch of the loop that tutorials teach."""
    loader = DataLoader(TutorialImages(splits), batch_size=BATCH, shuffle=True)
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    started = time.perf_counter()
    for images, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
