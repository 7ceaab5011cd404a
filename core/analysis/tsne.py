"""t-SNE in parts, one after the other, so that a page can show its progress and stop it.

Needs scikit-learn: run it in a worker.

References
----------
L. van der Maaten, G. Hinton: Visualizing data using t-SNE, 2008, https://jmlr.org/papers/v9/vandermaaten08a.html
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.analysis.embedding import pca_points, pixel_rows

_PARTS = 4
_DIMENSIONS = 50
"""What PCA leaves for t-SNE, as its authors do: noise goes, neighbours stay."""
_STEPS = 250
"""Of each part: as many as scikit-learn begins with, and the fewest that it takes."""
_EXAGGERATION = 12.0
"""Of the first part, scikit-learn's own: clusters form while they can still pass each other."""
_PERPLEXITY = 30.0
_OF_IMAGES = 3


@dataclass(frozen=True, eq=False)
class TsneSoFar:
    """A map after some of its parts.

    Parameters
    ----------
    rows
        What PCA left of the numbers, float32 ``(N, 50)`` or narrower.
    points
        float64 ``(N, 2)``.
    """

    rows: NDArray[np.float32]
    points: NDArray[np.float64]


def tsne_parts(rows: NDArray[Any]) -> list[NDArray[Any] | None]:
    """What each part is given: the first the numbers, the others nothing, for they continue from the one before."""
    return [rows, *([None] * (_PARTS - 1))]


def tsne_part(seed: int, before: TsneSoFar | None, rows: NDArray[Any] | None) -> TsneSoFar:
    """Go one part further.

    Parameters
    ----------
    seed
        Draws what is random in it.
    before
        What the part before gave; None of the first.
    rows
        Of the first, finite numbers, float32 ``(N, F)``, or images, uint8 ``(N, 28, 28)``.
    """
    few = before.rows if before is not None else _numbers(rows)
    # Rows that are all the same have no direction to begin with, and scikit-learn's t-SNE ends the process on them.
    if len(few) < 4 or (few == few[0]).all():
        return TsneSoFar(few, pca_points(few))
    from sklearn.manifold import TSNE

    few = _reduced(few, seed) if before is None else few
    layout = TSNE(
        perplexity=min(_PERPLEXITY, (len(few) - 1) / 3),
        early_exaggeration=_EXAGGERATION if before is None else 1.0,
        # As scikit-learn chooses it for the whole way.
        learning_rate=max(len(few) / _EXAGGERATION / 4, 50.0),
        max_iter=_STEPS,
        init="pca" if before is None else before.points.astype(np.float32),
        random_state=seed,
    )
    return TsneSoFar(few, np.asarray(layout.fit_transform(few), dtype=np.float64))


def _numbers(rows: NDArray[Any] | None) -> NDArray[np.float32]:
    assert rows is not None, "the first part has something to lay out"
    return pixel_rows(rows) if rows.ndim == _OF_IMAGES else rows


def _reduced(rows: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    from sklearn.decomposition import PCA

    if rows.shape[1] > 2:
        return np.asarray(PCA(min(_DIMENSIONS, *rows.shape), random_state=seed).fit_transform(rows), dtype=np.float32)
    return np.pad(rows, ((0, 0), (0, 2 - rows.shape[1])))
