"""Grey values of a picture → the ink on it: how far each pixel stands out from the background around it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.drawings.background import DIMMEST_PAPER, Grey, closed, noise_of, odd, opened, restlessness
from core.drawings.strokes import Relief, Strokes, kept_strokes, outstanding

WORKING_SIDE = 800
"""Longest side that pictures are reduced to, or up to twice that: a digit needs no more."""

# Strokes are looked for at this size, and drawn at the working size.
_SEARCH_SIDE = 400
# Windows for the background, as shares of the longest side. The narrowest that holds the strokes is the best one: in a
# wide one shadows, glare and bent paper are left over as well.
_WINDOWS = (1 / 24, 1 / 12, 1 / 6, 3 / 8)
_ENOUGH = 0.85
# Nothing can stand out from its surroundings in less.
_LEAST_SIDE = 3
# Smaller ones are not photographs, and their strokes are as thin as their pixels.
_SMALL_SIDE = 100
_VISIBLE_NOISE = 1.0
# Of a full stroke: what is certainly ink, and what is ink where it adjoins that. Printed lines and halos are fainter.
_SURE, _LIKELY = 0.6, 0.35
_FLOOR = 0.3


@dataclass(frozen=True, eq=False)
class _Search:
    """The picture at search size, its ink light, with the background at each window."""

    raised: Relief
    backgrounds: dict[int, Grey]
    dark_ink: bool


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
    step = max(1, -(-max(grey.shape) // _SEARCH_SIDE))
    if -(-min(grey.shape) // step) < _LEAST_SIDE:
        return np.zeros(grey.shape, np.uint8)
    search = _search(_reduced(grey, step))
    window, strokes = _found(search)
    if strokes is None:
        return np.zeros(grey.shape, np.uint8)
    contrast = relative(search.raised.grey, search.backgrounds[window])
    near = _near(contrast, search.raised, strokes)
    return _drawn(grey, search.dark_ink, strokes, odd(window * step + 1), _enlarged(near, step, grey.shape))


def relative(raised: Grey, background: Grey) -> Grey:
    """Contrast 0–255 by the light that falls on the paper there: strokes count alike in sun and shadow."""
    return np.asarray((raised - background) * (255.0 / np.maximum(255.0 - background, DIMMEST_PAPER)), np.float32)


def _reduced(grey: Grey, step: int) -> Grey:
    """Averages of blocks of ``step`` × ``step`` pixels, smoothed where there is grain."""
    from scipy import ndimage

    small = grey if step == 1 else np.asarray(Image.fromarray(grey).reduce(step), dtype=np.float32)
    if max(small.shape) > _SMALL_SIDE and noise_of(small) > _VISIBLE_NOISE:
        small = ndimage.gaussian_filter(small, 0.7)
    return np.asarray(small, dtype=np.float32)


def _search(small: Grey) -> _Search:
    """Dark or light ink: the background is calmer without it."""
    windows = sorted({odd(share * max(small.shape)) for share in _WINDOWS})
    without_light = {window: opened(small, window) for window in windows}
    without_dark = {window: closed(small, window) for window in windows}
    dark_ink = sum(map(restlessness, without_dark.values())) < sum(map(restlessness, without_light.values()))
    if dark_ink:
        return _Search(Relief(255.0 - small), {window: 255.0 - paper for window, paper in without_dark.items()}, True)
    return _Search(Relief(small), without_light, False)


def _found(search: _Search) -> tuple[int, Strokes | None]:
    """The narrowest window in which most of what stands out in any of them does; without grain the widest.

    A drawing has no shadows that a wide one would find, and strokes with whatever is inside them.
    """
    found = [
        (window, outstanding(relative(search.raised.grey, background), search.raised, background))
        for window, background in search.backgrounds.items()
    ]
    most = max((strokes.strength for _, strokes in found if strokes is not None), default=0.0)
    enough = [(window, it) for window, it in found if it is not None and it.strength >= _ENOUGH * most]
    if not enough:
        return 0, None
    return enough[-1 if enough[0][1].clean else 0]


def _near(contrast: Grey, raised: Relief, strokes: Strokes) -> NDArray[np.bool_]:
    """The strokes at search size and the pixels around them."""
    from scipy import ndimage
    from skimage.filters import apply_hysteresis_threshold

    limits = (max(strokes.grain, share * strokes.full) for share in (_LIKELY, _SURE))
    mask = kept_strokes(apply_hysteresis_threshold(contrast, *limits), raised, clean=strokes.clean)
    return np.asarray(ndimage.binary_dilation(mask, iterations=3 if strokes.clean else 2))


def _enlarged(mask: NDArray[np.bool_], step: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    large = np.repeat(np.repeat(mask, step, axis=0), step, axis=1)
    return large[: shape[0], : shape[1]]


def _drawn(grey: Grey, dark_ink: bool, strokes: Strokes, window: int, near: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The strokes at full size, a full one as 255; everything that is not near them is left out."""
    from scipy import ndimage

    rows, columns = (np.flatnonzero(near.any(axis=axis)) for axis in (1, 0))
    # The background of a pixel depends on what is within a window of it.
    part = tuple(slice(max(0, int(found[0]) - window), int(found[-1]) + 1 + window) for found in (rows, columns))
    raised = 255.0 - grey[part] if dark_ink else grey[part]
    if max(grey.shape) > _SEARCH_SIDE / 2 and noise_of(raised) > _VISIBLE_NOISE:
        # By less than the strokes are thin.
        sigma = min(1.5, max(0.5, strokes.width * max(grey.shape) / _SEARCH_SIDE / 6))
        raised = ndimage.gaussian_filter(raised, sigma)
    contrast = relative(raised, opened(raised, window))
    floor = 0.0 if strokes.clean else max(0.8 * strokes.grain, _FLOOR * strokes.full)
    ink = np.zeros(grey.shape, np.uint8)
    shown = np.clip((contrast - floor) * (255.0 / max(strokes.full - floor, 1.0)), 0.0, 255.0)
    ink[part] = np.where(near[part], shown, 0.0).astype(np.uint8)
    return ink
