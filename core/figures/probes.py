"""The probe digits with what a network reads in them: a montage whose picture stays while the answers change."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.montage import CAPTION_SHARE, caption_texts, digit_montage
from core.figures.theme import RIGHT_COLOUR, WRONG_COLOUR

_INSET = 0.035


def probe_montage(
    images: NDArray[np.uint8],
    hover: Sequence[str],
    captions: Sequence[str],
    *,
    columns: int,
    correct: Sequence[bool] | None,
) -> go.Figure:
    """Digits with captions, in thin frames where they are read correctly, in thick ones of another colour elsewhere.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``.
    correct
        One for each; None before anything is read.
    """
    figure = digit_montage(images, hover, columns=columns, captions=captions)
    if len(images):
        figure.add_traces(
            [
                go.Scatter(mode="lines", line=line, hoverinfo="skip", **frame)
                for line, frame in zip(_LINES, _frames(correct, columns), strict=True)
            ]
        )
    return figure


def probe_frame(
    hover: Sequence[str], captions: Sequence[str], *, columns: int, correct: Sequence[bool]
) -> dict[str, Any]:
    """What of :func:`probe_montage` is different with other answers, by number of trace."""
    right, wrong = _frames(correct, columns)
    texts = {"text": list(hover)}, {"text": caption_texts(captions, columns)}
    return {"data": dict(enumerate([*texts, right, wrong]))}


_LINES = ({"color": RIGHT_COLOUR, "width": 2}, {"color": WRONG_COLOUR, "width": 5})


def _frames(correct: Sequence[bool] | None, columns: int) -> list[dict[str, list[float | None]]]:
    """The frames of those that are correct, and of the others: each one line with gaps."""
    answers = () if correct is None else correct
    return [_boxes([n for n, answer in enumerate(answers) if answer is kind], columns) for kind in (True, False)]


def _boxes(positions: Sequence[int], columns: int) -> dict[str, list[float | None]]:
    low, high = _INSET, 1 - _INSET
    x: list[float | None] = []
    y: list[float | None] = []
    for position in positions:
        left, top = position % columns, position // columns * (1 + CAPTION_SHARE)
        x += [*(round(left + side, 3) for side in (low, high, high, low, low)), None]
        y += [*(round(top + side, 3) for side in (low, low, high, high, low)), None]
    return {"x": x, "y": y}
