"""Whether images that were read are kept to train on, or to test on only."""

from dataclasses import replace

import numpy as np

from core.data.dataset import ImageDataset, SourceDataset
from core.data.importing.report import ImportPreview, report_on
from core.data.purpose import Purpose
from core.errors import DataError

FEWEST_IMAGES = 10
"""To train on: below, nothing is left after some have been set aside to validate and test with."""
_MOST_NAMED = 5


def kept_for(preview: ImportPreview, purpose: Purpose | None = None) -> ImportPreview:
    """The preview for training, or with all images in one test set.

    Parameters
    ----------
    purpose
        If None, what is too small, or lacks classes and has no test set of its own, is kept for testing only, and the
        report says so.

    Raises
    ------
    DataError
        If it is to be trained on and cannot be.
    """
    reason = why_not_trained_on(preview)
    if purpose is Purpose.TRAINING:
        if reason:
            raise DataError(f"{reason} Keep them for testing only.")
        return preview
    # Whoever sets a test set apart means to train on the rest.
    if purpose is None and not reason and preview.published.test is None:
        reason = _classes_that_lack(preview)
    if purpose is Purpose.TESTING or reason:
        return _for_testing(preview, f"{reason} They are kept for testing only." if reason else "")
    return preview


def why_not_trained_on(preview: ImportPreview) -> str:
    """Why no network can learn from these images, as a sentence; empty if one can."""
    train = preview.published.train
    images, labels = len(train), np.unique(train.labels)
    if not images:
        return "There are test images only."
    if images < FEWEST_IMAGES:
        there_are = "There is 1 image" if images == 1 else f"There are {images} images"
        return f"{there_are}; at least {FEWEST_IMAGES} are needed to train on."
    return f"All images are of one class, “{train.class_names[labels[0]]}”." if len(labels) == 1 else ""


def _classes_that_lack(preview: ImportPreview) -> str:
    """Which classes have no image to train on, as a sentence; empty if all have."""
    train = preview.published.train
    counts = np.bincount(train.labels, minlength=len(train.class_names))
    empty = [f"“{name}”" for name, count in zip(train.class_names, counts, strict=True) if not count]
    if not empty:
        return ""
    more = f" and {len(empty) - _MOST_NAMED} more" if len(empty) > _MOST_NAMED else ""
    return f"There is no image of {', '.join(empty[:_MOST_NAMED])}{more} to train on."


def _for_testing(preview: ImportPreview, note: str) -> ImportPreview:
    """All images in one test set, which is used whole."""
    train, test = preview.published.train, preview.published.test
    parts = [part for part in (train, test) if part is not None and len(part)]
    images, labels = (np.concatenate([getattr(part, name) for part in parts]) for name in ("images", "labels"))
    for array in (images, labels):
        array.setflags(write=False)
    whole = ImageDataset(train.name, images, labels, train.class_names)
    published = SourceDataset(train.subset(np.arange(0)), whole)
    notes = [*preview.report.notes, *([note] if note else [])]
    before = preview.report
    report = report_on(published, inverted=before.inverted, notes=notes, left_out=before.left_out)
    return replace(preview, published=published, report=report)
