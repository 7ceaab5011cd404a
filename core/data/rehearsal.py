"""Drawings beside what a network has learned from before, so that it learns the few and keeps the many.

A network that continues with a handful of drawings alone forgets the rest [1]_. So some of its old training images are
shown to it again (rehearsal), and the drawings as often as makes a tenth of all.

References
----------
.. [1] A. Robins, “Catastrophic forgetting, rehearsal and pseudorehearsal”, Connection Science 7, 1995.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.dataset import ImageDataset, SourceDataset, Splits
from core.data.splits import stratified_split

REHEARSED: Final = 5_000
"""Old training images, at most."""
VALIDATED: Final = 1_000
"""Validation images, at most; those of the run that is gone on with."""
DRAWN_SHARE: Final = 0.1
"""Of the training images, how many are drawings: each is repeated as often as that takes, and at least once."""
EPOCHS: Final = 3
SLOWER: Final = 0.1
"""Of the learning rate, what is left: weights are to be adjusted, not replaced."""
_FEWEST: Final = 10
"""Validation images that a run can have."""
_OF_OLD_IMAGES: Final = ("label_noise", "imbalance", "corrections")
"""They have made the old images what they are already."""
_LEFT_OUT: Final = (*_OF_OLD_IMAGES, "patience", "warm_up", "teacher", "teacher_share", "temperature")


@dataclass(frozen=True)
class Sizes:
    """How many old images and validation images there are, and how often each drawing is repeated."""

    old: int
    repeats: int
    validated: int

    @classmethod
    def of(cls, drawings: int, splits: Splits) -> "Sizes":
        """For this many drawings, at least one, beside the images of a run.

        Of a run with very few images, drawings and validation images are repeated until they can be split.
        """
        old = min(REHEARSED, len(splits.train))
        share = round(old * DRAWN_SHARE / (1 - DRAWN_SHARE) / drawings)
        repeats = max(1, share, math.ceil((2 * _FEWEST - old) / drawings))
        learned = old + repeats * drawings
        return cls(old, repeats, max(_FEWEST, min(VALIDATED, len(splits.validation), learned // 2)))


def beside(drawings: ImageDataset, splits: Splits) -> SourceDataset:
    """A dataset of drawings and of some of the images that a run has seen, for a training run split in order.

    First what is learned from, old images and drawings, then validation images of that run, at most a third of all.
    Its test set is the run’s own, so that both are tested on the same images.

    Parameters
    ----------
    drawings
        At least one, labelled in the class order of ``splits``.
    splits
        Of the run that is gone on with.
    """
    sizes = Sizes.of(len(drawings), splits)
    parts = (
        splits.train.subset(_some(splits.train, sizes.old)),
        drawings.subset(np.tile(np.arange(len(drawings)), sizes.repeats)),
        splits.validation.subset(np.resize(_some(splits.validation, sizes.validated), sizes.validated)),
    )
    together = ImageDataset(
        drawings.name,
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        splits.train.class_names,
    )
    return SourceDataset(together, splits.test)


def settings_to_rehearse(config: TrainConfig, run_id: str, dataset: str, sizes: Sizes) -> TrainConfig:
    """The settings of a run that continues from another with such a dataset.

    Parameters
    ----------
    config, run_id
        Of the run that is gone on with.
    """
    usual = TrainConfig()
    plain = {name: getattr(usual, name) for name in _LEFT_OUT}
    return config.replace(
        **plain,
        dataset=dataset,
        start_from=run_id,
        split="in_order",
        validation_size=sizes.validated,
        training_size=1_000_000,
        learning_rate=max(1e-5, config.learning_rate * SLOWER),
        epochs=EPOCHS,
    )


def _some(images: ImageDataset, count: int) -> NDArray[np.int64]:
    """Positions of this many, each class alike; always the same ones."""
    return stratified_split(images.labels, min(count, len(images)), seed=0)[1]
