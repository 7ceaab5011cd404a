"""The probe digits: a fixed handful of validation images that show a network learning."""

import numpy as np
from numpy.typing import NDArray

PROBES_PER_CLASS = 2


def probe_positions(labels: NDArray[np.int64], classes: int) -> NDArray[np.int64]:
    """Positions of the first two images of every class, ordered by class; shape ``(≤ 2K,)``."""
    return np.concatenate([np.flatnonzero(labels == label)[:PROBES_PER_CLASS] for label in range(classes)])
