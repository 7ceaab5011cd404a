"""A grid of digits that can be clicked: one figure for all of them, not one widget for each."""

import zlib
from collections.abc import Callable, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from core.figures.montage import digit_montage, montage_size
from ui.digits.state import GalleryState
from ui.live.figure import Click, ReadyFigure, show_figure
from ui.live.kept import kept_figure
from ui.live.replay import Frames
from ui.shell.state import page_state


def show_gallery(  # noqa: PLR0913 - all but two have defaults and are keywords
    images: NDArray[np.uint8],
    hover: Sequence[str],
    *,
    key: str,
    alt: str,
    columns: int = 10,
    rows: int = 0,
    selected: int | None = None,
    marks: Sequence[str] | None = None,
    captions: Sequence[str] | None = None,
    on_pick: Callable[[int], None] | None = None,
) -> int | None:
    """Show digits in a grid; a click chooses one, and a second click on it keeps it.

    A choice belongs to these images: other images under the same key begin without one. Keyboard and touch are
    the caller's to serve, with a number input or a select box beside the grid.

    Parameters
    ----------
    images
        uint8, shape ``(N, 28, 28)``.
    hover, marks, captions
        One for each image, see :func:`core.figures.montage.digit_montage`.
    rows
        Rows for which there is room in any case, so that other images move nothing.
    selected
        Position that is chosen as long as nothing was clicked; a click is forgotten when this changes.
    on_pick
        Called with the position right after a click, before the page runs again: the place to set other widgets.

    Returns
    -------
    int or None
        Position of the chosen digit.
    """
    identity = zlib.crc32(images.tobytes())
    chosen = _remembered(key, identity, len(images), selected)
    figure = kept_figure(
        digit_montage, images, hover, columns=columns, rows=rows, marks=marks, selected=chosen, captions=captions
    )

    def remember_click(click: Click) -> None:
        position = click.index
        page_state(GalleryState).clicks[key] = (identity, position)
        if on_pick is not None:
            on_pick(position)

    show_montage(figure, key=key, alt=alt, on_click=remember_click)
    return chosen


def show_montage(
    figure: go.Figure | ReadyFigure,
    *,
    key: str,
    alt: str,
    max_height: int | None = None,
    on_click: Callable[[Click], None] | None = None,
    frames: Frames | None = None,
) -> None:
    """Show a montage as wide as its place and as high as its digits then are, on a desk and on a phone.

    Parameters
    ----------
    figure
        From :func:`core.figures.montage.digit_montage`.
    max_height
        In pixels.
    on_click
        Called with the digit that was clicked.
    frames
        As for :func:`ui.live.figure.show_figure`.
    """
    size = figure.montage_size if isinstance(figure, ReadyFigure) else montage_size(figure)
    shape = None if size is None else f"{size[0]} / {size[1]:.4g}"
    show_figure(figure, key=key, alt=alt, shape=shape, max_height=max_height, on_click=on_click, frames=frames)


def _remembered(key: str, identity: int, count: int, selected: int | None) -> int | None:
    """The last click on these images, unless ``selected`` has changed since."""
    state = page_state(GalleryState)
    if state.given.get(key) != (identity, selected):
        state.given[key] = (identity, selected)
        state.clicks.pop(key, None)
    click = state.clicks.get(key)
    if click is not None and click[0] == identity and 0 <= click[1] < count:
        return click[1]
    return selected if selected is not None and 0 <= selected < count else None
