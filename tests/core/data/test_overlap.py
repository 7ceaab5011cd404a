"""Overlap between the parts of a split, held to plain counting."""

from collections import Counter

import numpy as np

from core.config import TrainConfig
from core.data.dataset import ImageDataset
from core.data.overlap import overlap
from core.data.splits import make_splits
from tests.core.data.importing.builders import digits


def dataset(images: np.ndarray, labels: np.ndarray) -> ImageDataset:
    return ImageDataset("made up", images, labels)


def test_mnist_is_clean_between_its_parts(mnist_train: ImageDataset, mnist_test: ImageDataset) -> None:
    splits = make_splits(mnist_train, mnist_test, TrainConfig())
    report = overlap(splits)
    assert report.is_clean
    everything = [image.tobytes() for part in (splits.train, splits.validation, splits.test) for image in part.images]
    assert len(set(everything)) == 70_000 - report.duplicates


def test_overlap_between_all_three_parts() -> None:
    images, labels = digits(40)
    images[1] = images[0]
    config = TrainConfig(validation_size=10)
    splits = make_splits(dataset(images, labels), dataset(images[10:13], labels[10:13]), config)
    report = overlap(splits)
    train, validation, test = (
        [image.tobytes() for image in part.images] for part in (splits.train, splits.validation, splits.test)
    )
    assert report.validation_in_train == sum(image in train for image in validation)
    assert report.test_in_train == sum(image in train for image in test)
    assert report.test_in_validation == sum(image in validation for image in test)
    assert report.test_in_train + report.test_in_validation == 3
    assert report.duplicates == sum(count - 1 for count in Counter(train).values())
    assert not report.is_clean
