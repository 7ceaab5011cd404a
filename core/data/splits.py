"""Training, validation and test images out of what was published."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.config import Scaling, Split, TrainConfig
from core.data.corrected import check_corrections, with_corrections
from core.data.dataset import ImageDataset, Normalisation, Splits
from core.errors import DataError

MOST_HELD_OUT, MOST_HELD_OUT_IN_ORDER = 0.2, 1 / 3
"""The largest share of the images that validation, or a test set of one's own making, takes."""

_DEFAULTS = TrainConfig()
_IMAGES_PER_CHUNK = 400


def make_splits(train: ImageDataset, test: ImageDataset | None, config: TrainConfig = _DEFAULTS) -> Splits:
    """Set validation images aside, and test images where there is no test set of its own; prepare the rest.

    Which images are held out depends on ``split``, ``split_seed`` and the sizes alone: ``stratified`` takes the same
    share of every class, ``random`` any images, ``in_order`` keeps the first for training, the next for validation
    and the last for the test. Sizes are upper limits: neither part takes more than a fifth of the images, or a third
    where the split is in order. ``training_size`` takes a part of what is left in the same way. Every part keeps the
    order of the file. Imbalance, label noise and corrections touch the training images only: runs with and without them
    are measured on the same images, and a corrected label is free of noise.

    Raises
    ------
    DataError
        If there are not enough images, or the corrections are of other images.
    """
    check_corrections(train, config.corrections)
    has_own_test = test is not None
    if test is None:
        rest, held_out = _hold_out(train, held_out_size(config.test_size, len(train), config.split), config)
        train, test = train.subset(rest), _read_only(train.subset(held_out))
    validation_size = held_out_size(config.validation_size, len(train), config.split)
    if config.split == "in_order":
        # What stands before the validation images is the training set, so that "the first 1,000" are just that.
        limit = config.training_size + validation_size
        train = train.subset(np.arange(limit)) if limit < len(train) else train
    kept, held_out = _hold_out(train, validation_size, config)
    training = _prepared(train.subset(kept), config)
    validation = _read_only(train.subset(held_out))
    return Splits(training, validation, test, scaling_of(training.images, config.normalisation), has_own_test)


def before_preparing(config: TrainConfig) -> TrainConfig | None:
    """The config whose training images are all that those of this one are chosen from; None where there is none.

    :func:`prepared_from` makes the splits of this one out of its own.
    """
    if config.split == "in_order" or config.corrections:
        # The number of training images decides where validation begins; corrections are checked with all images.
        return None
    names = ("training_size", "normalisation", "label_noise", "imbalance")
    return config.replace(**{name: getattr(_DEFAULTS, name) for name in names})


def prepared_from(whole: Splits, config: TrainConfig) -> Splits:
    """What :func:`make_splits` makes of a config, out of the splits of :func:`before_preparing`.

    Validation and test images are the very same arrays, and so are the training images where none is left out.
    """
    training = _prepared(whole.train, config)
    scaling = scaling_of(training.images, config.normalisation)
    return Splits(training, whole.validation, whole.test, scaling, whole.has_own_test)


def held_out_size(size: int, images: int, split: Split) -> int:
    """How many of this many images validation, or a test set of one's own making, really takes."""
    most = MOST_HELD_OUT_IN_ORDER if split == "in_order" else MOST_HELD_OUT
    return min(size, max(1, int(images * most)))


def scaling_of(images: NDArray[np.uint8], kind: Scaling) -> Normalisation:
    """The normalisation that brings pixels to the scale that the network sees.

    ``standardise`` to mean 0 and deviation 1 over these images, ``zero_one``, ``minus_one_one``, or ``none``, which
    leaves them at 0 … 255.
    """
    if kind == "standardise":
        return normalisation_of(images)
    return {"zero_one": Normalisation(0.0, 1.0), "minus_one_one": Normalisation(0.5, 0.5)}.get(
        kind, Normalisation(0.0, 1 / 255)
    )


def with_label_noise(dataset: ImageDataset, share: float, seed: int) -> ImageDataset:
    """The same images, a share of them (0–1) under another label, drawn evenly from the others."""
    if not share:
        return dataset
    generator = np.random.default_rng([seed, 1])
    wrong = generator.permutation(len(dataset))[: round(share * len(dataset))]
    labels = dataset.labels.copy()
    classes = len(dataset.class_names)
    labels[wrong] = (labels[wrong] + generator.integers(1, classes, len(wrong))) % classes
    return replace(dataset, labels=labels)


def imbalanced_positions(labels: NDArray[np.int64], classes: int, imbalance: float, seed: int) -> NDArray[np.int64]:
    """Positions that are left, sorted, when classes become rarer from the first to the last.

    The first class keeps all its images and the last a share of ``1 - imbalance``; those between fall geometrically.
    """
    generator = np.random.default_rng([seed, 2])
    kept = []
    for label in range(classes):
        positions = generator.permutation(np.flatnonzero(labels == label))
        share = (1 - imbalance) ** (label / max(1, classes - 1))
        kept.append(positions[: math.ceil(share * len(positions))])
    return np.sort(np.concatenate(kept))


def stratified_split(
    labels: NDArray[np.int64], held_out: int, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hold out some positions at random so that every class loses the same share.

    Parameters
    ----------
    labels
        int64, shape ``(N,)``.
    held_out
        How many, ``0 … N``. What does not divide evenly goes to the classes with the largest remainders.

    Returns
    -------
    kept, held_out
        int64, shapes ``(N - held_out,)`` and ``(held_out,)``, each sorted; together ``0 … N-1``.

    Raises
    ------
    DataError
        If more are to be held out than there are.
    """
    if not 0 <= held_out <= len(labels):
        raise DataError(f"{held_out:,} images cannot be set aside from {len(labels):,}.")
    generator = np.random.default_rng(seed)
    chosen = np.zeros(len(labels), dtype=bool)
    classes = np.unique(labels)
    for label, count in zip(classes, _quotas(labels, classes, held_out), strict=True):
        chosen[generator.permutation(np.flatnonzero(labels == label))[:count]] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def random_split(count: int, held_out: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hold out some positions at random, whatever their class; sorted, together ``0 … count-1``."""
    order = np.random.default_rng(seed).permutation(count)
    return np.sort(order[held_out:]), np.sort(order[:held_out])


def normalisation_of(images: NDArray[np.uint8]) -> Normalisation:
    """Mean and standard deviation of all pixels on the 0–1 scale, from exact integer sums.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``. Without images, or with one value everywhere, the deviation is 1.
    """
    total = squares = 0
    for start in range(0, len(images), _IMAGES_PER_CHUNK):
        chunk = images[start : start + _IMAGES_PER_CHUNK]
        total += int(chunk.sum(dtype=np.uint32))
        squares += int(np.square(chunk, dtype=np.uint16).sum(dtype=np.uint64))
    count = max(images.size, 1)
    variance = (squares * count - total * total) / (count * count)
    return Normalisation(total / count / 255, math.sqrt(variance) / 255 or 1.0)


def _hold_out(dataset: ImageDataset, size: int, config: TrainConfig) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions that stay and positions that are set aside."""
    count = len(dataset)
    if count < 2:
        too_few = "1 image is" if count == 1 else f"{count} images are"
        raise DataError(f"{too_few} too few to set some aside for validation.")
    if config.split == "in_order":
        first = count - size
        return np.arange(first), np.arange(first, count)
    if config.split == "random":
        return random_split(count, size, config.split_seed)
    return stratified_split(dataset.labels, size, config.split_seed)


def _prepared(training: ImageDataset, config: TrainConfig) -> ImageDataset:
    """Training images as a network sees them, out of all that are not held out."""
    training = with_label_noise(_thin_out(training, config), config.label_noise, config.split_seed)
    return _read_only(with_corrections(training, config.corrections))


def _thin_out(training: ImageDataset, config: TrainConfig) -> ImageDataset:
    """Make classes rarer, then take a part of what is left, as far as the config says so."""
    if config.imbalance:
        classes = len(training.class_names)
        training = training.subset(imbalanced_positions(training.labels, classes, config.imbalance, config.split_seed))
    if config.training_size >= len(training):
        return training
    if config.split == "in_order":
        return training.subset(np.arange(config.training_size))
    if config.split == "random":
        return training.subset(random_split(len(training), config.training_size, config.split_seed)[1])
    return training.subset(stratified_split(training.labels, config.training_size, config.split_seed)[1])


def _quotas(labels: NDArray[np.int64], classes: NDArray[np.int64], held_out: int) -> list[int]:
    """How many of each class are held out: shares rounded down, the rest by largest remainder."""
    counts = [int((labels == label).sum()) for label in classes]
    quotas = [held_out * count // max(len(labels), 1) for count in counts]
    remainders = [held_out * count % max(len(labels), 1) for count in counts]
    by_remainder = sorted(range(len(classes)), key=lambda index: -remainders[index])
    for index in by_remainder[: held_out - sum(quotas)]:
        quotas[index] += 1
    return quotas


def _read_only(dataset: ImageDataset) -> ImageDataset:
    """The same dataset, its arrays protected: it is shared by all sessions of a server."""
    for array in (dataset.images, dataset.labels, dataset.file_indices):
        array.setflags(write=False)
    return dataset
