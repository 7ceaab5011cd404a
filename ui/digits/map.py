"""A map of digits: a lasso or two sliders choose some, the pointer shows each; what Explore and Inside share."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.embedding import positions_in_box
from core.figures.sheet import SHEET_COLUMNS
from ui.digits.state import MapState
from ui.live.figure import ReadyFigure, Thumbnails, show_figure
from ui.live.replay import Frames
from ui.shell.state import page_state
from ui.shell.url import bound
from ui.shell.words import escape_markdown

LASSO_HINT = "Draw around some points with the lasso to see their images here."


def show_points(
    figure: ReadyFigure,
    sheet: bytes,
    *,
    key: str,
    images: str,
    alt: str,
    revision: str,
    frames: Frames | None = None,
) -> None:
    """The map.

    Parameters
    ----------
    figure
        From :func:`core.figures.digit_map.digit_map`.
    sheet
        The digits in one PNG, from :func:`core.figures.sheet.picture_sheet`.
    images
        Which digits these are: a lasso belongs to them.
    revision
        A zoom lasts until this changes.
    frames
        As for :func:`ui.live.figure.show_figure`.
    """

    def remember(lassoed: list[Any]) -> None:
        chosen = tuple(sorted(int(position) for position in lassoed if position is not None))
        page_state(MapState).lassoed[key] = (images, chosen)

    show_figure(
        figure,
        key=key,
        alt=alt,
        revision=revision,
        on_lasso=remember,
        frames=frames,
        thumbnails=Thumbnails(sheet, SHEET_COLUMNS),
        config={
            "displayModeBar": True,
            "displaylogo": False,
            "modeBarButtonsToRemove": ["toImage", "autoScale2d"],
            "showSendToCloud": False,
        },
    )


def lassoed(key: str, images: str) -> tuple[int, ...]:
    """Positions that a lasso has chosen on the map with this key."""
    return page_state(MapState).chosen(key, images)


def choose_box(points: NDArray[np.float64], across_key: str, upwards_key: str) -> tuple[int, ...]:
    """The way without a pointer: a rectangle by two sliders, which the URL knows by these names."""
    with st.expander("Choose with sliders instead of the lasso"):
        across = _percent_range("From left to right", across_key)
        upwards = _percent_range("From bottom to top", upwards_key)
    if across == upwards == (0, 100):
        return ()
    return tuple(positions_in_box(points, across, upwards).tolist())


def counts_of(labels: NDArray[np.int64], names: Sequence[str]) -> str:
    """How many of each class, most first: ``4: 12, 9: 7``."""
    counts = np.bincount(labels, minlength=len(names))
    return ", ".join(
        f"{escape_markdown(names[label])}: {counts[label]}"
        for label in np.argsort(-counts, kind="stable")
        if counts[label]
    )


def _percent_range(label: str, key: str) -> tuple[int, int]:
    chosen: tuple[int, int] = st.slider(label, 0, 100, (0, 100), format="%d%%", **bound(key))
    return chosen
