"""Grey values of a picture → the ink on it: how far each pixel stands out from the background around it."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

WORKING_SIDE = 800
"""Longest side that pictures are reduced to, or up to twice that: a digit needs no more."""

# The paper is estimated at this size with a window of 3/8 of it: a stroke is narrower than that, a shadow wider.
_PAPER_SIDE = 64
_PAPER_WINDOW = 25
# Ink that stands out from its background by less than a tenth of the whole range is taken for paper grain.
_LEAST_CONTRAST = 25.0
_DIMMEST_PAPER = 60.0
# Where 35 … 65 % of a picture is light, its border decides what is paper: thick strokes cover that much.
_UNCLEAR_SHARE = 0.15
# In photos, spots below 1/20 of the largest stroke are dirt; the bar of a 5 that was drawn apart is larger.
_SPOT_SHARE = 0.05

Grey = NDArray[np.float32]


def ink_of(grey: Grey) -> NDArray[np.uint8]:
    """How far each pixel stands out from the background around it, cleaned of grain, spots and shadows.

    Parameters
    ----------
    grey
        float32, shape ``(H, W)``, 0–255, dark on light or light on dark.

    Returns
    -------
    uint8, shape ``(H, W)``; all 0 where nothing stands out.
    """
    raised = _raise_ink(_without_grain(grey))
    paper = _paper(raised)
    # Relative to the light that falls on the paper there: a stroke in the shadow counts as much as one in the sun.
    contrast = np.clip((raised - paper) * (255.0 / np.maximum(255.0 - paper, _DIMMEST_PAPER)), 0.0, 255.0)
    threshold = _otsu(contrast)
    strokes = contrast > threshold
    full = float(np.median(contrast[strokes])) if strokes.any() else 0.0
    if full < _LEAST_CONTRAST:
        return np.zeros(grey.shape, np.uint8)
    grain = float(np.percentile(contrast[~strokes], 75)) if not strokes.all() else 0.0
    floor = min(3.0 * grain, 0.75 * threshold)
    ink = np.clip((contrast - floor) * (255.0 / max(full - floor, 1.0)), 0.0, 255.0).astype(np.uint8)
    return _without_spots(ink) if grain >= 1.0 else ink


def _without_grain(grey: Grey) -> Grey:
    """Smooth a noisy photo by as much as no stroke is thin; leave a clean picture alone."""
    if max(grey.shape) < WORKING_SIDE / 4 or float(np.median(np.abs(np.diff(grey, axis=1)))) < 2.0:
        return grey
    smooth = Image.fromarray(grey.astype(np.uint8)).filter(ImageFilter.GaussianBlur(max(grey.shape) / 300))
    return np.asarray(smooth, dtype=np.float32)


def _raise_ink(grey: Grey) -> Grey:
    """Invert dark ink on light paper: ink covers clearly less than half, or else is not what the border shows."""
    low, high = np.percentile(grey, [0.5, 99.5])
    middle = (low + high) / 2
    light = float((grey > middle).mean())
    if abs(light - 0.5) < _UNCLEAR_SHARE:
        border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
        light = float((border > middle).mean())
    return np.asarray(255.0 - grey, dtype=np.float32) if light > 0.5 else grey


def _paper(raised: Grey) -> Grey:
    """The background under the strokes: what is left when everything narrower than a window is taken away.

    A slope of light over the whole photo is taken out before and put back after, because an opening bends it at the
    edges.
    """
    height, width = raised.shape
    small = Image.fromarray(raised).resize(_fit(width, height, _PAPER_SIDE), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float32)
    slope = _slope(values)
    window = min(_PAPER_WINDOW, max(3, 2 * (max(small.size) // 5) + 1))
    bumps = Image.fromarray(np.clip(values - slope + 128.0, 0.0, 255.0).astype(np.uint8))
    opened = bumps.filter(ImageFilter.MinFilter(window)).filter(ImageFilter.MaxFilter(window))
    smooth = np.asarray(opened.filter(ImageFilter.GaussianBlur(window / 4)), dtype=np.float32) - 128.0 + slope
    paper = Image.fromarray(np.clip(smooth, 0.0, 255.0)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(paper, dtype=np.float32)


def _slope(values: Grey) -> Grey:
    """The plane nearest to most pixels, strokes left out."""
    height, width = values.shape
    rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    points = np.stack([rows.ravel(), columns.ravel(), np.ones(values.size)], axis=1)
    flat = values.ravel().astype(np.float64)
    plane = np.full(values.size, np.median(flat))
    for _ in range(4):
        distance = np.abs(flat - plane)
        near = distance <= max(1.0, 2.5 * float(np.median(distance)))
        plane = points @ np.linalg.lstsq(points[near], flat[near], rcond=None)[0]
    return np.asarray(plane.reshape(values.shape), dtype=np.float32)


def _fit(width: int, height: int, side: int) -> tuple[int, int]:
    factor = min(1.0, side / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _otsu(values: Grey) -> float:
    """Threshold that parts values 0 … 255 into two groups with the least variance inside them.

    References
    ----------
    Otsu, “A threshold selection method from gray-level histograms”, IEEE Trans. SMC 9 (1979).
    """
    counts = np.histogram(values, bins=256, range=(0.0, 256.0))[0].astype(np.float64)
    levels = np.arange(256.0)
    below, mass = np.cumsum(counts), np.cumsum(counts * levels)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mass[-1] * below / below[-1] - mass) ** 2 / (below * above)
    return float(np.argmax(np.nan_to_num(between, posinf=0.0))) + 0.5


def _without_spots(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Drop specks, and what runs in from the edge of the photo if something else is left."""
    height, width = ink.shape
    small = Image.fromarray(ink).resize(_fit(width, height, 2 * _PAPER_SIDE), Image.Resampling.BOX)
    labels = _components(np.asarray(small) > 64)
    areas = np.bincount(labels.ravel())
    areas[0] = 0
    edges = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    inner = areas.copy()
    inner[edges] = 0
    areas = inner if inner.max(initial=0) >= _SPOT_SHARE * areas.max(initial=0) else areas
    kept = areas >= max(1.0, _SPOT_SHARE * float(areas.max(initial=0)))
    mask = Image.fromarray(np.where(kept[labels], 255, 0).astype(np.uint8)).filter(ImageFilter.MaxFilter(3))
    return np.where(np.asarray(mask.resize((width, height), Image.Resampling.NEAREST)) > 0, ink, 0).astype(np.uint8)


def _components(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number connected groups of pixels (8 neighbours); 0 is outside, numbers have gaps."""
    labels = np.where(mask, np.arange(1, mask.size + 1).reshape(mask.shape), 0)
    while True:
        padded = np.pad(labels, 1)
        rows = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
        spread = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:]) * mask
        if np.array_equal(spread, labels):
            return labels
        labels = spread
