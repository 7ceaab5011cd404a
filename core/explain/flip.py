"""The smallest change of an image that changes the answer."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.dataset import IMAGE_SIDE
from core.explain.gradients import gradient, ink_of, logits
from core.models.numpy_model import NumpyModel

_TARGETS, _ROUNDS = 3, 10
"""The classes that are tried, those with the highest logits, and how often each is approached."""
_REFINED, _SCALES = 4, 48
"""How many of the images found are brought as near as they can be, and in how many steps."""
_OVERSHOOT, _PULL, _BACK = 1.05, 0.1, 0.9
"""As their authors have them: how far beyond a plane to step, how much of the step comes from the image itself, and how
much of a change is kept once the border is crossed."""
_MARGIN, _SHARE = 0.02, 0.03
"""How far beyond a border to go: this many logits, and this share of what the answer leads by. Rounding to bytes would
else end on this side of it; what is too far is taken back at the end."""

_Exact = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Flip:
    """A changed image that is read as something else.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.
    before, after
        The answers to the image as it was, and as it is now.
    distance
        Euclidean, on the 0–1 scale of pixels.
    largest
        The largest change of a pixel, of 255.
    pixels
        How many have changed.
    """

    image: NDArray[np.uint8]
    before: int
    after: int
    distance: float
    largest: int
    pixels: int


def smallest_flip(model: NumpyModel, image: NDArray[np.uint8]) -> Flip | None:
    """Look for the smallest change (Euclidean) of an image that makes the network answer otherwise.

    Again and again, the border to another class is taken for the plane that it is near the last place, and the nearest
    image on it is found among those with ink from 0 to 1. For a network without hidden layers that is exact up to the
    rounding to bytes; for others the search may miss a still smaller change. What is returned is made of whole bytes,
    and the network has read it. The same image always gives the same.

    Parameters
    ----------
    image
        uint8, shape ``(28, 28)``.

    Returns
    -------
    Flip or None
        None if nothing was found.

    References
    ----------
    Moosavi-Dezfooli, Fawzi, Frossard 2016, https://arxiv.org/abs/1511.04599 (DeepFool); Croce, Hein 2020,
    https://arxiv.org/abs/1907.02044 (FAB: planes within the box of inks).
    """
    before = int(_answers(model, image[None])[0])
    start = ink_of(image[None])[0].astype(np.float64)
    ends = _approaches(model, start, before)
    # Of weights that are not numbers nothing is left.
    ends = ends[np.isfinite(ends).all(axis=1)]
    if not len(ends):
        return None
    changes = (ends - start)[_answers(model, _bytes(ends)) != before]
    nearest = np.argsort(np.linalg.norm(changes, axis=1), kind="stable")[:_REFINED]
    found = [_first_on_the_way(model, image, start, change, before) for change in changes[nearest]]
    return min((flip for flip in found if flip is not None), key=lambda flip: flip.distance, default=None)


def nearest_on_plane(start: _Exact, normal: _Exact, height: float) -> _Exact:
    """The point with ``normal · x ≥ height`` that is nearest to ``start``, of those with all parts from 0 to 1.

    It is ``clip(start + λ normal, 0, 1)`` for the smallest λ that reaches the plane. Where none does, the point that
    comes nearest to it.

    Parameters
    ----------
    start, normal
        float64, shape ``(D,)``; the parts of ``start`` from 0 to 1.
    """
    missing = height - float(normal @ start)
    counts = np.flatnonzero(normal)
    if missing <= 0 or not len(counts):
        return start
    # A part moves with λ until it meets 0 or 1, at ``ends``; it adds ``weights · λ`` until then, and no more after.
    ends = ((normal[counts] > 0) - start[counts]) / normal[counts]
    order = np.argsort(ends, kind="stable")
    ends, weights = ends[order], np.square(normal[counts[order]])
    stopped = np.append(0.0, np.cumsum(weights * ends))
    moving = np.append(np.cumsum(weights[::-1])[::-1], 0.0)
    place = int(np.searchsorted(stopped[:-1] + moving[:-1] * ends, missing))
    step = ends[-1] if place == len(ends) else (missing - stopped[place]) / moving[place]
    return np.asarray(np.clip(start + step * normal, 0, 1))


def _approaches(model: NumpyModel, start: _Exact, before: int) -> _Exact:
    """Images ``(N, 784)`` at and beyond the borders to the classes that are tried, found along several ways at once."""
    said = logits(model, start[None].astype(np.float32))[0].astype(np.float64)
    order = np.argsort(-said, kind="stable")
    targets = order[order != before][:_TARGETS]
    upstream = np.eye(len(model.class_names), dtype=np.float32)[targets]
    upstream[:, before] = -1
    places, found = start[None].repeat(len(targets), axis=0), [np.empty((0, len(start)))]
    margins = _MARGIN + _SHARE * (said[before] - said[targets])
    for _ in range(_ROUNDS if len(targets) else 0):
        inks = places.astype(np.float32)
        normals = gradient(model, inks, upstream).astype(np.float64)
        leads = (logits(model, inks) * upstream).sum(axis=1, dtype=np.float64)
        heights = (normals * places).sum(axis=1) - leads + margins
        planes = list(zip(normals, heights, strict=True))
        from_start = np.stack([nearest_on_plane(start, *plane) for plane in planes])
        onwards = np.stack([nearest_on_plane(place, *plane) for place, plane in zip(places, planes, strict=True)])
        is_beyond = leads[:, None] > 0
        found += [from_start, places[leads > 0]]
        steps = (1 - _PULL) * (places + _OVERSHOOT * (onwards - places)) + _PULL * from_start
        places = np.clip(np.where(is_beyond, start + _BACK * (places - start), steps), 0, 1)
    return np.concatenate(found)


def _first_on_the_way(
    model: NumpyModel, image: NDArray[np.uint8], start: _Exact, change: _Exact, before: int
) -> Flip | None:
    """The first image that is read otherwise as the change grows from nothing to all of it."""
    low, high, found = 0.0, 1.0, None
    for _ in range(2):
        scales = np.linspace(low, high, _SCALES + 1)[1:]
        changed = _bytes(start + scales[:, None] * change)
        flipped = np.flatnonzero(_answers(model, changed) != before)
        if not len(flipped):
            break
        first = int(flipped[0])
        found, low, high = changed[first], scales[first] - (scales[1] - scales[0]), scales[first]
    if found is None:
        return None
    # Read once more, alone: in a batch, sums may be rounded otherwise.
    after = int(_answers(model, found[None])[0])
    return None if after == before else _flip(image, found, before, after)


def _flip(image: NDArray[np.uint8], found: NDArray[np.uint8], before: int, after: int) -> Flip:
    change = found.astype(np.int64) - image
    distance = float(np.linalg.norm(change)) / 255
    return Flip(found, before, after, distance, int(np.abs(change).max()), int(np.count_nonzero(change)))


def _bytes(inks: _Exact) -> NDArray[np.uint8]:
    """Inks ``(N, 784)`` as images of whole bytes, uint8 ``(N, 28, 28)``."""
    return np.rint(np.clip(inks, 0, 1) * 255).astype(np.uint8).reshape(-1, IMAGE_SIDE, IMAGE_SIDE)


def _answers(model: NumpyModel, images: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.asarray(model.probabilities(images).argmax(axis=1), dtype=np.int64)
