"""Whether ink is more than one digit, and which of it belongs to which: parts that are each as large as a digit."""

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
# Of two digits one above the other: how much taller than wide they are, how much ink each has, how wide each is by its
# own height, and the height of the taller one of all. Of 30,000 digits of MNIST six are so by themselves.
_LEAST_STACK, _STACKED_SHARE, _STACKED_ASPECT, _TALLEST_OF_STACK = 1.35, 0.25, 0.45, 0.62
# A number is looked at in this height, and in no more than this width.
_HEIGHT, _WIDTH = 64, 1_024
# Of the height, how far beside its digit a stroke may stand.
_NEAR = 0.12


def is_several(ink: NDArray[np.uint8]) -> bool:
    """Whether there are two digits or more beside each other, or one above the other.

    Parameters
    ----------
    ink
        uint8, shape ``(H, W)``, cropped to its bounding box; 255 is a full stroke.
    """
    height, width = ink.shape
    may_be_beside, may_be_above = width >= _LEAST_ASPECT * height, height >= _LEAST_STACK * width
    if min(ink.shape) < 2 or not (may_be_beside or may_be_above):
        return False
    inked = _inked(ink, _SIDE / max(ink.shape))
    labels = _parts(inked)
    if may_be_beside and len(_tall(_side_by_side(labels), inked, _HEAVY * float(inked.sum()))) > 1:
        return True
    return may_be_above and _are_above_each_other(inked, labels)


def _are_above_each_other(inked: NDArray[np.bool_], labels: NDArray[np.int64]) -> bool:
    """Whether two parts, one clear of the other, each have the size of a digit: those of a broken one do not."""
    # Columns stand for rows here.
    groups = _side_by_side(labels.T)
    tallest = max(group.right - group.left for group in groups)
    least = _STACKED_SHARE * float(inked.sum())
    tall = [group for group in groups if group.right - group.left >= _TALL * tallest and group.area >= least]
    are_wide = all(group.height >= _STACKED_ASPECT * (group.right - group.left) for group in tall)
    return len(tall) > 1 and are_wide and tallest <= _TALLEST_OF_STACK * inked.shape[0]


@dataclass(frozen=True, eq=False)
class DigitPart:
    """One digit of a number.

    Parameters
    ----------
    ink
        uint8, cropped to its box, without the strokes of its neighbours.
    box
        Left, top, right and bottom, pixels of the ink that was split; the last two are beyond it.
    """

    ink: NDArray[np.uint8]
    box: tuple[int, int, int, int]


def split_number(ink: NDArray[np.uint8]) -> tuple[DigitPart, ...]:
    """The digits of a number, from left to right; those that touch stay one.

    Parameters
    ----------
    ink
        uint8, shape ``(H, W)``, cropped to its bounding box.
    """
    inked = _inked(ink, min(_HEIGHT / ink.shape[0], _WIDTH / ink.shape[1]))
    labels = _parts(inked)
    groups = _side_by_side(labels)
    digits = _tall(groups, inked, _HEAVY * max(group.area for group in groups))
    strays = [group for group in groups if group not in digits]
    whole = _with_strays(sorted(digits, key=lambda group: group.left), strays, _NEAR * inked.shape[0])
    return tuple(_cut_out(ink, labels, group) for group in whole)


def _inked(ink: NDArray[np.uint8], factor: float) -> NDArray[np.bool_]:
    """Where there is ink, at a size at which parts are found at once; a factor over 1 is taken for 1."""
    size = [max(1, round(side * min(1.0, factor))) for side in reversed(ink.shape)]
    small = np.asarray(Image.fromarray(ink).resize((size[0], size[1]), Image.Resampling.BOX))
    found: NDArray[np.bool_] = small >= max(1.0, float(small.max()) * _INK_SHARE)
    return found


def _tall(groups: list["_Group"], inked: NDArray[np.bool_], least: float) -> list["_Group"]:
    """What is a digit and no stray stroke, of at least this many pixels; nothing where the tallest is not a digit."""
    tallest = max(group.height for group in groups)
    tall = [group for group in groups if group.height >= _TALL * tallest and group.area >= least]
    return tall if tallest >= _TALL * inked.shape[0] else []


def _with_strays(digits: list["_Group"], strays: list["_Group"], reach: float) -> list["_Group"]:
    """Digits with the strokes that hang beside them; what is further away than ``reach`` is of none."""
    whole = list(digits)
    for stray in strays:
        gaps = [max(digit.left - stray.right, stray.left - digit.right) for digit in digits]
        nearest = min(range(len(gaps)), key=gaps.__getitem__, default=None)
        if nearest is not None and gaps[nearest] <= reach:
            whole[nearest] = whole[nearest].with_(stray)
    return whole


def _cut_out(ink: NDArray[np.uint8], labels: NDArray[np.int64], group: "_Group") -> DigitPart:
    """The ink of a group; what is between two of them belongs to neither."""
    own = Image.fromarray(np.isin(labels, group.labels).astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(3))
    others = Image.fromarray(((labels > 0) & ~np.isin(labels, group.labels)).astype(np.uint8) * 255)
    size = (ink.shape[1], ink.shape[0])
    mine = np.asarray(own.resize(size, Image.Resampling.NEAREST)) > 0
    mine &= np.asarray(others.resize(size, Image.Resampling.NEAREST)) == 0
    left = np.where(mine, ink, 0)
    seen = left >= max(1.0, float(left.max()) * _INK_SHARE)
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    top, bottom, first, beyond = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    return DigitPart(left[top:bottom, first:beyond].astype(np.uint8), (first, top, beyond, bottom))


@dataclass(frozen=True)
class _Group:
    """Parts that share columns: their numbers, half-open ranges of pixels, and how many of them are inked."""

    labels: tuple[int, ...]
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
            self.labels + other.labels,
            min(self.top, other.top),
            max(self.bottom, other.bottom),
            min(self.left, other.left),
            max(self.right, other.right),
            self.area + other.area,
        )


def _parts(inked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Numbers of connected parts; 0 is outside. What a skipping pen or a threshold has broken is joined."""
    reach = round(_BRIDGE * inked.shape[0])
    wide = Image.fromarray(inked.astype(np.uint8)).filter(ImageFilter.MaxFilter(2 * (reach // 2) + 1))
    return np.where(inked, _components(np.asarray(wide) > 0), 0)


def _side_by_side(labels: NDArray[np.int64]) -> list[_Group]:
    """Parts, those above each other as one; the heaviest of them first."""
    parts = [_group(int(label), np.argwhere(labels == label)) for label in np.unique(labels[labels > 0])]
    groups: list[_Group] = []
    for part in sorted(parts, key=lambda part: -part.area):
        for group in [group for group in groups if group.shares_columns_with(part)]:
            groups.remove(group)
            part = group.with_(part)
        groups.append(part)
    return groups


def _group(label: int, places: NDArray[np.intp]) -> _Group:
    (top, left), (bottom, right) = places.min(axis=0).tolist(), places.max(axis=0).tolist()
    return _Group((label,), top, bottom + 1, left, right + 1, len(places))


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
