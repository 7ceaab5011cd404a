"""A digit in the network, and the network's units: what a click or another digit draws again, and no more."""

import streamlit as st

from core.data.dataset import ImageDataset
from core.errors import DataError, DigitLabError
from core.explain.survey import LayerSurvey
from core.explain.units import Unit
from core.runs.class_order import require_own_order
from core.runs.records import Run
from ui.digits.convolutions import show_convolutions
from ui.inside.ablation import show_ablation
from ui.inside.data import surveyed
from ui.inside.network import show_lit_network
from ui.inside.state import chosen_unit, switched_off_units
from ui.inside.unit import show_unit
from ui.inside.units import choose_in_fields, most_used, show_outputs, show_units
from ui.results.replay import replayed_convolutions
from ui.shell.columns import side_by_side
from ui.shell.page import show_error
from ui.shell.resources import images_to_test
from ui.shell.terms import explained


@st.fragment
def show_learned(run: Run) -> None:
    """The network lit by a digit, its hidden units, one of them in large, and what is left without some."""
    try:
        _show(run)
    except DigitLabError as error:
        show_error(error)


def _show(run: Run) -> None:
    test = _test_images(run)
    widths = run.config.hidden_widths
    found = surveyed(run) if test is not None and widths else ()
    off = switched_off_units(widths)
    unit = chosen_unit(widths, most_used(found) if found else Unit(1, 0)) if widths else None
    lit = show_lit_network(run, test, off, unit)
    if lit is not None and run.config.architecture == "cnn":
        st.header("Through the convolutions", anchor=False, help=explained("CNN", "Kernel", "Pooling"))
        show_convolutions(
            run.run_id, lit.image, lit.name, key="inside_convolutions", replayed=replayed_convolutions(run)
        )
    st.header("Hidden units", anchor=False, help=explained("Unit", "Weight", "Feature"))
    if unit is None:
        show_outputs(run)
        return
    _show_hidden(run, test, found, unit, off)


def _show_hidden(
    run: Run, test: ImageDataset | None, found: tuple[LayerSurvey, ...], unit: Unit, off: tuple[Unit, ...]
) -> None:
    layer = found[unit.layer - 1] if found else None
    left, right = side_by_side(11, 9, key="inside_columns", least=340)
    with left:
        choose_in_fields(unit, run.config.hidden_widths)
        if test is not None and layer is not None:
            show_units(run, test, layer, unit, off)
        if test is not None:
            show_ablation(run, off)
    with right:
        show_unit(run, test, layer, unit, off)


def _test_images(run: Run) -> ImageDataset | None:
    """What the run was tested on, or None after a sentence on what is left out without it."""
    try:
        images = images_to_test(run.config)
        require_own_order(run, images.class_names)
    except DataError as error:
        show_error(error)
        st.caption("Without its images, only its weights can be shown.")
        return None
    return images
