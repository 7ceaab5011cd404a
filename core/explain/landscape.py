"""The loss landscape of a run: the loss over a plane through its own path, and the path on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import ImageDataset
from core.explain.kept_results import have_shapes, length_of, read_arrays
from core.explain.moments import Moment
from core.explain.plane import Plane
from core.models.functional import mean_loss
from core.models.numpy_model import NumpyModel
from core.stopping import ShouldStop, never

LANDSCAPE_IMAGES = 1_000
"""Validation images on which the loss is measured."""
POINTS = 21
"""Points of the grid in each direction."""
Part = NDArray[np.float64] | NumpyModel
"""Points of a plane ``(M, 2)``, or a network off it: what a worker is given at a time."""
_MARGIN, _NARROWEST = 0.25, 0.6
"""Room around the path, and the least height of the grid, both as shares of the path's width."""


@dataclass(frozen=True, eq=False)
class Landscape:
    """The loss on a grid, and along the path.

    Parameters
    ----------
    across, upwards
        float64, shape ``(G,)``: the grid's places along the two directions of the plane.
    losses
        float64, shape ``(G, G)``: mean loss by row (``upwards``) and column (``across``), nats per image, or half the
        squared error for runs that were trained by it; NaN where it is not a finite number.
    epochs
        int64, shape ``(P,)``: the path's moments; 0 is before the first batch.
    path
        float64, shape ``(P, 2)``: where they lie on the plane.
    own_losses, plane_losses
        float64, shape ``(P,)``: the loss with each moment's own weights, and at its place on the plane; the two differ
        by how far it lies off the plane.
    share
        Of the path's squared distances from its end, how much lies in the plane, 0–1.
    is_drawn
        Whether the second direction was drawn at random, for the path is a straight line.
    images
        How many the loss was measured on.
    """

    across: NDArray[np.float64]
    upwards: NDArray[np.float64]
    losses: NDArray[np.float64]
    epochs: NDArray[np.int64]
    path: NDArray[np.float64]
    own_losses: NDArray[np.float64]
    plane_losses: NDArray[np.float64]
    share: float
    is_drawn: bool
    images: int


def grid_of(plane: Plane, points: int = POINTS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Places along both directions, float64 ``(points,)`` each, that hold the path with room around it."""
    low, high = plane.path.min(axis=0), plane.path.max(axis=0)
    width = float((high - low).max())
    room = np.maximum((_NARROWEST * width - (high - low)) / 2, _MARGIN * width)
    ends = zip(low - room, high + room, strict=True)
    across, upwards = (np.linspace(start, end, points) for start, end in ends)
    return across, upwards


def loss_of(model: NumpyModel, images: ImageDataset, should_stop: ShouldStop = never) -> float:
    """Mean loss of a network on images; NaN where it is not a finite number."""
    with np.errstate(over="ignore", invalid="ignore"):
        return mean_loss(model.config.loss, model.logits(images.images, should_stop), images.labels)


def losses_at(plane: Plane, images: ImageDataset, part: Part, should_stop: ShouldStop = never) -> NDArray[np.float64]:
    """Mean loss at each point of a plane, float64 ``(M,)``, or of one network, ``(1,)``; runs in a worker."""
    models = [part] if isinstance(part, NumpyModel) else (plane.model_at(float(x), float(y)) for x, y in part)
    return np.array([loss_of(model, images, should_stop) for model in models])


def landscape_parts(plane: Plane, moments: Sequence[Moment], points: int = POINTS) -> list[Part]:
    """What there is to compute: the rows of the grid, the path's places on the plane, and its moments' own networks."""
    across, upwards = grid_of(plane, points)
    rows = [np.stack([across, np.full(points, y)], axis=1) for y in upwards]
    return [*rows, plane.path, *(moment.model for moment in moments)]


def put_together(plane: Plane, losses: Sequence[NDArray[np.float64]], images: int) -> Landscape:
    """The landscape out of the losses at each part of :func:`landscape_parts`."""
    points = len(losses) - 1 - len(plane.epochs)
    across, upwards = grid_of(plane, points)
    return Landscape(
        across=across,
        upwards=upwards,
        losses=np.stack(losses[:points]),
        epochs=np.array(plane.epochs, dtype=np.int64),
        path=plane.path,
        own_losses=np.concatenate(losses[points + 1 :]),
        plane_losses=losses[points],
        share=plane.share,
        is_drawn=plane.is_drawn,
        images=images,
    )


def read_landscape(path: Path) -> Landscape | None:
    """A landscape that was kept; None if the file is missing, damaged or holds something else."""
    arrays = read_arrays(path)
    points, moments = length_of(arrays, "across"), length_of(arrays, "path")
    if not points or not have_shapes(arrays, _shapes(points, moments)):
        return None
    numbers: dict[str, Any] = {name: array.astype(np.float64) for name, array in arrays.items()}
    told = {"share": float(numbers["share"]), "is_drawn": bool(numbers["is_drawn"]), "images": int(numbers["images"])}
    return Landscape(**(numbers | told | {"epochs": arrays["epochs"].astype(np.int64)}))


def _shapes(points: int, moments: int) -> dict[str, tuple[int, ...]]:
    grid, path = (points,), (moments,)
    return {
        "across": grid,
        "upwards": grid,
        "losses": (points, points),
        "epochs": path,
        "path": (moments, 2),
        "own_losses": path,
        "plane_losses": path,
        "share": (),
        "is_drawn": (),
        "images": (),
    }
