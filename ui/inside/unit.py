"""One hidden unit: what excites it, and what it says to the classes."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.data.dataset import ImageDataset
from core.explain.survey import LayerSurvey
from core.explain.units import Unit, outgoing_weights
from core.figures.montage import digit_montage
from core.figures.walk import value_bars
from core.figures.weights import weight_pictures
from core.runs.records import Run
from ui.digits.gallery import show_gallery, show_montage
from ui.inside.data import can_be_excited, excited
from ui.inside.state import choose_digit, switch
from ui.inside.units import weights_through_epochs
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.resources import model
from ui.shell.words import item, one

_ZOOM = 5
_SIDE = 28 * _ZOOM
_COLUMNS = 8


def show_unit(
    run: Run, test: ImageDataset | None, found: LayerSurvey | None, unit: Unit, off: tuple[Unit, ...]
) -> None:
    """Everything about the unit that is chosen; less where test images are gone."""
    st.subheader(f"Unit {unit.number} of hidden layer {unit.layer}", anchor=False)
    is_off = unit in off
    st.button(
        "Switch it on again" if is_off else "Switch it off",
        icon=":material/toggle_on:" if is_off else ":material/toggle_off:",
        on_click=switch,
        args=([unit], off),
    )
    if found is not None:
        _show_numbers(run, found, unit)
    _show_pictures(run, test, found, unit)
    if test is not None and found is not None:
        _show_exciting(run, test, found, unit)
    _show_outgoing(run, unit)


def _show_numbers(run: Run, found: LayerSurvey, unit: Unit) -> None:
    rank = int(np.flatnonzero(found.order == unit.number)[0]) + 1
    words = f"Number **{rank:,}** of {len(found.use):,} by use."
    if run.config.activation == "relu":
        share = float(found.active[unit.number])
        words += (
            f" It is active for **{percent(share)}** of the test images."
            if share
            else " It is active for no test image: a dead unit."
        )
    st.markdown(words)


def _show_pictures(run: Run, test: ImageDataset | None, found: LayerSurvey | None, unit: Unit) -> None:
    """Its weights where they are a picture, and the image made for it."""
    with st.container(horizontal=True):
        if unit.layer == 1 and run.config.architecture != "cnn":
            _show_weights(run, unit)
        if test is None or found is None or found.values[unit.number, 0] == 0:
            return
        if not can_be_excited(run):
            st.caption("This network is too large to find the image that excites this unit most while you wait.")
            return
        made = excited(run, unit)
        caption = f"Made for it: {made.value:.3g}. No test {item(run.class_names)} exceeds "
        caption += f"{found.values[unit.number, 0]:.3g}."
        _picture(made.image, caption, f"The image that excites {unit.words} most: its activation is {made.value:.3g}")


def _show_weights(run: Run, unit: Unit) -> None:
    with st.container(width=_SIDE):
        pictures = weight_pictures(model(run.run_id).first_layer_images()[[unit.number]])
        show_montage(
            kept_figure(digit_montage, pictures, [f"weights of {unit.words}"], columns=1),
            key="inside_unit_weights",
            alt=f"Weights of {unit.words}",
            frames=weights_through_epochs(run, [unit.number], columns=1),
        )
        st.caption("Its weights")


def _picture(image: NDArray[np.uint8], caption: str, alt: str) -> None:
    large = image.repeat(_ZOOM, axis=0).repeat(_ZOOM, axis=1)
    st.image(large, width=_SIDE, caption=caption, alt=alt)


def _show_exciting(run: Run, test: ImageDataset, found: LayerSurvey, unit: Unit) -> None:
    """The test images about which it says most; a click sends one through the network above."""
    places, values = found.exciting[unit.number], found.values[unit.number]
    if run.config.activation == "relu":
        places = places[values > 0]
    what = item(run.class_names)
    if not len(places):
        return
    st.markdown(f"**Test {what}s that excite it most**")
    names = [run.class_names[label] for label in test.labels[places]]
    show_gallery(
        test.images[places],
        [
            f"test {what} {place}, labelled {name}<br>{value:.3g}"
            for place, name, value in zip(places.tolist(), names, values.tolist(), strict=False)
        ],
        key="inside_exciting",
        alt=f"The {len(places)} test {what}s that excite {unit.words} most",
        columns=_COLUMNS,
        captions=names,
        on_pick=lambda position: choose_digit(int(places[position])),
    )
    st.caption(f"The strongest first. Click {one(what)} to send it through the network above.")


def _show_outgoing(run: Run, unit: Unit) -> None:
    weights = outgoing_weights(model(run.run_id), unit)
    is_last = unit.layer == len(run.config.hidden_widths)
    show_figure(
        kept_figure(
            value_bars,
            "Its weight for each class" if is_last else "What one unit of activation adds to each class",
            weights.astype(np.float64),
            names=run.class_names,
            of=item(run.class_names),
        ),
        key="inside_outgoing",
        alt=f"Outgoing weights of {unit.words}: largest for {run.class_names[int(weights.argmax())]}, "
        f"lowest for {run.class_names[int(weights.argmin())]}",
    )
    if not is_last:
        st.caption("Summed along all paths through the later layers, as if their activations were linear.")
