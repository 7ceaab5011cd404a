"""What older methods make of the same images: the bar that a network has to clear."""

import json
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.analysis.accuracy import share_correct
from core.atomic import write_atomically
from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import SourceDataset, Splits
from core.data.splits import stratified_split
from core.drawings.preprocessing import normalise
from core.errors import DataError
from core.models.numpy_model import NumpyModel

NETWORK_SECONDS = 60.0
"""Longer than that no network is trained for comparison."""


@dataclass(frozen=True)
class Baseline:
    """A method, and how many training images it gets: what it can take in about a quarter of a minute."""

    name: str
    title: str
    explanation: str
    most_images: int
    build: Callable[[int], Any]


@dataclass(frozen=True)
class BaselineResult:
    """What a method reached.

    Parameters
    ----------
    images, validation_images
        Training images that it was given, and validation images that it read.
    fit_seconds, predict_seconds
        Time of learning from them, and of reading the validation images.
    val_accuracy
        On the run's own validation images, 0–1.
    """

    name: str
    images: int
    validation_images: int
    fit_seconds: float
    predict_seconds: float
    val_accuracy: float


def _neighbours(_seed: int) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(3, algorithm="brute")


def _logistic(seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.01, max_iter=100, random_state=seed)


def _forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(100, random_state=seed)


def _machine(seed: int) -> Any:
    from sklearn.svm import SVC

    return SVC(C=10, gamma="scale", random_state=seed)


BASELINES: Mapping[str, Baseline] = MappingProxyType(
    {
        baseline.name: baseline
        for baseline in (
            Baseline("logistic", "Logistic regression", "A network without hidden layers.", 20_000, _logistic),
            Baseline("forest", "Random forest", "100 trees that vote.", 20_000, _forest),
            Baseline(
                "neighbours", "Nearest neighbours", "The label of the 3 most similar images.", 20_000, _neighbours
            ),
            Baseline("svm", "Support vector machine", "The widest margin, by a Gaussian kernel.", 5_000, _machine),
        )
    }
)


def run_baseline(name: str, config: TrainConfig, published: SourceDataset | None = None) -> BaselineResult:
    """Fit one method on a run's own training images, a stratified part of them where there are too many for it.

    Runs in a worker.

    Parameters
    ----------
    published
        The config's images, where they do not come with the product.

    Raises
    ------
    DataError
        If there are images of one class only, or none to measure on.
    """
    from sklearn.exceptions import ConvergenceWarning

    baseline = BASELINES[name]
    splits = load_splits(config, published=published)
    chosen = _chosen(splits, baseline.most_images, config.split_seed)
    labels = splits.train.labels[chosen]
    if len(np.unique(labels)) < 2:
        raise DataError("A method needs training images of at least two classes.")
    model, validation = baseline.build(config.seed), splits.validation
    started = time.perf_counter()
    with warnings.catch_warnings():
        # That it stops before it has settled is the time box of logistic regression.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(normalise(splits.train.images[chosen], splits.normalisation), labels)
    fitted = time.perf_counter()
    predicted = model.predict(normalise(validation.images, splits.normalisation))
    ended = time.perf_counter()
    accuracy = share_correct(predicted, validation.labels)
    return BaselineResult(name, len(chosen), len(validation), fitted - started, ended - fitted, accuracy)


def network_sizes(train_images: int, seconds: float) -> tuple[int, ...]:
    """How many images a network of the run’s settings learns from as well, so that a method is compared with its like.

    Parameters
    ----------
    train_images, seconds
        What the run learned from, and how long that took.
    """
    sizes = sorted({baseline.most_images for baseline in BASELINES.values()})
    return tuple(size for size in sizes if size < train_images and seconds * size / train_images <= NETWORK_SECONDS)


def network_name(images: int) -> str:
    """What the result of :func:`run_network` is called."""
    return f"network-{images}"


def run_network(images: int, config: TrainConfig, published: SourceDataset | None = None) -> BaselineResult:
    """Train a config’s network on the very images that a method gets which can take this many; runs in a worker.

    It begins with fresh weights and learns from no other network: those have seen more images.

    Raises
    ------
    DataError
        If the images are missing or damaged.
    TrainingError
        If the loss ceases to be a number.
    """
    from core.training.events import EpochCompleted
    from core.training.fit import fit

    config = config.replace(start_from="", teacher="")
    splits = load_splits(config, published=published)
    few = splits.train.subset(_chosen(splits, images, config.split_seed))
    weights: Mapping[str, NDArray[np.float32]] = {}
    started = time.perf_counter()
    for event in fit(config, replace(splits, train=few)):
        if isinstance(event, EpochCompleted):
            weights = event.checkpoint.kept_weights
    fitted, validation = time.perf_counter(), splits.validation
    model = NumpyModel(network_name(images), config, weights, splits.normalisation, few.class_names)
    predicted = model.probabilities(validation.images).argmax(axis=1)
    ended = time.perf_counter()
    accuracy = share_correct(predicted, validation.labels)
    return BaselineResult(model.run_id, len(few), len(validation), fitted - started, ended - fitted, accuracy)


def read_results(path: Path) -> dict[str, BaselineResult]:
    """Results by name, kept by :func:`write_results`; empty if there are none that can be read."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        return {name: BaselineResult(**result) for name, result in plain.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_results(path: Path, results: Mapping[str, BaselineResult]) -> None:
    """Keep results for the next start. A disk that refuses costs the time of computing them again."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        plain = {name: asdict(result) for name, result in results.items()}
        write_atomically(path, json.dumps(plain).encode())


def _chosen(splits: Splits, most: int, seed: int) -> NDArray[np.int64]:
    """Positions of the training images that a method gets."""
    if len(splits.train) <= most:
        return np.arange(len(splits.train))
    return stratified_split(splits.train.labels, most, seed)[1]
