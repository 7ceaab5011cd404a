"""The network with a digit going through it: a test digit, or what this session drew last."""

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.dataset import ImageDataset
from core.explain.ablation import drawing_without, switched_off
from core.explain.units import Unit
from core.runs.records import Run
from ui.digits.network import Drawn, show_drawn, show_network_of
from ui.digits.state import CanvasState
from ui.inside.state import DIGIT, LIT_BY, choose_digit
from ui.live.network import lit_by
from ui.results.replay import places_of, replayed_network
from ui.shell.resources import model
from ui.shell.state import page_state
from ui.shell.url import bound, checked_param, choice
from ui.shell.url_values import whole_number
from ui.shell.words import escape_markdown, item


@dataclass(frozen=True, eq=False)
class Lit:
    """What goes through the network.

    Parameters
    ----------
    image
        uint8 ``(28, 28)``, as the network gets it.
    name
        In a sentence: ``test digit 3``, ``your drawing``.
    label
        What it is, where that is known.
    """

    image: NDArray[np.uint8]
    name: str
    label: int | None = None


@dataclass(frozen=True, eq=False)
class _Way:
    """What an image does in the network, and what is read with all units and without those that are switched off."""

    drawn: Drawn
    read: int
    left: int


def show_lit_network(run: Run, test: ImageDataset | None, off: tuple[Unit, ...], unit: Unit | None) -> Lit | None:
    """The drawing, lit by the image that is chosen; that image, or None where there is none.

    Parameters
    ----------
    unit
        The one that is looked at, where there are hidden units.
    """
    st.header("A digit on its way" if item(run.class_names) == "digit" else "An image on its way", anchor=False)
    lit = _choose_image(run, test)
    if lit is None:
        show_network_of(run.run_id, key="inside_network", replayed=replayed_network(run))
        return None
    way = _way(run.run_id, run.version, lit.image, off, unit)
    _say_answer(run, lit, off, way)
    show_drawn(way.drawn, "inside_network", replayed_network(run, lit_by(lit.image, off, unit)))
    return lit


def _choose_image(run: Run, test: ImageDataset | None) -> Lit | None:
    what = item(run.class_names)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = st.segmented_control(f"Which {what}", required=True, **choice(LIT_BY))
        if source == "drawing":
            return _drawing(run)
        if test is None:
            return None
        number = _choose_number(test, what)
    return Lit(test.images[number], f"test {what} {number}", int(test.labels[number]))


def _drawing(run: Run) -> Lit | None:
    """What was drawn last in this session for classes like these, or the way to it."""
    drawn = page_state(CanvasState).last
    if drawn is not None and drawn.class_names == run.class_names:
        return Lit(drawn.image, "your drawing")
    st.caption("You have not drawn anything for this run yet.")
    st.page_link("draw.py", label="Draw", icon=":material/gesture:", query_params={"run": run.run_id})
    return None


def _choose_number(test: ImageDataset, what: str) -> int:
    last = len(test) - 1
    there = f"There is no test {what} “{{value}}”: it must be a whole number from 0 to {last:,}."
    checked_param(DIGIT, whole_number(0, last), there)
    remembered = st.session_state.get(DIGIT)
    # Other pages number other images under the same name.
    if remembered is not None and not 0 <= remembered <= last:
        st.session_state[DIGIT] = 0
    number = int(st.number_input(f"Test {what}", 0, last, step=1, width=150, **bound(DIGIT)))
    st.button("Random", icon=":material/shuffle:", on_click=_choose_any, args=(len(test),))
    return number


# ``version`` is part of the cache's key and nothing else.
@st.cache_resource(max_entries=64, show_spinner=False)
def _way(
    run_id: str,
    version: str,  # noqa: ARG001
    image: NDArray[np.uint8],
    off: tuple[Unit, ...],
    unit: Unit | None,
) -> _Way:
    network = model(run_id)
    drawing = drawing_without(network, off, image, chosen=unit)
    read, left = (int(found.probabilities(image[None])[0].argmax()) for found in (network, switched_off(network, off)))
    return _Way(Drawn.of(drawing), read, left)


def _say_answer(run: Run, lit: Lit, off: tuple[Unit, ...], way: _Way) -> None:
    read, left = (escape_markdown(run.class_names[label]) for label in (way.read, way.left))
    labelled = "" if lit.label is None else f"Labelled **{escape_markdown(run.class_names[lit.label])}**. "
    when = "After its last epoch, the" if len(places_of(run)) > 1 else "The"
    without = f" Without the units that are switched off, it reads **{left}**." if off else ""
    st.markdown(f"{labelled}{when} whole network reads **{read}**.{without}")


def _choose_any(count: int) -> None:
    choose_digit(int(np.random.default_rng().integers(count)))
