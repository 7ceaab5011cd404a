"""Many digits as one picture, each under an invisible marker that answers hover, click and lasso."""

import io
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from PIL import Image, ImageColor

from core.figures.addresses import data_address
from core.figures.names import longest, shortened
from core.figures.theme import ORANGE, RIGHT_COLOUR, WRONG_COLOUR, empty_figure, new_figure

CAPTION_SHARE = 0.4
"""Height of a caption, in cells."""

_LETTERS_IN_A_ROW = 60
"""What fits side by side below a row of digits on a phone."""

_Floats = NDArray[np.floating[Any]]

_SCALE = 2
_MARGIN = 2
_CELL = 28 * _SCALE + 2 * _MARGIN
"""Side of a cell in the picture. Digits are doubled so that browsers do not blur them away."""

_FRAME = 96
"""The grey of the line around every digit, without which black ones melt into a dark page."""

_CLEAR = 1
"""The grey that stands for transparent in a picture without marks; digits show it as 0."""

_MARKS: Mapping[str, tuple[str, int]] = MappingProxyType({"right": (RIGHT_COLOUR, 2), "wrong": (WRONG_COLOUR, 5)})
"""Colour and thickness of a frame: the two differ without colour as well."""


def digit_montage(
    images: NDArray[np.uint8],
    hover: Sequence[str],
    *,
    columns: int,
    rows: int = 0,
    marks: Sequence[str] | None = None,
    selected: int | None = None,
    captions: Sequence[str] | None = None,
) -> go.Figure:
    """A grid of digits, row by row, white on black; or of other pictures of their size in colour.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``, or ``(N, 28, 28, 3)`` in colour.
    hover
        N texts.
    columns
        Digits in a row.
    rows
        Rows for which there is room at least, also where there are no digits at all.
    marks
        N words: ``"right"`` draws a thin frame, ``"wrong"`` a thick one in another colour, all others none.
    selected
        Position of the digit that gets the frame of the chosen one.
    captions
        N short texts that stand below the digits.

    Returns
    -------
    Figure
        Its first trace has one point a digit, in the order of ``images``.
    """
    if not len(images) and not rows:
        return empty_figure("No digits", "There are no digits to show.", height=160)
    width, filled = montage_shape(len(images), columns, captions=captions is not None)
    height = max(filled, montage_shape(rows * columns, columns, captions=captions is not None)[1])
    pitch = _pitch(captions)
    columns = max(1, columns)
    left = np.arange(len(images)) % columns
    top = np.arange(len(images)) // columns * pitch
    figure = new_figure(
        "",
        [_markers(left + 0.5, top + 0.5, hover), *_captions(left + 0.5, top + 1, captions, columns)],
        height=round(height * 60),
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        hoverdistance=-1,
        images=[
            _layout_image(data_address(montage_png(images, columns=columns, marks=marks, pitch=pitch)), width, filled)
            for _ in range(min(1, len(images)))
        ],
        xaxis=_axis([0, width]),
        yaxis=_axis([height, 0]) | {"scaleanchor": "x", "constraintoward": "top"},
    )
    if selected is not None and 0 <= selected < len(images):
        figure.add_shape(**_frame(float(left[selected]), float(top[selected])))
    return figure


def montage_frame(address: str, count: int, columns: int, *, captions: bool = False) -> dict[str, Any]:
    """What of a montage is different with the picture that a browser finds at this address."""
    return {"layout": {"images": [_layout_image(address, *montage_shape(count, columns, captions=captions))]}}


def montage_shape(count: int, columns: int, *, captions: bool = False) -> tuple[int, float]:
    """Width and height of a montage, in cells."""
    rows = -(-count // max(1, columns))
    return max(1, columns), rows * (1 + CAPTION_SHARE * captions)


def montage_size(figure: go.Figure) -> tuple[float, float] | None:
    """Width and height of a montage in cells, read from its axes; None for an empty figure."""
    across, down = figure.layout.xaxis.range, figure.layout.yaxis.range
    return None if across is None or down is None else (float(across[1]), float(down[0]))


def montage_png(
    images: NDArray[np.uint8], *, columns: int, marks: Sequence[str] | None = None, pitch: float = 1.0
) -> bytes:
    """The picture alone, transparent between the digits, as a PNG file.

    Parameters
    ----------
    images, marks
        As in :func:`digit_montage`.
    pitch
        Height of a row, in cells.
    """
    rows = -(-len(images) // columns)
    size = max(1, round(rows * pitch * _CELL)), columns * _CELL
    corners = [(round(n // columns * pitch * _CELL), n % columns * _CELL) for n in range(len(images))]
    if marks is None and images.ndim == 3:
        return _grey_png(images, size, corners)
    return _colour_png(images, size, corners, marks or [""] * len(images))


def _grey_png(images: NDArray[np.uint8], size: tuple[int, int], corners: Sequence[tuple[int, int]]) -> bytes:
    """A picture without marks: one byte a pixel, a fifth of the time to compress that colours take."""
    canvas = np.full(size, _CLEAR, dtype=np.uint8)
    for (top, left), image in zip(corners, images, strict=True):
        canvas[top + 1 : top + _CELL - 1, left + 1 : left + _CELL - 1] = _FRAME
        inside = canvas[top + _MARGIN : top + _CELL - _MARGIN, left + _MARGIN : left + _CELL - _MARGIN]
        inside[:] = np.where(image == _CLEAR, 0, image).repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)
    return _png(canvas, transparency=_CLEAR)


def _colour_png(
    images: NDArray[np.uint8], size: tuple[int, int], corners: Sequence[tuple[int, int]], marks: Sequence[str]
) -> bytes:
    canvas = np.zeros((*size, 4), dtype=np.uint8)
    for (top, left), image, mark in zip(corners, images, marks, strict=True):
        _paint(canvas[top : top + _CELL, left : left + _CELL], image, _MARKS.get(mark))
    return _png(canvas)


def _png(canvas: NDArray[np.uint8], **options: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(canvas).save(file, "PNG", compress_level=1, **options)
    return file.getvalue()


def _paint(cell: NDArray[np.uint8], image: NDArray[np.uint8], mark: tuple[str, int] | None) -> None:
    """Draw one digit with the frame of its mark into its cell of the canvas, shape ``(_CELL, _CELL, 4)``."""
    cell[1:-1, 1:-1] = (_FRAME, _FRAME, _FRAME, 255)
    inside = cell[_MARGIN:-_MARGIN, _MARGIN:-_MARGIN]
    large = image.repeat(_SCALE, axis=0).repeat(_SCALE, axis=1)
    inside[..., :3] = large if large.ndim == 3 else large[..., np.newaxis]
    inside[..., 3] = 255
    if mark is None:
        return
    colour, thickness = (*ImageColor.getrgb(mark[0])[:3], 255), mark[1]
    for edge in (np.s_[:thickness], np.s_[-thickness:], np.s_[:, :thickness], np.s_[:, -thickness:]):
        cell[edge] = colour


def _pitch(captions: Sequence[str] | None) -> float:
    return 1.0 if captions is None else 1 + CAPTION_SHARE


def _markers(x: _Floats, y: _Floats, hover: Sequence[str]) -> go.Scatter:
    """Squares that cannot be seen; with an unlimited hover distance the nearest one answers everywhere."""
    return go.Scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"symbol": "square", "size": 24, "opacity": 0},
        text=list(hover),
        hovertemplate="%{text}<extra></extra>",
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
    )


def _captions(x: _Floats, y: _Floats, captions: Sequence[str] | None, columns: int) -> list[go.Scatter]:
    if captions is None:
        return []
    texts = caption_texts(captions, columns)
    text = go.Scatter(
        x=x,
        y=y,
        mode="text",
        text=texts,
        # In full, and how wide they may be, in cells: where there is more room than on a phone, the page uses it.
        customdata=list(captions),
        meta={"fit": 0.98},
        textposition="bottom center",
        textfont={"size": 13 if longest(texts) <= 2 else 11},
        hoverinfo="skip",
        cliponaxis=False,
    )
    return [text]


def caption_texts(captions: Sequence[str], columns: int) -> list[str]:
    """Captions as long as there is room for below a digit."""
    return [shortened(caption, max(4, _LETTERS_IN_A_ROW // columns)) for caption in captions]


def _layout_image(address: str, width: float, height: float) -> dict[str, Any]:
    return {
        "source": address,
        "xref": "x",
        "yref": "y",
        "x": 0,
        "y": 0,
        "sizex": width,
        "sizey": height,
        "sizing": "stretch",
        "layer": "below",
    }


def _axis(limits: list[float]) -> dict[str, Any]:
    return {"visible": False, "range": limits, "constrain": "domain", "fixedrange": True}


def _frame(left: float, top: float) -> dict[str, Any]:
    return {
        "type": "rect",
        "x0": left + 0.03,
        "y0": top + 0.03,
        "x1": left + 0.97,
        "y1": top + 0.97,
        "line": {"color": ORANGE, "width": 3},
    }
