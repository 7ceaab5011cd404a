"""Which of what stands out from the background are strokes, and how dark a full one is."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.drawings.background import DIMMEST_PAPER, Grey, grain_of, highest, lowest, odd

Mask = NDArray[np.bool_]

# Fainter than a twentieth of the whole range is not seen as ink, by people either.
_LEAST_CONTRAST = 13.0
_LEAST_LEVEL = 8.0
_SIGMAS = 6.0
_ABOVE_GRAIN = 1.2
# Grain of less than this comes from no camera: everything on it was drawn.
_CLEAN = 2.0
# Spots below 1/20 of the largest stroke are dirt; the bar of a 5 that was drawn apart is larger.
_SPOT_SHARE = 0.05
_PICTURE_SIDE = 100
# Shares of the longest side.
_LEAST_EXTENT = 0.03
_LEAST_EXTENT_AT_EDGE = 0.25
_PRINTED_LINE = 0.015
# A stroke has an edge all round, as high as it is dark. Glare has none, and along a shadow's edge the step is higher.
_SHARP_SHARE = 0.7
_STEP = (0.5, 2.0)
# Out of focus or enlarged, the edge of a stroke takes up to this share of its width.
_SOFT_EDGE = 0.75
# Many spots of one kind are the grain of the surface. The longest of them is this many times as long as wide.
_MANY, _ALIKE, _ROUND = 4, 0.3, 6.0


@dataclass(frozen=True, eq=False)
class Relief:
    """A picture with its ink light, and what is asked of it again and again: each is computed once.

    Parameters
    ----------
    grey
        float32, shape ``(H, W)``.
    """

    grey: Grey
    _steps: dict[int, tuple[Grey, float]] = field(default_factory=dict)

    @cached_property
    def energy(self) -> NDArray[np.float64]:
        """Squared slope at each pixel, float64 ``(H · W,)``."""
        down, across = np.gradient(self.grey)
        energy: NDArray[np.float64] = (down**2 + across**2).ravel().astype(np.float64)
        return energy

    def steps(self, window: int) -> tuple[Grey, float]:
        """From the darkest to the lightest in a square around each pixel, float32 ``(H, W)``, and their median."""
        if window not in self._steps:
            steps = highest(self.grey, window) - lowest(self.grey, window)
            self._steps[window] = steps, float(np.median(steps))
        return self._steps[window]


@dataclass(frozen=True, eq=False)
class Strokes:
    """What stands out most, at search size.

    Parameters
    ----------
    strength
        How sharply it does: squared steps of grey along its edges.
    full
        Contrast of a full stroke, 0–255.
    grain
        Contrast that the surface reaches by itself.
    width
        Mean width of the strokes in pixels.
    """

    strength: float
    full: float
    grain: float
    width: float

    @property
    def clean(self) -> bool:
        """Whether the background has no grain at all: a drawing program, a font, MNIST itself."""
        return self.grain < _CLEAN


def outstanding(contrast: Grey, raised: Relief, background: Grey) -> Strokes | None:
    """The component that stands out most sharply, if it is ink.

    Parameters
    ----------
    contrast
        float32, shape ``(H, W)``, 0–255: by how much the ink is lighter than ``background``.
    raised, background
        The picture with its ink light, and what is behind the ink.
    """
    middle, sigma = grain_of(contrast)
    grain = middle + _SIGMAS * sigma
    component, strength, rivals = _most_outstanding(contrast, raised, grain)
    if component is None:
        return None
    inked = contrast[component]
    level = _level(inked)
    full = float(np.percentile(inked[inked >= 0.5 * level], 60))
    if level < max(_LEAST_CONTRAST, _ABOVE_GRAIN * grain):
        return None
    strokes = Strokes(strength, full, grain, _width(component))
    if max(contrast.shape) > _PICTURE_SIDE:
        to_level = 255.0 / np.maximum(255.0 - background, DIMMEST_PAPER) / level
        if not (_is_placed(component, strokes, rivals) and _is_edged(component, strokes, raised, to_level)):
            return None
    return strokes


def kept_strokes(mask: Mask, raised: Relief, *, clean: bool) -> Mask:
    """Without dirt, and without what runs in from the edge of the picture if something else is left.

    Where there is no grain there is no dirt either, and what fills a whole edge is not a stroke.
    """
    labels, strengths = _components(mask, raised)
    if clean:
        corners, counts = np.unique(labels[[0, 0, -1, -1], [0, -1, 0, -1]], return_counts=True)
        edges = corners[(counts > 1) & (corners > 0)]
        left = mask & ~np.isin(labels, edges)
        return left if left.any() else mask
    return np.asarray((strengths >= _SPOT_SHARE * strengths.max(initial=0.0))[labels] & mask)


def _most_outstanding(contrast: Grey, raised: Relief, grain: float) -> tuple[Mask | None, float, int]:
    """Its pixels, its strength, and how many are like it.

    The threshold rises until it lies halfway up the strokes: lines printed on the paper fall away from them.
    """
    threshold = max(grain, _LEAST_LEVEL)
    component: Mask | None = None
    strength, rivals = 0.0, 0
    for _ in range(4):
        labels, strengths = _components(contrast > threshold, raised)
        strength = float(strengths.max(initial=0.0))
        if strength <= 0.0:
            return None, 0.0, 0
        component = labels == int(strengths.argmax())
        rivals = int((strengths >= _ALIKE * strength).sum())
        half = 0.45 * _level(contrast[component])
        if half <= 1.05 * threshold:
            break
        threshold = half
    return component, strength, rivals


def _level(inked: Grey) -> float:
    """Mean contrast, the darker the more it counts: of strokes on squared paper, the strokes'."""
    return float((inked.astype(np.float64) ** 3).sum() / max(float((inked.astype(np.float64) ** 2).sum()), 1e-6))


def _components(mask: Mask, raised: Relief) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Groups of neighbours (8) and the strength of each; of those at the edge none if others are left."""
    from skimage.measure import label

    labels = np.asarray(label(mask, connectivity=2), dtype=np.int64)
    strengths = np.bincount(labels.ravel(), weights=raised.energy, minlength=int(labels.max()) + 1).astype(np.float64)
    strengths[0] = 0.0
    inner = strengths.copy()
    inner[np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))] = 0.0
    return labels, inner if inner.max(initial=0.0) >= _SPOT_SHARE * strengths.max(initial=0.0) else strengths


def _is_placed(component: Mask, strokes: Strokes, rivals: int) -> bool:
    """Whether a pen may have left it there: no printed line, no crumb, no grain of the surface."""
    side = max(component.shape)
    places = [np.flatnonzero(component.any(axis=axis)) for axis in (1, 0)]
    extent = max(int(place[-1] - place[0]) + 1 for place in places) / side
    lengths = component.shape
    ends = [(place[0] == 0, place[-1] == length - 1) for place, length in zip(places, lengths, strict=True)]
    if any(map(all, ends)) and strokes.width < _PRINTED_LINE * side:
        return False
    if strokes.clean:
        return True
    if extent < (_LEAST_EXTENT_AT_EDGE if any(map(any, ends)) else _LEAST_EXTENT):
        return False
    return rivals < _MANY or _is_long(component, strokes)


def _is_edged(component: Mask, strokes: Strokes, raised: Relief, to_level: Grey) -> bool:
    """Whether an edge as high as it is dark goes all round; a softer one will do for what is long and narrow."""
    rim = component & ~_eroded(component)
    if not rim.any():
        return True
    for window in (5, odd(max(5.0, _SOFT_EDGE * strokes.width))):
        steps, usual = raised.steps(window)
        # On a slope of light everything is a step.
        step = (steps[rim] - usual) * to_level[rim]
        if float(((step >= _STEP[0]) & (step <= _STEP[1])).mean()) >= _SHARP_SHARE:
            return True
        if not _is_long(component, strokes):
            return False
    return False


def _eroded(mask: Mask) -> Mask:
    """Without the pixels that have a neighbour (4) outside; nothing lies beyond the edge of the picture."""
    inner = mask.copy()
    inner[1:] &= mask[:-1]
    inner[:-1] &= mask[1:]
    inner[:, 1:] &= mask[:, :-1]
    inner[:, :-1] &= mask[:, 1:]
    return inner


def _is_long(component: Mask, strokes: Strokes) -> bool:
    return float(component.sum()) >= _ROUND * strokes.width**2


def _width(mask: Mask) -> float:
    """Mean width in pixels: twice the area by the outline, of which a staircase has 4/π too much."""
    padded = np.pad(mask, 1)
    outline = int((padded[1:] != padded[:-1]).sum()) + int((padded[:, 1:] != padded[:, :-1]).sum())
    return 2.0 * float(mask.sum()) / max(outline * np.pi / 4, 1.0)
