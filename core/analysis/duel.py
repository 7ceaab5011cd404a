"""Duel: a person against a network, on the test images that are hardest for the network."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analysis.predictions import Predictions

ROUND: Final = 10
"""Images of one duel."""
_POOL: Final = 100
"""Of the images that are just read correctly, a duel takes some of this many."""


@dataclass(frozen=True)
class Duel:
    """Images in the order in which they are asked, and what was answered so far.

    Parameters
    ----------
    positions
        Places of the images in the test set.
    true_labels, read
        Their labels, and what the network reads.
    answers
        The person’s, one for each image that has been asked.
    """

    positions: tuple[int, ...]
    true_labels: tuple[int, ...]
    read: tuple[int, ...]
    answers: tuple[int, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether every image has its answer."""
        return len(self.answers) == len(self.positions)

    @property
    def yours(self) -> int:
        """How many of the person’s answers are the label."""
        return _hits(self.answers, self.true_labels)

    @property
    def networks(self) -> int:
        """How many of the network’s are, among the images that have been answered."""
        return _hits(self.read[: len(self.answers)], self.true_labels)

    def answer(self, label: int) -> "Duel":
        """The duel after one more answer; the same if it is over."""
        return self if self.is_over else replace(self, answers=(*self.answers, label))


def new_duel(predictions: Predictions, seed: int) -> Duel:
    """Half of the images are misread, half are read correctly by the least margin; fewer where there are not enough.

    Parameters
    ----------
    seed
        Which of the misread ones, which of the hundred with the least margin, and in which order.
    """
    generator = np.random.default_rng(seed)
    misread, close = np.flatnonzero(~predictions.correct), _closest(predictions)
    from_misread = min(len(misread), max(ROUND // 2, ROUND - len(close)))
    chosen = np.concatenate(
        [
            generator.permutation(misread)[:from_misread],
            generator.permutation(close)[: ROUND - from_misread],
        ]
    )
    order = generator.permutation(chosen)
    return Duel(*(tuple(column[order].tolist()) for column in _columns(predictions)))


def _columns(predictions: Predictions) -> tuple[NDArray[np.int64], ...]:
    return np.arange(len(predictions.labels)), predictions.labels, predictions.predicted


def _closest(predictions: Predictions) -> NDArray[np.int64]:
    """Images that are read correctly, with the least distance to the runner-up; ties in the order of the images."""
    correct = np.flatnonzero(predictions.correct)
    ordered = np.sort(predictions.probabilities[correct], axis=1)
    margins = ordered[:, -1] - ordered[:, -2]
    return correct[np.argsort(margins, kind="stable")[:_POOL]]


def _hits(answers: tuple[int, ...], labels: tuple[int, ...]) -> int:
    return sum(answer == label for answer, label in zip(answers, labels, strict=False))
