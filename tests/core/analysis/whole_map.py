"""All parts of t-SNE at one go, where nobody waits to be told how far it is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.analysis.tsne import tsne_part, tsne_parts


def tsne_points(rows: NDArray[Any], seed: int) -> NDArray[np.float64]:
    """float64 ``(N, 2)``; the parameters are those of :func:`tsne_part`."""
    found = None
    for part in tsne_parts(rows):
        found = tsne_part(seed, found, part)
    assert found is not None, "there is at least one part"
    return found.points
