"""What is known of images before they are kept: counts, duplicates, overlap, and whatever looks odd."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import ImageDataset, SourceDataset
from core.data.importing.form import Form
from core.data.overlap import fingerprints
from core.data.purpose import Purpose

DIMMEST_RANGE = 128
"""Images whose brightest pixel lies below were hardly meant to be seen on a scale of 0–255."""
RAREST_SHARE = 0.2
"""A class with fewer than this share of the images of the largest one is called rare."""
_NAMED = 5


@dataclass(frozen=True, eq=False)
class ImportReport:
    """What the checks of an import found.

    Parameters
    ----------
    images, test_images
        How many there are to train and validate on, and in a test set of its own (0: there is none).
    class_counts
        int64, shape ``(K,)``: images of each class to train on, in the order of ``class_names``; of a set for testing
        only, to test on.
    duplicates
        Such images that are identical to an earlier one, pixel by pixel.
    overlap
        Test images that are identical to a training image.
    inverted
        Whether the images, or those of one part, came as dark ink on light paper and were inverted.
    problems
        Sentences about what was changed and what is unusual but does not forbid the import; empty where nothing is.
    notes
        Those of them that the reader has said.
    left_out
        A sentence about each file that could not be read, which is named in it.
    """

    images: int
    test_images: int
    class_names: tuple[str, ...]
    class_counts: NDArray[np.int64]
    duplicates: int
    overlap: int
    inverted: bool
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ImportPreview:
    """A dataset that passed every check and is not kept yet: ``Catalogue(home).add(published, title, description)``.

    Parameters
    ----------
    title, description
        Proposals; the user may change both.
    form
        What was done to pictures; None where there were none.
    before
        uint8, shape ``(n, 28, 28)``: the first picture of each class as it was, where that was not all the same.
    """

    published: SourceDataset
    report: ImportReport
    title: str
    description: str
    form: Form | None = None
    before: NDArray[np.uint8] | None = None


def report_on(
    published: SourceDataset, *, inverted: bool = False, notes: Sequence[str] = (), left_out: Sequence[str] = ()
) -> ImportReport:
    """Look through images that are about to be imported.

    Parameters
    ----------
    notes
        Sentences of the reader, which come before those of the checks.
    left_out
        A sentence of the reader about each file that it could not read.
    """
    is_to_train_on = published.purpose is Purpose.TRAINING
    train, test = published.first_images, published.test if is_to_train_on else None
    prints = fingerprints(train.images)
    known = set(prints)
    duplicates = len(prints) - len(known)
    shared = 0 if test is None else sum(print_ in known for print_ in fingerprints(test.images))
    counts = np.bincount(train.labels, minlength=len(train.class_names))
    problems = (
        *notes,
        *(_balance_problems(train.class_names, counts) if is_to_train_on else ()),
        *_image_problems(train, duplicates),
        *_label_problems(prints, train.labels, len(train)),
        *([f"{_images(shared)} of the test set {_is(shared)} in the training set as well."] if shared else []),
    )
    test_images = 0 if published.test is None else len(published.test)
    names = train.class_names
    return ImportReport(
        len(published.train),
        test_images,
        names,
        counts,
        duplicates,
        shared,
        inverted,
        problems,
        tuple(notes),
        tuple(left_out),
    )


def _balance_problems(names: Sequence[str], counts: NDArray[np.int64]) -> list[str]:
    largest = int(counts.max())
    empty = [name for name, count in zip(names, counts, strict=True) if not count]
    rare = [name for name, count in zip(names, counts, strict=True) if 0 < count < RAREST_SHARE * largest]
    problems = []
    if empty:
        problems.append(f"There is no image of {_listed(empty)}: the network cannot learn what it never sees.")
    if rare:
        problems.append(f"{_listed(rare)} {_is(len(rare))} rare: less than a fifth of the largest class.")
    return problems


def _image_problems(train: ImageDataset, duplicates: int) -> list[str]:
    flat = train.images.reshape(len(train), -1)
    lowest, highest = flat.min(axis=1), flat.max(axis=1)
    blank = int((lowest == highest).sum())
    brightest = int(highest.max())
    problems = []
    if brightest < DIMMEST_RANGE:
        problems.append(f"The brightest pixel is {brightest} of 255: the values seem to be on another scale.")
    if blank:
        problems.append(f"{_images(blank)} {_is(blank)} of one colour, without anything on it.")
    if duplicates:
        problems.append(f"{_images(duplicates)} {'repeats' if duplicates == 1 else 'repeat'} an earlier one exactly.")
    return problems


def _label_problems(prints: Sequence[bytes], labels: NDArray[np.int64], count: int) -> list[str]:
    """Identical images under different labels."""
    if len(set(prints)) == count:
        return []
    first: dict[bytes, int] = {}
    at_odds = sum(
        first.setdefault(print_, label) != label for print_, label in zip(prints, labels.tolist(), strict=True)
    )
    if not at_odds:
        return []
    return [f"{_images(at_odds)} {_is(at_odds)} identical to an earlier one that has another label."]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"“{name}”" for name in names[:_NAMED])
    more = len(names) - _NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def counted(count: int, noun: str) -> str:
    """``1 image``, ``2 images``."""
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def was(count: int) -> str:
    """``was`` for one, ``were`` for more."""
    return "was" if count == 1 else "were"


def _images(count: int) -> str:
    return counted(count, "image")


def _is(count: int) -> str:
    return "is" if count == 1 else "are"
