"""How learning curves are drawn, wherever there are some: one choice for all pages, kept in the URL."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st

from core.figures.curve_points import CurvePoints, loss_ceiling
from core.figures.curves import EpochAxis, Scale
from ui.shell.url import choice, linked
from ui.shell.url_table import PARAMETERS
from ui.shell.url_values import number_in

_SMOOTHINGS: Final = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True)
class CurveView:
    """How curves are drawn: the axes of accuracies and of epochs, and how much the line of the batches is smoothed."""

    scale: Scale = "accuracy"
    smoothing: float = 0.0
    epoch_axis: EpochAxis = "linear"


@dataclass
class _Ceiling:
    """Where the loss axis of a run ended last."""

    reached: float = 0.0


def choose_curve_view() -> CurveView:
    """Let the user choose."""
    scale = st.segmented_control("Axis of accuracy", **choice("accuracy_axis"), required=True)
    epoch_axis = st.segmented_control(
        "Axis of epochs",
        **choice("epoch_axis"),
        required=True,
        help="Most is learned in the first batches: a logarithmic axis gives them as much room as all epochs.",
    )
    smoothing = choose_smoothing("Smoothing of the batches", "Exponential smoothing of the thin training line")
    return CurveView(scale or "accuracy", smoothing, epoch_axis or "linear")


def choose_smoothing(label: str, what: str) -> float:
    """How much lines are smoothed, kept in the URL; ``what`` begins the help."""
    words = " or ".join([", ".join(f"{value:g}" for value in _SMOOTHINGS[:-1]), f"{_SMOOTHINGS[-1]:g}"])
    smoothing = st.select_slider(
        label,
        _SMOOTHINGS,
        format_func=lambda value: f"{value:g}" if value else "none",
        help=f"{what}: the share of what came before.",
        **linked("smoothing", number_in(*_SMOOTHINGS), 0.0, f"Smoothing is {words}, not “{{value}}”."),
    )
    return float(smoothing)


def growing_ceiling(run_id: str, points: CurvePoints) -> float:
    """Where the loss axis of a run ends: as high as ever on this server, for it never shrinks while a run goes on."""
    ceiling = _ceiling(run_id)
    ceiling.reached = max(ceiling.reached, loss_ceiling(points))
    return ceiling.reached


def view_as_query(view: CurveView) -> dict[str, str]:
    """The view as an address says it."""
    return {"accuracy_axis": view.scale, "smoothing": f"{view.smoothing:g}", "epoch_axis": view.epoch_axis}


def view_in(query: Mapping[str, str]) -> CurveView:
    """The view that an address asks for.

    Raises
    ------
    ValueError
        If a part of it is missing or cannot be.
    """
    scale: Any = PARAMETERS["accuracy_axis"].parse(query.get("accuracy_axis", ""))
    epoch_axis: Any = PARAMETERS["epoch_axis"].parse(query.get("epoch_axis", ""))
    return CurveView(scale, number_in(*_SMOOTHINGS)(query.get("smoothing", "")), epoch_axis)


@st.cache_resource(max_entries=64, show_spinner=False)
def _ceiling(run_id: str) -> _Ceiling:  # noqa: ARG001
    return _Ceiling()
