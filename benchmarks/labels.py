"""What an examination of labels costs beside its networks, and how soon a network has learned classes of one’s own."""

from collections.abc import Sequence

import numpy as np

from benchmarks.report import Row
from benchmarks.timing import processor_seconds
from core.data.dataset import ImageDataset
from core.data.mnist import load_mnist
from core.data.splits import make_splits
from core.labels.copies import near_copies
from core.labels.ranking import rank_labels
from core.presets import settings_for_few
from core.training.fit import fit

IMAGES, HELD_OUT, DRAWN = 55_000, 1_000, 5


def measure(quick: bool) -> dict[str, Sequence[Row]]:
    """Processor time, so that what else runs does not count."""
    count = 5_000 if quick else IMAGES
    train, test = load_mnist("train").subset(np.arange(count)), load_mnist("test").subset(np.arange(HELD_OUT))
    probabilities = np.random.default_rng(0).dirichlet(np.ones(10), count).astype(np.float32)
    few = _drawn(train)
    config = settings_for_few("mnist")
    return {
        "Labels and classes of one’s own, one core": [
            Row(f"ranking {count:,} labels", processor_seconds(lambda: rank_labels(train.labels, probabilities))),
            Row(f"{HELD_OUT:,} images beside {count:,}", processor_seconds(lambda: near_copies(train, test))),
            Row(
                f"training on {DRAWN} of each of ten",
                processor_seconds(lambda: list(fit(config, make_splits(few, None, config)))),
            ),
        ]
    }


def _drawn(train: ImageDataset) -> ImageDataset:
    """As many images of each class as somebody has to draw."""
    positions = np.concatenate([np.flatnonzero(train.labels == label)[:DRAWN] for label in range(10)])
    return train.subset(positions)
