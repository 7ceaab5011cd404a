"""Training images with the labels that somebody has corrected; the published ones stay as they are."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.corrections import Correction, read_corrections
from core.data.dataset import ImageDataset
from core.errors import DataError


def check_corrections(published: ImageDataset, text: str) -> None:
    """Make sure that corrections were made for these images.

    Parameters
    ----------
    published
        All images of the training file, as they were published.
    text
        See :mod:`core.corrections`.

    Raises
    ------
    DataError
        If an image is not there, was published as another class, or is corrected to a class that there is not.
    """
    corrections = read_corrections(text)
    found = _present(published, corrections)
    labels, classes = {each.index: int(published.labels[place]) for place, each in found}, len(published.class_names)
    for correction in corrections:
        if correction.index not in labels:
            what = f"there is no image {correction.index:,}"
        elif labels[correction.index] != correction.published:
            what = f"image {correction.index:,} is class {labels[correction.index]}, not {correction.published}"
        elif correction.label is not None and correction.label >= classes:
            what = f"there is no class {correction.label}"
        else:
            continue
        raise DataError(f"The corrected labels belong to another dataset: {what}. Leave them out, or make new ones.")


def with_corrections(dataset: ImageDataset, text: str) -> ImageDataset:
    """The images with corrected labels, without those that are left out; corrections of other images change nothing.

    Raises
    ------
    DataError
        If no image is left.
    """
    if not text:
        return dataset
    corrections = read_corrections(text)
    labels = dataset.labels.copy()
    for position, correction in _present(dataset, corrections):
        if correction.label is not None:
            labels[position] = correction.label
    left_out = [correction.index for correction in corrections if correction.label is None]
    kept = np.flatnonzero(~np.isin(dataset.file_indices, left_out))
    if not len(kept):
        raise DataError("The corrections leave no image to learn from: leave out fewer.")
    return replace(dataset, labels=labels).subset(kept)


def _present(dataset: ImageDataset, corrections: Sequence[Correction]) -> list[tuple[int, Correction]]:
    """Corrections of images that are there, with their positions."""
    by_index = {correction.index: correction for correction in corrections}
    positions = np.flatnonzero(np.isin(dataset.file_indices, list(by_index)))
    return [(int(position), by_index[int(dataset.file_indices[position])]) for position in positions]
