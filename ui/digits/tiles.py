"""Digits and values of their pixels side by side, each with its words below."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.figures.attribution import attribution_map
from core.figures.digit import digit_heatmap
from ui.live.figure import ReadyFigure, show_figure
from ui.live.kept import kept_figure

_NARROWEST, _MOST_HEIGHT = 150, 260


@dataclass(frozen=True, eq=False)
class Tile:
    """A square figure and its caption in Markdown, which also tells what it shows."""

    figure: ReadyFigure
    caption: str


def digit_tile(image: NDArray[np.uint8], caption: str) -> Tile:
    """A digit, uint8 ``(28, 28)``."""
    return Tile(kept_figure(digit_heatmap, image), caption)


def values_tile(
    values: NDArray[np.floating[Any]],
    image: NDArray[np.uint8],
    caption: str,
    *,
    of: str,
    strongest: float | None = None,
) -> Tile:
    """A value of each pixel; see :func:`core.figures.attribution.attribution_map`."""
    return Tile(kept_figure(attribution_map, values, image, of=of, strongest=strongest), caption)


def show_tiles(tiles: Sequence[Tile], *, key: str) -> None:
    """Show them in a row, below each other where that would make them too small."""
    with st.grid(len(tiles), min_column_width=_NARROWEST) as grid:
        for number, tile in enumerate(tiles):
            with grid.cell():
                show_figure(
                    tile.figure,
                    key=f"{key}_{number}",
                    alt=tile.caption.replace("*", "").replace("\\", ""),
                    shape="1",
                    max_height=_MOST_HEIGHT,
                )
                st.caption(tile.caption)
