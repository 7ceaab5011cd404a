"""The hidden units of a layer from the most used to the least: a click looks at one, or switches it off."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.data.dataset import ImageDataset
from core.explain.survey import LayerSurvey
from core.explain.units import Unit
from core.figures.montage import digit_montage, montage_frame
from core.figures.weights import unit_pictures, weight_pictures
from core.runs.records import Run
from ui.digits.gallery import show_montage
from ui.inside.state import choose_unit, switch
from ui.live.figure import Click
from ui.live.kept import kept_figure
from ui.live.replay import Frames
from ui.live.units import units_address
from ui.results.replay import unit_frames
from ui.shell.resources import model
from ui.shell.words import item

_MOST_SHOWN, _COLUMNS, _MOST_OUTPUTS = 96, 12, 10
_LAYER, _NUMBER, _MODE = "inside_layer", "inside_number", "inside_click"
_MODES = {"look": "Looks at it", "switch": "Switches it off or on"}
_USE_HELP = (
    "Use: a unit’s mean absolute activation on test images, times the mean absolute value of its outgoing weights. "
    "Orange pixels raise its sum, blue ones lower it."
)


def choose_in_fields(unit: Unit, widths: Sequence[int]) -> None:
    """Fields for layer and number: the way to every unit by keyboard, also to those that the grid leaves out."""
    st.session_state[_LAYER], st.session_state[_NUMBER] = unit.layer, unit.number
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if len(widths) > 1:
            layers = list(range(1, len(widths) + 1))
            st.selectbox("Hidden layer", layers, key=_LAYER, on_change=_take_layer, args=(tuple(widths),), width=130)
        last = widths[unit.layer - 1] - 1
        st.number_input("Unit", 0, last, step=1, key=_NUMBER, on_change=_take_number, args=(unit.layer,), width=130)
        st.segmented_control(
            "A click on a unit", list(_MODES), format_func=_MODES.__getitem__, key=_MODE, default="look", required=True
        )


def show_units(run: Run, test: ImageDataset, found: LayerSurvey, unit: Unit, off: Sequence[Unit]) -> None:
    """The most used units of the layer in a grid.

    Each is shown by its weights where these are a picture, otherwise by the test image that excites it most.
    """
    shown = [int(number) for number in found.order[:_MOST_SHOWN]]
    dark = [one.number for one in off if one.layer == unit.layer]
    by_weights = unit.layer == 1 and run.config.architecture != "cnn"
    if by_weights:
        pictures = _weight_pictures(run.run_id, run.version, tuple(shown), tuple(dark))
    else:
        pictures = test.images[found.exciting[shown, 0]]
        pictures = np.where(np.isin(shown, dark)[:, None, None], pictures // 4, pictures)
    show_montage(
        kept_figure(
            digit_montage,
            pictures,
            [_hover(run, found, number, number in dark) for number in shown],
            columns=_COLUMNS,
            selected=shown.index(unit.number) if unit.number in shown else None,
        ),
        key="inside_units",
        alt=f"The {len(shown)} most used units of hidden layer {unit.layer}, each shown by "
        f"{'its weights' if by_weights else 'the test image that excites it most'}",
        on_click=lambda click: _take_click(click, unit.layer, shown, off),
        frames=weights_through_epochs(run, shown, columns=_COLUMNS, dark=dark) if by_weights else None,
    )
    st.caption(_words(run, found, len(shown), by_weights=by_weights), help=_USE_HELP)


def show_outputs(run: Run) -> None:
    """Of a network without hidden layers, the weights of each class; a CNN's outputs have no such picture."""
    if run.config.architecture == "cnn":
        st.info("This network has no hidden layer: its outputs look at the features.", icon=":material/info:")
        return
    st.info("This network has no hidden layer: its outputs look at the pixels themselves.", icon=":material/info:")
    names = run.class_names
    show_montage(
        kept_figure(
            digit_montage,
            weight_pictures(model(run.run_id).first_layer_images()),
            [f"output {name}" for name in names],
            columns=min(_MOST_OUTPUTS, len(names)),
            captions=names,
        ),
        key="inside_outputs",
        alt=f"The weights of each of {len(names)} outputs",
        frames=weights_through_epochs(run, range(len(names)), columns=min(_MOST_OUTPUTS, len(names)), captions=True),
    )
    st.caption("Orange pixels are evidence for a class, blue ones against it.")


def weights_through_epochs(
    run: Run, units: Sequence[int], *, columns: int, dark: Sequence[int] = (), captions: bool = False
) -> Frames:
    """Frames for a montage of the first-layer weights of these units: the browser asks for the picture of a place."""
    address = partial(units_address, units=units, columns=columns, dark=dark, captions=captions)
    return unit_frames(run, address, partial(montage_frame, count=len(units), columns=columns, captions=captions))


# ``version`` is part of the cache’s key and nothing else.
@st.cache_resource(max_entries=16, show_spinner=False)
def _weight_pictures(
    run_id: str,
    version: str,  # noqa: ARG001
    units: tuple[int, ...],
    dark: tuple[int, ...],
) -> NDArray[np.uint8]:
    return unit_pictures(model(run_id).first_layer_images(), units, dark)


def _words(run: Run, found: LayerSurvey, shown: int, *, by_weights: bool) -> str:
    what = item(run.class_names)
    size = len(found.use)
    which = f"All {size} units" if shown == size else f"The {shown} most used of {size:,} units"
    picture = "by its weights" if by_weights else f"by the test {what} that excites it most"
    silent = int((found.active == 0).sum()) if run.config.activation == "relu" else 0
    dead = f" {silent} of the layer {'is' if silent == 1 else 'are'} never active: dead." if silent else ""
    return (
        f"{which}, the most used first, each shown {picture}. Dark: switched off. "
        f"Counted on {found.images:,} test images.{dead}"
    )


def _hover(run: Run, found: LayerSurvey, number: int, is_off: bool) -> str:
    active = f"<br>active for {percent(float(found.active[number]))}" if run.config.activation == "relu" else ""
    off = "<br>switched off" if is_off else ""
    return f"unit {number}<br>use {found.use[number]:.3g}{active}{off}"


def _take_click(click: Click, layer: int, shown: Sequence[int], off: Sequence[Unit]) -> None:
    clicked = Unit(layer, shown[click.index])
    if st.session_state.get(_MODE) == "switch":
        switch([clicked], off)
    else:
        choose_unit(clicked)


def _take_layer(widths: Sequence[int]) -> None:
    layer = int(st.session_state[_LAYER])
    choose_unit(Unit(layer, min(int(st.session_state[_NUMBER] or 0), widths[layer - 1] - 1)))


def _take_number(layer: int) -> None:
    choose_unit(Unit(layer, int(st.session_state[_NUMBER])))


def most_used(found: Sequence[LayerSurvey]) -> Unit:
    """What the page opens with."""
    return Unit(1, int(np.argmax(found[0].use)))
