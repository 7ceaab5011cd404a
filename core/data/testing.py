"""The images that a run is tested on: its own test set, or another dataset."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.config import TrainConfig
from core.data.catalogue import Catalogue, load_splits
from core.data.class_names import with_class_names
from core.data.dataset import ImageDataset
from core.data.overlap import fingerprints
from core.errors import DataError


class Part(StrEnum):
    """Which images of a dataset a run is tested on."""

    TEST_SET = "test_set"
    """The test set with which it was published."""

    HELD_OUT = "held_out"
    """Those that were set aside from the run's own images."""

    WHOLE = "whole"
    """All of them: there is no test set apart, and the run learned from other images."""


@dataclass(frozen=True, eq=False)
class TestImages:
    """Images to test a run on.

    Parameters
    ----------
    images
        Labels count the classes of the run; some of those may have no image.
    part
        Which part of the dataset they are.
    is_own
        Whether they are the run's own test set.
    """

    images: ImageDataset
    part: Part
    is_own: bool

    @property
    def words(self) -> str:
        """Which images they are, for a sentence: ``all 50 images``, ``the 10,000 images of the test set``."""
        count = f"{len(self.images):,} image{'' if len(self.images) == 1 else 's'}"
        return {
            Part.WHOLE: f"all {count}",
            Part.TEST_SET: f"the {count} of the test set",
            Part.HELD_OUT: f"{count} held out",
        }[self.part]


def images_to_test_on(
    config: TrainConfig, class_names: tuple[str, ...], dataset: str, home: Path | None = None
) -> TestImages:
    """The images of a dataset on which a run can be tested.

    Parameters
    ----------
    config, class_names
        Of the run.
    dataset
        The run's own, or any other whose classes the run knows. Without a test set apart, another is used whole.

    Raises
    ------
    DataError
        If there is no such dataset, or it has classes that the run does not know.
    """
    if dataset == config.dataset:
        splits = load_splits(config, home)
        part = Part.TEST_SET if splits.has_own_test else Part.HELD_OUT
        return TestImages(with_class_names(splits.test, class_names), part, is_own=True)
    published = Catalogue(home).load(dataset)
    is_apart = published.test is not None and len(published.train) > 0
    images = published.test if is_apart and published.test is not None else published.first_images
    images = with_class_names(images, class_names)
    return TestImages(images, Part.TEST_SET if is_apart else Part.WHOLE, is_own=_is_own(config, images, home))


def seen_in_training(configs: Sequence[TrainConfig], images: ImageDataset, home: Path | None = None) -> int:
    """How many of these images a run has learned from or was chosen by; none of those that are gone.

    Parameters
    ----------
    configs
        Of the run, and of those that it started from.
    """
    known: set[bytes] = set()
    for config in configs:
        with suppress(DataError):
            splits = load_splits(config, home)
            known.update(fingerprints(splits.train.images), fingerprints(splits.validation.images))
    return sum(print_ in known for print_ in fingerprints(images.images))


def _is_own(config: TrainConfig, images: ImageDataset, home: Path | None) -> bool:
    """Whether these are the run's own test images, imported once more under another name."""
    try:
        return load_splits(config, home).test.digest == images.digest
    except DataError:
        # They have been deleted: there is nothing left to be looked at again.
        return False
