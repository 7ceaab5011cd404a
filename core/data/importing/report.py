"""What is known of images before they are kept: counts, duplicates, overlap, and whatever looks odd."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import Published, Splits


@dataclass(frozen=True, eq=False)
class ImportReport:
    """What the checks of an import found.

    Parameters
    ----------
    images, test_images
        How many there are to train and validate on, and in a test set of its own (0: there is none).
    class_counts
        int64, shape ``(K,)``: training images of each class, in the order of ``class_names``.
    duplicates
        Training images that are identical to an earlier one, pixel by pixel.
    overlap
        Test images that are identical to a training image.
    inverted
        Whether the images came as dark ink on light paper and were turned round.
    problems
        Sentences about what is unusual but does not forbid the import; empty where nothing is.
    """

    images: int
    test_images: int
    class_names: tuple[str, ...]
    class_counts: NDArray[np.int64]
    duplicates: int
    overlap: int
    inverted: bool
    problems: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class ImportPreview:
    """A data set that passed every check and is not kept yet: ``Catalogue(home).add(published, title, description)``.

    Parameters
    ----------
    title, description
        Proposals; the user may change both.
    """

    published: Published
    report: ImportReport
    title: str
    description: str


@dataclass(frozen=True)
class OverlapReport:
    """How many images of a later part are identical to one of an earlier part.

    Parameters
    ----------
    duplicates
        Training images that are identical to an earlier training image.
    """

    validation_in_train: int
    test_in_train: int
    test_in_validation: int
    duplicates: int

    @property
    def is_clean(self) -> bool:
        """Whether no part holds an image of another."""
        return not (self.validation_in_train or self.test_in_train or self.test_in_validation)


def overlap(splits: Splits) -> OverlapReport:
    """Count identical images within and between the parts of a split.

    About 0.2 s for MNIST.
    """
    raise NotImplementedError


def report_on(published: Published, *, inverted: bool = False, notes: tuple[str, ...] = ()) -> ImportReport:
    """Look through images that are about to be imported.

    Parameters
    ----------
    notes
        Sentences of the reader, which come before those of the checks.
    """
    raise NotImplementedError
