"""How learning curves are drawn, wherever there are some: one choice for all pages, kept in the URL."""

from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from core.figures.curve_points import CurvePoints, loss_ceiling
from core.figures.curves import EpochAxis, Scale
from ui.shell.state import page_state
from ui.shell.url import choice, linked
from ui.shell.url_values import number_in

_SMOOTHINGS: Final = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True)
class CurveView:
    """How curves are drawn: the axes of accuracies and of epochs, and how much the line of the batches is smoothed."""

    scale: Scale = "accuracy"
    smoothing: float = 0.0
    epoch_axis: EpochAxis = "linear"


@dataclass
class CurveState:
    """Where the loss axis of each run ended last: it never shrinks while a run goes on."""

    ceilings: dict[str, float] = field(default_factory=dict)


def choose_curve_view() -> CurveView:
    """Let the user choose."""
    scale = st.segmented_control("Axis of accuracy", **choice("accuracy_axis"), required=True)
    epoch_axis = st.segmented_control(
        "Axis of epochs",
        **choice("epoch_axis"),
        required=True,
        help="Most is learned in the first batches: a logarithmic axis gives them as much room as all epochs.",
    )
    words = " or ".join([", ".join(f"{value:g}" for value in _SMOOTHINGS[:-1]), f"{_SMOOTHINGS[-1]:g}"])
    smoothing = st.select_slider(
        "Smoothing of the batches",
        _SMOOTHINGS,
        format_func=lambda value: f"{value:g}" if value else "none",
        help="Exponential smoothing of the thin training line: the share of what came before.",
        **linked("smoothing", number_in(*_SMOOTHINGS), 0.0, f"Smoothing is {words}, not “{{value}}”."),
    )
    return CurveView(scale or "accuracy", float(smoothing), epoch_axis or "linear")


def growing_ceiling(run_id: str, points: CurvePoints) -> float:
    """Where the loss axis of a run ends: as high as ever in this session."""
    ceilings = page_state(CurveState).ceilings
    ceilings[run_id] = max(ceilings.get(run_id, 0.0), loss_ceiling(points))
    return ceilings[run_id]
