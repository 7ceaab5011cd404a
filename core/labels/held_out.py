"""What networks say of images that they have not learned from: each is held out of one of five training runs."""

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.catalogue import load_splits
from core.data.dataset import ImageDataset, SourceDataset, Splits
from core.data.splits import scaling_of
from core.errors import DataError
from core.stopping import ShouldStop, look, never

FOLDS = 5
LEARNED_WITH = TrainConfig(hidden_size=128, dropout=0.3, batch_size=128, learning_rate=2e-3, epochs=8)
"""How each network learns. Dropout keeps it from learning wrong labels by heart; wider ones and a CNN found no more."""
_WATCHED = 100
FEWEST_IMAGES = 50


def fold_of_each(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """In which fold each image is held out, int64 ``(N,)`` from 0: the same share of every class in each, drawn."""
    generator = np.random.default_rng(0)
    folds = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        positions = generator.permutation(np.flatnonzero(labels == label))
        # Small classes begin at different folds, so that the folds are of one size.
        folds[positions] = (np.arange(len(positions)) + label) % FOLDS
    return folds


def answers_of_fold(
    config: TrainConfig, published: SourceDataset | None, fold: int, should_stop: ShouldStop = never
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Train on all training images but those of one fold, and read these. Imports PyTorch: runs in a worker.

    Parameters
    ----------
    config
        Which images; only its data settings count.
    published
        The config's images, where they do not come with the product.

    Returns
    -------
    positions, probabilities
        int64 ``(M,)`` in the training split, and float32 ``(M, K)``.

    Raises
    ------
    DataError
        If there are too few images.
    StoppedError
        If it should stop.
    """
    from core.models.numpy_model import NumpyModel
    from core.training.events import EpochCompleted
    from core.training.fit import fit

    train = training_images(config, published)
    look(should_stop)
    held_out = fold_of_each(train.labels) == fold
    positions = np.flatnonzero(held_out)
    if not len(positions):
        return positions, np.empty((0, len(train.class_names)), dtype=np.float32)
    splits = _splits(train.subset(np.flatnonzero(~held_out)), train.subset(positions))
    events = fit(LEARNED_WITH, splits, should_stop=should_stop)
    done = [event for event in events if isinstance(event, EpochCompleted)]
    look(should_stop)
    model = NumpyModel("", LEARNED_WITH, done[-1].checkpoint.kept_weights, splits.normalisation, train.class_names)
    return positions, model.probabilities(train.images[positions])


def training_images(config: TrainConfig, published: SourceDataset | None = None) -> ImageDataset:
    """The training images of a config.

    Raises
    ------
    DataError
        If they are gone, or fewer than ``FEWEST_IMAGES``.
    """
    train = load_splits(config.data_only(), published=published).train
    require_enough(train)
    return train


def require_enough(train: ImageDataset) -> None:
    """Raise DataError where there are fewer than ``FEWEST_IMAGES``."""
    if len(train) < FEWEST_IMAGES:
        raise DataError(
            f"Labels are compared with what networks make of other images: {len(train)} training images are too "
            f"few; at least {FEWEST_IMAGES} are needed."
        )


def _splits(train: ImageDataset, held_out: ImageDataset) -> Splits:
    """What ``fit`` is given. Validation chooses nothing here, and a few images of it are enough."""
    watched = held_out.subset(np.arange(min(_WATCHED, len(held_out))))
    return Splits(train, watched, watched, scaling_of(train.images, LEARNED_WITH.normalisation))
