"""The share of images that are read correctly."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def share_correct(said: NDArray[Any], labels: NDArray[Any]) -> float:
    """The share of images that are read as labelled, 0–1; NaN of none.

    Parameters
    ----------
    said
        Logits or probabilities ``(N, K)``, of which the largest counts, or what was read ``(N,)``.
    labels
        int64, shape ``(N,)``.
    """
    read = said.argmax(axis=1) if said.ndim == 2 else said
    return float(np.mean(read == labels)) if len(labels) else float("nan")
