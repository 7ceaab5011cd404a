"""Robustness: digits as they have become, with what networks read."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import ImageDataset
from core.figures.montage import digit_montage
from core.training.probes import probe_positions
from ui.digits.gallery import show_montage
from ui.live.kept import kept_figure
from ui.robustness.subjects import Subject

COLUMNS = 10
_MOST = 20


def examples_of(images: ImageDataset) -> ImageDataset:
    """Up to two images of each class, twenty at most: one of each class first."""
    positions = probe_positions(images.labels, len(images.class_names))
    labels = images.labels[positions]
    # The first of every class, then the second of every class.
    is_second = np.concatenate([[False], labels[1:] == labels[:-1]])
    order = np.argsort(is_second, kind="stable")
    return images.subset(positions[order][:_MOST])


def show_examples(
    shown: NDArray[np.uint8],
    labels: NDArray[np.int64],
    readings: Sequence[tuple[Subject, NDArray[np.int64]]],
    *,
    key: str,
    alt: str,
    columns: int = COLUMNS,
    names: Sequence[str] | None = None,
) -> None:
    """A grid of digits, each with what the first network reads below it, and what every one reads on hover.

    Parameters
    ----------
    shown
        uint8, shape ``(N, 28, 28)``.
    labels
        int64, shape ``(N,)``: the true ones.
    readings
        A subject and the labels that it reads, ``(N,)``.
    names
        N texts that stand before what is read.
    """
    first, read = readings[0]
    classes = first.run.class_names
    captions = [classes[label] for label in read]
    if names is not None:
        captions = [f"{name}: {caption}" for name, caption in zip(names, captions, strict=True)]
    hover = [
        "<br>".join(
            [f"label {classes[label]}"]
            + [f"{subject.label} reads {subject.run.class_names[said[place]]}" for subject, said in readings]
        )
        for place, label in enumerate(labels)
    ]
    marks = ["right" if is_right else "wrong" for is_right in read == labels]
    figure = kept_figure(digit_montage, shown, hover, columns=columns, marks=marks, captions=captions)
    show_montage(figure, key=key, alt=alt)
