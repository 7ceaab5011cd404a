"""A figure that stays in the page and changes in place, where ``st.plotly_chart`` mounts every change again."""

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import streamlit as st

from core.figures.addresses import data_address
from ui.live.assets import address
from ui.live.component import component
from ui.live.replay import Frames
from ui.live.state import LiveState, changes_in_place
from ui.shell.charts import QUIET, keep_shape
from ui.shell.sentences import run_page_again
from ui.shell.state import page_state

# Plotly and pandas take a while to load, and the words of a page do not wait for them.
if TYPE_CHECKING:
    import plotly.graph_objects as go


@dataclass(frozen=True)
class Thumbnails:
    """Pictures that show as the mouse points at what they are of; the figure keeps their numbers as ``customdata``.

    Parameters
    ----------
    sheet
        All of them in one PNG, from :func:`core.figures.sheet.picture_sheet`.
    columns, side
        Pictures in a row, and pixels of each.
    """

    sheet: bytes
    columns: int
    side: int = 28


@dataclass(frozen=True)
class Click:
    """A point that was clicked.

    Parameters
    ----------
    index
        Number of the point within its trace. Cells of a heatmap are clicked by markers that lie over them.
    customdata
        What the figure keeps there.
    """

    index: int
    customdata: Any


@dataclass(frozen=True, eq=False)
class ReadyFigure:
    """A figure that is shown again and again as it is, with what the browser gets of it.

    Attributes
    ----------
    json
        The figure as plotly.js reads it.
    """

    figure: "go.Figure"
    json: str

    @classmethod
    def of(cls, figure: "go.Figure") -> Self:
        """Write a figure out once; it must not change afterwards."""
        import plotly.io

        return cls(figure, plotly.io.to_json(figure, validate=False))

    @cached_property
    def height(self) -> int:
        """In pixels, as the figure says it."""
        from core.figures.theme import HEIGHT

        return int(self.figure.layout.height or HEIGHT)

    @cached_property
    def montage_size(self) -> tuple[float, float] | None:
        """Of a montage, see :func:`core.figures.montage.montage_size`."""
        from core.figures.montage import montage_size

        return montage_size(self.figure)


def show_figure(  # noqa: PLR0913 - all but three have defaults
    figure: "go.Figure | ReadyFigure",
    *,
    key: str,
    alt: str,
    shape: str | None = None,
    max_height: int | None = None,
    revision: str = "",
    on_click: Callable[[Click], None] | None = None,
    on_lasso: Callable[[list[Any]], None] | None = None,
    thumbnails: Thumbnails | None = None,
    config: Mapping[str, Any] = MappingProxyType({}),
    frames: Frames | None = None,
) -> None:
    """Show a figure; when the script runs again with the same key it changes where it stands.

    Parameters
    ----------
    figure
        One that is polled and seldom changes is better a :class:`ReadyFigure` from a cache.
    key
        One of its own; the element has the class ``st-key-…``.
    alt
        What a person who does not see it is told; also its name for a screen reader.
    shape
        Width by height as CSS has it, ``784 / 560``: the figure fills its column. Otherwise it has the height that it
        says itself, in pixels.
    max_height
        In pixels, where it has a shape.
    revision
        A zoom and a selection last until this changes: a figure of another run has another.
    on_click
        Called with the point, before the page runs again.
    on_lasso
        Called with what the figure keeps at each point in a lasso or a box; with none when it is undone.
    thumbnails
        What shows beside the point under the mouse.
    config
        More of plotly's configuration.
    frames
        How it looks at earlier places of a run: it follows the control of :func:`ui.live.replay.show_replay`.
    """
    if shape is not None:
        keep_shape(key, shape, max_height=max_height)
    ready = figure if isinstance(figure, ReadyFigure) else ReadyFigure.of(figure)
    height = ready.height if shape is None else "stretch"
    if not changes_in_place():
        _tell_once()
        _show_plain(ready.figure, key=key, alt=alt, height=height, on_click=on_click, on_lasso=on_lasso, config=config)
        return
    events = [name for name, call in (("click", on_click), ("lasso", on_lasso)) if call is not None]
    component("stub")(
        key=key,
        data={
            "key": key,
            "figure": ready.json,
            "alt": alt,
            "config": {**QUIET, **config},
            "events": events,
            "revision": revision,
            "frames": None if frames is None else frames.json,
            "thumbnails": None if thumbnails is None else _keep_sheet(key, thumbnails),
            "script": address("figure.js"),
            "plotly": address("plotly.js"),
        },
        height=height,
        on_click_change=lambda: _hear_click(key, on_click),
        on_lasso_change=lambda: _hear_lasso(key, on_lasso),
        on_failed_change=lambda: _give_up(key),
    )


def _keep_sheet(key: str, thumbnails: Thumbnails) -> dict[str, Any]:
    """Put the sheet into the page, unseen and apart from the figure: it stays there while the figure changes."""
    name, picture = _sheet(thumbnails.sheet)
    with st.container(key=f"{key}_sheet"):
        st.html(f"{picture}<style>.st-key-{key}_sheet {{ display: none; }}</style>")
    return {"sheet": name, "columns": thumbnails.columns, "side": thumbnails.side}


@lru_cache(maxsize=8)
def _sheet(content: bytes) -> tuple[str, str]:
    """The name of a sheet, and the element that holds it."""
    name = f"sheet-{zlib.crc32(content):08x}"
    return name, f'<img id="{name}" alt="" hidden src="{data_address(content)}">'


def _hear_click(key: str, on_click: Callable[[Click], None] | None) -> None:
    said = st.session_state[key].get("click")
    if on_click is not None and isinstance(said, Mapping):
        on_click(Click(int(said["index"]), said["customdata"]))


def _hear_lasso(key: str, on_lasso: Callable[[list[Any]], None] | None) -> None:
    said = st.session_state[key].get("lasso")
    if on_lasso is not None and isinstance(said, list):
        on_lasso(said)


def _give_up(key: str) -> None:
    page_state(LiveState).failed = bool(st.session_state[key].get("failed"))


def _tell_once() -> None:
    """Run the whole page once: a figure may be part of a fragment, and its top is where the sentence is."""
    state = page_state(LiveState)
    if not state.is_told:
        state.is_told = True
        run_page_again()


def _show_plain(
    figure: "go.Figure",
    *,
    key: str,
    alt: str,
    height: Any,
    on_click: Callable[[Click], None] | None,
    on_lasso: Callable[[list[Any]], None] | None,
    config: Mapping[str, Any],
) -> None:
    """The same figure as a chart of Streamlit's, mounted again with every change."""

    def hear() -> None:
        points = st.session_state[f"{key}_plain"]["selection"]["points"]
        if on_click is not None and points:
            first = points[0]
            on_click(Click(int(first["point_index"]), first.get("customdata")))
        if on_lasso is not None:
            on_lasso([point.get("customdata") for point in points])

    with st.container(key=key, height=height, border=False):
        st.plotly_chart(
            figure,
            key=f"{key}_plain",
            alt=alt,
            height="stretch",
            on_select="ignore" if on_click is None and on_lasso is None else hear,
            selection_mode=("points",) if on_lasso is None else ("points", "lasso", "box"),
            config={**QUIET, **config},
        )
