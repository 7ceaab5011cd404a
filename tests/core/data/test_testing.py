"""Which images a run is tested on."""

from pathlib import Path

import numpy as np
import pytest

from core.config import TrainConfig
from core.data.catalogue import Catalogue
from core.data.dataset import DIGIT_NAMES, ImageDataset, SourceDataset
from core.data.testing import Part, images_to_test_on, seen_in_training
from core.errors import DataError

MNIST = TrainConfig()


def some(images: ImageDataset, names: tuple[str, ...], labels: tuple[int, ...], count: int = 40) -> ImageDataset:
    """The first images of some labels under other names."""
    chosen = np.flatnonzero(np.isin(images.labels, labels))[:count]
    places = np.array([labels.index(label) for label in images.labels[chosen]])
    return ImageDataset("some", images.images[chosen], places, names)


def test_its_own_test_set(mnist_test: ImageDataset, tmp_path: Path) -> None:
    tested = images_to_test_on(MNIST, DIGIT_NAMES, "mnist", tmp_path)
    assert (tested.part, tested.is_own, tested.images.digest) == (Part.TEST_SET, True, mnist_test.digest)
    assert tested.words == "the 10,000 images of the test set"


def test_what_was_held_out_of_its_own_images(tmp_path: Path) -> None:
    config = TrainConfig(dataset="sklearn-digits")
    tested = images_to_test_on(config, DIGIT_NAMES, "sklearn-digits", tmp_path)
    assert (tested.part, tested.is_own, len(tested.images)) == (Part.HELD_OUT, True, 359)
    assert tested.words == "359 images held out"


@pytest.mark.slow
def test_another_dataset_without_a_test_set_is_used_whole(tmp_path: Path) -> None:
    tested = images_to_test_on(MNIST, DIGIT_NAMES, "sklearn-digits", tmp_path)
    assert (tested.part, tested.is_own, tested.words) == (Part.WHOLE, False, "all 1,797 images")
    assert seen_in_training([MNIST], tested.images, tmp_path) == 0


@pytest.mark.slow
def test_a_few_classes_that_are_called_otherwise(mnist_test: ImageDataset, tmp_path: Path) -> None:
    few = some(mnist_test, ("Seven", "digit 2"), (7, 2))
    for published in (SourceDataset(few), SourceDataset(few.subset(np.arange(0)), few)):
        name = Catalogue(tmp_path).add(published, "Few", "").name
        tested = images_to_test_on(MNIST, DIGIT_NAMES, name, tmp_path)
        assert (tested.part, tested.is_own) == (Part.WHOLE, False)
        kept = mnist_test.labels[np.isin(mnist_test.labels, (7, 2))][:40]
        np.testing.assert_array_equal(tested.images.labels, kept)
        assert tested.images.class_names == DIGIT_NAMES


def test_classes_that_the_run_does_not_know_are_refused(mnist_test: ImageDataset, tmp_path: Path) -> None:
    name = Catalogue(tmp_path).add(SourceDataset(some(mnist_test, ("7", "x"), (7, 2))), "Few", "").name
    with pytest.raises(DataError, match=r"has x; the run has 0, 1, 2 and 7 more\."):
        images_to_test_on(MNIST, DIGIT_NAMES, name, tmp_path)


def test_its_own_test_set_under_another_name_is_its_own(mnist_test: ImageDataset, tmp_path: Path) -> None:
    copy = Catalogue(tmp_path).add(SourceDataset(mnist_test.subset(np.arange(0)), mnist_test), "Copy", "")
    assert images_to_test_on(MNIST, DIGIT_NAMES, copy.name, tmp_path).is_own


@pytest.mark.slow
def test_images_that_it_was_trained_on_are_counted(mnist_train: ImageDataset, tmp_path: Path) -> None:
    seen = mnist_train.subset(np.arange(30))
    assert seen_in_training([MNIST], seen, tmp_path) == 30
    assert seen_in_training([TrainConfig(dataset="gone")], seen, tmp_path) == 0
    assert seen_in_training([TrainConfig(dataset="gone"), MNIST], seen, tmp_path) == 30
