"""The examination of a dataset's labels: its parts, which workers compute, and what they make together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import TEST, VALIDATION, ImageDataset, SourceDataset
from core.explain.kept_results import have_shapes, length_of, read_arrays, write_result
from core.labels.copies import MOST_COPIES, Copies, near_copies
from core.labels.held_out import FOLDS, answers_of_fold, training_images
from core.labels.ranking import MOST_LISTED, rank_labels
from core.stopping import ShouldStop, look, never

HELD_OUT = (VALIDATION, TEST)
"""Splits that are searched for copies of training images."""
Part = int | str
"""What a worker computes at a time: a fold, or the copies in a split."""
PARTS: tuple[Part, ...] = (*range(FOLDS), *HELD_OUT)
PartResult = tuple[NDArray[np.int64], NDArray[np.float32]] | Copies


@dataclass(frozen=True, eq=False)
class Examination:
    """Suspicious labels and near-duplicates, both the most striking first.

    Parameters
    ----------
    images
        How many training images were examined.
    estimate
        How many labels are wrong by confident learning.
    positions, labels, suggested
        int64, shape ``(M,)``: positions in the training split, the published classes, and the most probable ones.
    own, other
        float32, shape ``(M,)``: probability of the published and of the suggested class.
    copies
        int64, shape ``(P, 3)``: which of ``HELD_OUT``, the position there, and the position in training.
    distances
        float64, shape ``(P,)``: see :class:`core.labels.copies.Copies`.
    """

    images: int
    estimate: int
    positions: NDArray[np.int64]
    labels: NDArray[np.int64]
    suggested: NDArray[np.int64]
    own: NDArray[np.float32]
    other: NDArray[np.float32]
    copies: NDArray[np.int64]
    distances: NDArray[np.float64]


def examine_part(
    config: TrainConfig, published: SourceDataset | None, part: Part, should_stop: ShouldStop = never
) -> PartResult:
    """One part of an examination; a fold imports PyTorch, so it runs in a worker.

    Raises
    ------
    DataError
        If the images are gone or too few.
    StoppedError
        If it should stop.
    """
    if isinstance(part, int):
        return answers_of_fold(config, published, part, should_stop)
    splits = load_splits(config.data_only(), published=published)
    look(should_stop)
    return near_copies(splits.train, splits.named(part), should_stop)


def examination_of(train: ImageDataset, results: Sequence[PartResult]) -> Examination:
    """What the parts make together, given in the order of ``PARTS``."""
    probabilities = np.zeros((len(train), len(train.class_names)), dtype=np.float32)
    copies: list[Copies] = []
    for result in results:
        if isinstance(result, Copies):
            copies.append(result)
        else:
            probabilities[result[0]] = result[1]
    ranking = rank_labels(train.labels, probabilities)
    rows = [
        np.stack([np.full(len(each.held_out), place), each.held_out, each.training], 1)
        for place, each in enumerate(copies)
    ]
    distances = np.concatenate([each.distances for each in copies])
    nearest = np.argsort(distances, kind="stable")[:MOST_COPIES]
    return Examination(
        len(train),
        ranking.estimate,
        ranking.positions,
        train.labels[ranking.positions],
        ranking.suggested,
        ranking.own,
        ranking.other,
        np.concatenate(rows)[nearest].astype(np.int64),
        distances[nearest],
    )


def examine(config: TrainConfig, published: SourceDataset | None) -> Examination:
    """Do it all in this process, which imports PyTorch.

    Raises
    ------
    DataError
        If the images are gone or too few.
    """
    train = training_images(config, published)
    return examination_of(train, [examine_part(config, published, part) for part in PARTS])


def write_examination(path: Path, examination: Examination) -> None:
    """Keep it."""
    write_result(path, examination)


def read_examination(path: Path, train: ImageDataset) -> Examination | None:
    """What was kept of these training images; None if nothing was, or it is damaged."""
    arrays = read_arrays(path)
    suspects, pairs = length_of(arrays, "positions"), length_of(arrays, "distances")
    columns = dict.fromkeys(("positions", "labels", "suggested", "own", "other"), (suspects,))
    shapes = {**columns, "images": (), "estimate": (), "copies": (pairs, 3), "distances": (pairs,)}
    if not have_shapes(arrays, shapes) or max(suspects, pairs) > MOST_LISTED:
        return None
    kept = Examination(int(arrays.pop("images")), int(arrays.pop("estimate")), **arrays)
    return kept if _fits(kept, train) else None


def _fits(kept: Examination, train: ImageDataset) -> bool:
    """Whether every position and class is one of these images."""
    places = np.concatenate([kept.positions, kept.copies[:, 2]])
    classes = np.concatenate([kept.labels, kept.suggested])
    whole = all(
        array.dtype == np.int64 and not (len(array) and array.min() < 0) for array in (places, classes, kept.copies)
    )
    return bool(
        whole
        and kept.images == len(train)
        and not (len(places) and places.max() >= len(train))
        and not (len(classes) and classes.max() >= len(train.class_names))
        and not (len(kept.copies) and kept.copies[:, 0].max() >= len(HELD_OUT))
        and np.array_equal(train.labels[kept.positions], kept.labels)
    )
