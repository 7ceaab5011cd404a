"""Inside, what can be left out: accuracy with weights pruned, and with fewer bits for each."""

import streamlit as st

from core.analysis.percent import percent
from core.explain.compression import (
    COMPRESSION_IMAGES,
    Compression,
    accuracy_after,
    changes,
    gathered,
    read_compression,
)
from core.explain.kept_results import write_result
from core.figures.compression import bits_curve, pruning_curve
from core.runs.records import Run
from ui.inside.measured import Part, show_measured, validation_sample
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.measurement import Prepared
from ui.shell.resources import model


def show_compression(run: Run) -> None:
    """Accuracy against the share of weights pruned and against bits per weight, or the way to it."""
    st.header("What can be left out?", anchor=False)
    st.caption(
        "Most networks have more weights than they need. The smallest weights are set to 0, or every weight is rounded "
        "to a few levels, and the validation images are read again; nothing is trained in between."
    )
    part = Part(
        run=run,
        name="compression",
        button="Leave things out",
        doing="A worker reads the validation images with less and less of the network.",
        prepare=_prepare,
        read=read_compression,
        write=write_result,
    )
    show_measured(part, lambda compression: _show_curves(run, compression))


def _prepare(run: Run) -> Prepared:
    network, images = model(run.run_id), validation_sample(run, COMPRESSION_IMAGES)

    def finish(accuracies: list[float]) -> Compression:
        return gathered(network, accuracies, len(images))

    return Prepared(accuracy_after, (network, images), changes(), finish)


def _show_curves(run: Run, compression: Compression) -> None:
    left, right = st.columns(2, gap="medium")
    pruned = f"{compression.most_pruned:.0%} of its weights can go"
    with left:
        show_figure(
            kept_figure(pruning_curve, compression, title=pruned if compression.most_pruned else "Every weight counts"),
            key="pruning",
            alt=f"Validation accuracy against the share of weights pruned: {percent(compression.accuracy)} with all, "
            f"{percent(float(compression.pruned[-1]))} with {compression.shares[-1]:.0%} of them gone.",
            revision=run.run_id,
        )
    bits = compression.fewest_bits
    told = "More than 8 bits are needed" if bits is None else f"{bits} {'bit is' if bits == 1 else 'bits are'} enough"
    with right:
        show_figure(
            kept_figure(bits_curve, compression, title=told),
            key="bits",
            alt=f"Validation accuracy against bits per weight: {percent(float(compression.quantised[0]))} with "
            f"{compression.bits[0]:.0f}, {percent(float(compression.quantised[-1]))} with {compression.bits[-1]:.0f}.",
            revision=run.run_id,
        )
    st.caption(
        f"Measured on {compression.images:,} validation images. The titles allow for a loss of one percentage point; "
        f"the dotted line is the network as it was trained, 32 bits for each of its {compression.weights:,} weights. "
        "With two bits a weight is −max, 0 or max, and most become 0; with one bit it keeps its sign and gets the mean "
        "size."
    )
