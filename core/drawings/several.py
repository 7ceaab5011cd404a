"""Whether ink is more than one digit: parts side by side, each as tall as a digit."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

# Longest side at which parts are looked for.
_SIDE = 64
_INK_SHARE = 1 / 4
# Strokes break where a pen or a threshold skips: parts that are this much of the height apart belong together.
_BRIDGE = 0.04
# Parts above each other, as the bar and the belly of a 5, share columns.
_SHARED_COLUMNS = 0.3
# Of the tallest part and of all ink, what is a digit and no stray stroke.
_TALL, _HEAVY = 0.55, 0.1
_LEAST_ASPECT = 0.6


def is_several(ink: NDArray[np.uint8]) -> bool:
    """Whether there are two digits or more beside each other.

    Parameters
    ----------
    ink
        uint8, shape ``(H, W)``, cropped to its bounding box; 255 is a full stroke.
    """
    if min(ink.shape) < 2 or ink.shape[1] < _LEAST_ASPECT * ink.shape[0]:
        return False
    factor = min(1.0, _SIDE / max(ink.shape))
    size = [max(1, round(side * factor)) for side in reversed(ink.shape)]
    small = np.asarray(Image.fromarray(ink).resize((size[0], size[1]), Image.Resampling.BOX))
    inked = small >= max(1.0, float(small.max()) * _INK_SHARE)
    groups = _side_by_side(inked)
    tallest = max(group.height for group in groups)
    tall = [group for group in groups if group.height >= _TALL * tallest and group.area >= _HEAVY * inked.sum()]
    return len(tall) > 1 and tallest >= _TALL * inked.shape[0]


@dataclass(frozen=True)
class _Group:
    """Parts that share columns; half-open ranges of pixels, and how many of them are inked."""

    top: int
    bottom: int
    left: int
    right: int
    area: int

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def shares_columns_with(self, other: "_Group") -> bool:
        shared = min(self.right, other.right) - max(self.left, other.left)
        return shared > _SHARED_COLUMNS * min(self.right - self.left, other.right - other.left)

    def with_(self, other: "_Group") -> "_Group":
        return _Group(
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
            self.area + other.area,
        )


def _side_by_side(inked: NDArray[np.bool_]) -> list[_Group]:
    """Connected parts, those above each other as one; the heaviest of them first."""
    reach = round(_BRIDGE * inked.shape[0])
    wide = Image.fromarray(inked.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * (reach // 2) + 1))
    labels = np.where(inked, _components(np.asarray(wide) > 0), 0)
    parts = [_group(np.argwhere(labels == label)) for label in np.unique(labels[labels > 0])]
    groups: list[_Group] = []
    for part in sorted(parts, key=lambda part: -part.area):
        for group in [group for group in groups if group.shares_columns_with(part)]:
            groups.remove(group)
            part = group.with_(part)
        groups.append(part)
    return groups


def _group(places: NDArray[np.intp]) -> _Group:
    (top, left), (bottom, right) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    return _Group(top, bottom + 1, left, right + 1, len(places))


def _components(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number connected groups of pixels (8 neighbours); 0 is outside, numbers have gaps.

    Row by row, what is inked without a gap is joined to all that it touches in the row above. In NumPy: the first
    stroke on the canvas does not wait for scipy.
    """
    # A column of nothing at each end keeps rows apart when they are laid end to end.
    below = mask.shape[1] + 2
    apart = np.zeros((mask.shape[0], below), np.int8)
    apart[:, 1:-1] = mask
    edges = np.diff(apart.ravel())
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    first = np.searchsorted(ends + below, starts).tolist()
    beyond = np.searchsorted(starts + below, ends, side="right").tolist()
    joined = list(range(len(starts)))
    for run, touched in enumerate(map(range, first, beyond)):
        for above in touched:
            while joined[above] != above:
                above = joined[above]
            joined[above] = run
    for run in reversed(range(len(joined))):
        joined[run] = joined[joined[run]]
    labels = np.zeros(mask.shape, np.int64)
    labels[mask] = np.repeat(np.asarray(joined, dtype=np.int64) + 1, ends - starts)
    return labels
