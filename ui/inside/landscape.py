"""Inside, the loss landscape: a plane through the run's own path, computed in a worker."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.explain.kept_results import write_result
from core.explain.landscape import (
    LANDSCAPE_IMAGES,
    POINTS,
    Landscape,
    landscape_parts,
    losses_at,
    put_together,
    read_landscape,
)
from core.explain.moments import kept_moments
from core.explain.plane import plane_through
from core.figures.landscape import landscape_map, moment_name
from core.runs.records import Run
from ui.inside.kept import show_missing_moments
from ui.inside.measured import Part, show_measured, validation_sample
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.measurement import Prepared
from ui.shell.resources import run_store
from ui.shell.terms import explained
from ui.shell.words import loss_unit


def show_landscape(run: Run) -> None:
    """The loss around the way that the run took, or the way to it."""
    st.header("Loss landscape", anchor=False, help=explained("Loss", "Checkpoint"))
    st.caption(
        "All weights of the network are one point in a space of many dimensions, and training is a path through it. "
        "This map is a slice: the plane in which the run’s own path changes most. Colours and contour lines show the "
        "validation loss with the weights of each point."
    )
    if show_missing_moments(run, "A path needs two epochs"):
        return
    part = Part(
        run=run,
        name="landscape",
        button="Map the loss",
        doing=f"A worker measures the loss at {POINTS} × {POINTS} points.",
        prepare=_prepare,
        read=read_landscape,
        write=write_result,
    )
    show_measured(part, lambda landscape: _show_map(run, landscape))


def _prepare(run: Run) -> Prepared:
    moments = kept_moments(run_store().files, run.run_id)
    plane = plane_through(moments)
    images = validation_sample(run, LANDSCAPE_IMAGES)

    def finish(losses: list[NDArray[np.float64]]) -> Landscape:
        return put_together(plane, losses, len(images))

    return Prepared(losses_at, (plane, images), landscape_parts(plane, moments), finish)


def _show_map(run: Run, landscape: Landscape) -> None:
    first, last = (moment_name(int(landscape.epochs[index])) for index in (0, -1))
    show_figure(
        kept_figure(landscape_map, landscape, unit=loss_unit(run.config)),
        key="landscape",
        alt=f"Map of the validation loss on a plane through the run’s path from {first}, with a loss of "
        f"{landscape.own_losses[0]:.3f}, to {last}, with {landscape.own_losses[-1]:.3f}.",
        revision=run.run_id,
    )
    st.caption(_explanation(run, landscape))


def _explanation(run: Run, landscape: Landscape) -> str:
    sentences = [f"Measured on {landscape.images:,} validation images."]
    if landscape.is_drawn:
        sentences.append("This path is a straight line: the second direction is a random one, at right angles to it.")
    else:
        sentences.append(
            f"The plane holds {percent(landscape.share)} of the path’s variation; its end lies exactly on the "
            "plane; other points may lie off it, so that their own loss differs from the colour under them."
        )
    if not run.config.hidden_widths:
        sentences.append("Without hidden layers the loss is convex: it has one valley, and every way down leads there.")
    return " ".join(sentences)
