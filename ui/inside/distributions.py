"""Inside, how the numbers are spread: weights, activations and gradients by layer and epoch, dead units counted."""

import numpy as np
import streamlit as st

from core.explain.distributions import (
    DISTRIBUTION_IMAGES,
    Distributions,
    Kind,
    MomentCounts,
    count_moment,
    layer_names,
    put_together,
    read_distributions,
)
from core.explain.kept_results import write_result
from core.explain.moments import kept_moments
from core.figures.distributions import distribution_map, unit_states
from core.figures.landscape import moment_name
from core.runs.records import Run
from ui.inside.kept import show_missing_moments
from ui.inside.measured import Part, show_measured, validation_sample
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.measurement import Prepared
from ui.shell.resources import model, run_store
from ui.shell.terms import explained
from ui.shell.url import choice

SPREAD = "spread"
_NORMED = ", batch normalisation with the statistics that training has gathered"


def show_distributions(run: Run) -> None:
    """Histograms by layer and epoch and the count of dead and saturated units, or the way to them."""
    st.header(
        "How its numbers are spread", anchor=False, help=explained("Activation", "Gradient", "Standard deviation")
    )
    st.caption(
        "One column for each kept epoch: the brighter a cell, the more of the layer’s values lie there, on a "
        "logarithmic scale. Weights that spread are learning; activations crowded at one end belong to units that "
        "may no longer learn."
    )
    # Here in any case: the URL may name it.
    kind: Kind = st.segmented_control("Numbers", required=True, **choice(SPREAD))
    if show_missing_moments(run, "Earlier epochs cannot be measured", enough=1):
        return
    part = Part(
        run=run,
        name="distributions",
        button="Measure the spread",
        doing="A worker examines the network after each kept epoch.",
        prepare=_prepare,
        read=read_distributions,
        write=write_result,
    )
    show_measured(part, lambda found: _show_spread(run, found, kind))


def _prepare(run: Run) -> Prepared:
    moments = kept_moments(run_store().files, run.run_id)
    images = validation_sample(run, DISTRIBUTION_IMAGES)

    def finish(counted: list[MomentCounts]) -> Distributions:
        return put_together(moments, counted, len(images))

    return Prepared(count_moment, (images,), [moment.model for moment in moments], finish)


def _show_spread(run: Run, found: Distributions, kind: Kind) -> None:
    names, rows = layer_names(model(run.run_id)), found.rows_of(kind)
    for start in range(0, len(rows), 2):
        for column, row in zip(st.columns(2, gap="medium"), rows[start : start + 2], strict=False):
            with column:
                _show_layer(run, found, row, names[int(found.layers[row])], kind)
    hidden = names[:-1]
    show_figure(
        kept_figure(unit_states, found, hidden, title="Dead and saturated units"),
        key="unit_states",
        alt=states_sentence(found, hidden),
        revision=run.run_id,
    )
    st.caption(
        f"{states_sentence(found, hidden)} Measured on {found.images:,} validation images. A dead unit’s activation "
        "has next to no slope on any of them, so it learns nothing; a saturated one is at an end of tanh or sigmoid on "
        "95% of them. Gradients are those of the mean loss on these images with respect to the weights"
        f"{_NORMED if run.config.batch_norm else ''}."
    )


def _show_layer(run: Run, found: Distributions, row: int, name: str, kind: Kind) -> None:
    low, high = found.edges[row, 0], found.edges[row, -1]
    show_figure(
        kept_figure(distribution_map, found, row, title=name),
        key=f"spread_{row}",
        alt=f"{kind.capitalize()} of {name.lower()} by epoch, from {low:.3g} to {high:.3g}.",
        revision=f"{run.run_id} {kind}",
    )


def states_sentence(found: Distributions, names: list[str]) -> str:
    """How many units are dead or saturated at the last moment, by layer."""
    if not len(found.units):
        return "This network has no hidden layers, so no unit can die."
    last = moment_name(int(found.epochs[-1]))
    told = []
    for name, units, dead, saturated in zip(names, found.units, found.dead[-1], found.saturated[-1], strict=True):
        also = f" and {saturated} saturated" if np.any(found.saturated) else ""
        told.append(f"{dead} of {units} units of {name.lower()} {'is' if dead == 1 else 'are'} dead{also}")
    return f"After {last}, {', '.join(told)}."
