"""Measurements beside the training runs of an experiment; each runs in a worker and takes a few seconds."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.analysis.balance import class_balance
from core.analysis.percent import percent
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.drawings.preprocessing import normalise
from core.learn.experiments.records import Table
from core.learn.walk import Floats
from core.models.numpy_mlp import NumpyMLP

if TYPE_CHECKING:
    from torch import Tensor

BATCH_SIZES = (16, 128, 1024)
_NOISE_BATCHES = 30
_NOISE_IMAGES = 5_000
_LOADER_IMAGES = 10_000
_LOADER_BATCH = 64


@dataclass(frozen=True, eq=False)
class GradientNoise:
    """How far the gradient of a batch lies from that of all images.

    Parameters
    ----------
    noise
        float64, shape ``(S,)``: mean distance, as a share of the length of the whole gradient.
    memory
        int64, shape ``(S,)``: bytes that a batch leaves for the way back: its inputs, hidden values and logits.
    """

    batch_sizes: tuple[int, ...]
    noise: Floats
    memory: NDArray[np.int64]

    def table(self) -> Table:
        """One row a batch size."""
        rows = (
            (f"{size:,} images", f"{noise:.0%}", f"{memory / 1e6:.2f} MB")
            for size, noise, memory in zip(self.batch_sizes, self.noise, self.memory, strict=True)
        )
        return Table(("Batch", "Distance from the true gradient", "Memory of a step"), tuple(rows))


def measure_gradient_noise() -> GradientNoise:
    """Compare gradients of 30 random batches of each size with the gradient of 5,000 images, at fresh weights."""
    data = load_splits(TrainConfig(training_size=_NOISE_IMAGES))
    inputs, labels = normalise(data.train.images, data.normalisation), data.train.labels
    network = NumpyMLP(TrainConfig(backend="numpy", hidden_size=64))
    network.initialise(np.random.default_rng(0))
    whole, _ = batch_gradient(network, inputs, labels)
    random = np.random.default_rng(0)
    noise, memory = [], []
    for size in BATCH_SIZES:
        batches = (random.choice(len(labels), size, replace=False) for _ in range(_NOISE_BATCHES))
        gradients = [batch_gradient(network, inputs[batch], labels[batch]) for batch in batches]
        distances = [np.linalg.norm(gradient - whole) for gradient, _ in gradients]
        noise.append(float(np.mean(distances) / np.linalg.norm(whole)))
        memory.append(gradients[0][1])
    return GradientNoise(BATCH_SIZES, np.array(noise), np.array(memory))


def batch_gradient(network: NumpyMLP, inputs: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[Floats, int]:
    """Gradient of the mean cross entropy as one vector ``(P,)``, and the bytes that the batch leaves for the way back.

    Parameters
    ----------
    inputs
        float32, shape ``(B, 784)``.
    """
    passed = network.forward(inputs)
    memory = sum(array.nbytes for array in (*passed.inputs, passed.logits))
    network.backward(passed, np.eye(passed.logits.shape[1], dtype=np.float32)[labels])
    return network.flat_gradient.astype(np.float64), memory


@dataclass(frozen=True, eq=False)
class SortedTraining:
    """The result of images in the order of their labels, without shuffling.

    Parameters
    ----------
    accuracies
        Validation accuracy with each seed, 0–1, float64, shape ``(S,)``.
    readings
        How often each class is read, over all seeds: int64, shape ``(K,)``.
    """

    accuracies: Floats
    readings: NDArray[np.int64]

    @property
    def favourite(self) -> int:
        """The class that is read most often."""
        return int(self.readings.argmax())

    @property
    def favourite_share(self) -> float:
        """How often that is, 0–1."""
        return float(self.readings.max() / self.readings.sum())

    def table(self) -> Table:
        """One row."""
        row = (
            "Sorted by label, not shuffled",
            f"{percent(float(self.accuracies.mean()))}",
            f"{self.favourite} ({self.favourite_share:.0%})",
        )
        return Table(("", "Validation accuracy", "What it reads most often"), (row,))


def measure_sorted_training(config: TrainConfig, seeds: Sequence[int]) -> SortedTraining:
    """Train on all 0s first, then all 1s, … in every epoch."""
    from core.training.events import EpochCompleted
    from core.training.fit import fit

    splits = load_splits(config)
    order = np.argsort(splits.train.labels, kind="stable")
    in_order = replace(splits, train=splits.train.subset(order))
    counts = []
    for seed in seeds:
        events = fit(config.replace(shuffle=False, seed=seed), in_order)
        counts.append([event.metrics.confusion for event in events if isinstance(event, EpochCompleted)][-1])
    confusion = np.array(counts)
    correct = confusion.trace(axis1=1, axis2=2) / confusion.sum(axis=(1, 2))
    return SortedTraining(correct, confusion.sum(axis=(0, 1)))


@dataclass(frozen=True)
class LoaderTiming:
    """Seconds that one pass over ``images`` training images takes, the training itself left out.

    Parameters
    ----------
    ways
        How batches were made, and the best of three passes.
    complete, reordered
        Whether each pass of a DataLoader gave every image once, and two passes gave two orders.
    """

    images: int
    ways: tuple[tuple[str, float], ...]
    complete: bool
    reordered: bool

    def table(self) -> Table:
        """One row a way."""
        fastest = min(seconds for _, seconds in self.ways)
        rows = tuple(
            (name, f"{seconds * 1e3:.0f} ms", f"{seconds / fastest:.1f} ×", f"{self.images / seconds:,.0f}")
            for name, seconds in self.ways
        )
        return Table((f"{self.images:,} images", "Time", "Of the fastest", "Images per second"), rows)


def measure_loaders() -> LoaderTiming:
    """Time three ways to cut training images into shuffled batches."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    data = load_splits(TrainConfig(training_size=_LOADER_IMAGES))
    x = torch.from_numpy(normalise(data.train.images, data.normalisation))
    y = torch.arange(len(x))
    images, (mean, std) = data.train.images, (data.normalisation.mean, data.normalisation.std)

    def one_by_one(batch: list[int]) -> "tuple[Tensor, Tensor]":
        pixels = [torch.tensor(images[index]).float().div(255).sub(mean).div(std) for index in batch]
        return torch.stack(pixels), torch.tensor(batch)

    def slices() -> "Iterator[tuple[Tensor, Tensor]]":
        order = torch.randperm(len(x))
        return ((x[part], y[part]) for part in order.split(_LOADER_BATCH))

    loader: Any = DataLoader(TensorDataset(x, y), batch_size=_LOADER_BATCH, shuffle=True)
    transforming: Any = DataLoader(range(len(x)), batch_size=_LOADER_BATCH, shuffle=True, collate_fn=one_by_one)  # type: ignore[arg-type]
    orders = [torch.cat([chosen for _, chosen in loader]) for _ in range(2)]
    ways = {
        "Tensor slices": slices,
        "DataLoader": lambda: iter(loader),
        "DataLoader with transform": lambda: iter(transforming),
    }
    return LoaderTiming(
        len(x),
        tuple((name, _seconds_of(batches)) for name, batches in ways.items()),
        complete=all(torch.equal(order.sort().values, y) for order in orders),
        reordered=not torch.equal(*orders),
    )


def _seconds_of(batches: "Callable[[], Iterator[tuple[Tensor, Tensor]]]") -> float:
    passes = []
    for _ in range(3):
        started = time.perf_counter()
        for _batch in batches():
            pass
        passes.append(time.perf_counter() - started)
    return min(passes)


@dataclass(frozen=True, eq=False)
class ClassCounts:
    """How many of all images each class has: int64, shape ``(K,)``."""

    counts: NDArray[np.int64]

    @property
    def ratio(self) -> float:
        """The largest class in terms of the smallest."""
        return float(self.counts.max() / self.counts.min())

    def table(self) -> Table:
        """One row, one column a class."""
        columns = ("Digit", *map(str, range(len(self.counts))))
        return Table(columns, (("Images", *(f"{count:,}" for count in self.counts)),))


def count_classes() -> ClassCounts:
    """Count the labels of all 70,000 images."""
    return ClassCounts(class_balance(load_splits(TrainConfig())).counts.sum(axis=0))
