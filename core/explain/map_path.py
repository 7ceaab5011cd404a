"""Where digits lie on the map of a layer from place to place of a training run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from core.analysis.embedding import Projection
from core.explain.activation_map import layer_rows
from core.explain.kept_results import have_shapes, length_of, read_arrays
from core.models.numpy_model import NumpyModel

MOST_PLACES: Final = 20
"""Of more, evenly spaced ones are computed: all of them together are sent to a browser."""


@dataclass(frozen=True, eq=False)
class MapPath:
    """Points of the same digits at several places of a run.

    Parameters
    ----------
    positions
        float64 ``(places,)``: the places, in epochs.
    points
        float32 ``(places, N, 2)``.
    """

    positions: NDArray[np.float64]
    points: NDArray[np.float32]

    def at(self, position: float) -> NDArray[np.float32] | None:
        """Where the digits lie at this place, or at the nearest earlier one; None before the first."""
        earlier = np.flatnonzero(self.positions <= position + 1e-9)
        return self.points[earlier[-1]] if len(earlier) else None


def points_at(images: NDArray[np.uint8], layer: int, projection: Projection, model: NumpyModel) -> NDArray[np.float32]:
    """What a layer says of images, seen from where it is seen at the end of the run: float32 ``(N, 2)``.

    The directions are those of the last network at every place: units stay the same while they learn, and directions of
    their own would turn the map from place to place.

    Raises
    ------
    RunError
        If what it says is not finite.
    """
    return projection.points(layer_rows(model, images, layer)).astype(np.float32)


def read_path(path: Path) -> MapPath | None:
    """A path that was kept; None if the file is missing or damaged."""
    arrays = read_arrays(path)
    places, count = length_of(arrays, "positions"), np.shape(arrays.get("points", 0.0))
    digits = count[1] if len(count) == 3 else -1
    if not have_shapes(arrays, {"positions": (places,), "points": (places, digits, 2)}):
        return None
    return MapPath(arrays["positions"].astype(np.float64), arrays["points"].astype(np.float32))
