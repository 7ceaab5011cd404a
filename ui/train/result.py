"""The result of a training run, in a place that is kept for it from the start."""

import streamlit as st

from core.analysis.intervals import accuracy_interval
from core.analysis.percent import percent
from core.engine.job import JobSnapshot
from core.runs.records import EpochMetrics
from core.runs.status import RunOrigin
from ui.shell.resources import run_store
from ui.shell.words import duration, escape_markdown


def show_result(snapshot: JobSnapshot, key: str = "train", *, is_useless: bool = False) -> None:
    """The accuracy with its uncertainty and where to go on; why there is none, or that it is to come.

    Parameters
    ----------
    is_useless
        Whether nothing has been learned, which is then what the result is.
    """
    with st.container(border=True, key=f"{key}_result"):
        if snapshot.error:
            st.warning(escape_markdown(snapshot.error))
        if snapshot.status.is_active:
            st.caption("The result appears here when the training run has ended.")
        elif not snapshot.epochs:
            st.caption(f"There is no result of the training run: {_why_none(snapshot)}.")
        else:
            if is_useless:
                st.markdown(":red[:material/error: **It learned nothing.**] Guessing does as well:")
            _show_accuracy(snapshot)


def _why_none(snapshot: JobSnapshot) -> str:
    if run_store().summary(snapshot.run_id).origin is RunOrigin.IMPORTED:
        return "an imported model comes without what was measured"
    return "it ended before its first epoch"


def _show_accuracy(snapshot: JobSnapshot) -> None:
    last = snapshot.epochs[-1]
    kept = run_store().get(snapshot.run_id).kept_epoch or last
    total = int(kept.confusion.sum())
    interval = accuracy_interval(kept.val_accuracy, total)
    seconds = duration(sum(epoch.seconds for epoch in snapshot.epochs))
    images = f"{total:,} validation {'image' if total == 1 else 'images'}"
    st.markdown(
        f"**{percent(kept.val_accuracy)}** of {images} correct (95% interval {percent(interval.low)} – "
        f"{percent(interval.high)}) after {last.position:.3g} "
        f"{'epoch' if last.position == 1 else 'epochs'} in {seconds}. "
        f"{_best_is_kept(kept, last)}"
        "This page never uses the test images; Evaluate does."
    )
    query = {"run": snapshot.run_id}
    first, second, third = st.columns(3)
    first.page_link("evaluate.py", label="Evaluate on the test set", icon=":material/query_stats:", query_params=query)
    second.page_link("errors.py", label="See what it gets wrong", icon=":material/error_outline:", query_params=query)
    third.page_link("draw.py", label="Draw for this network", icon=":material/gesture:", query_params=query)


def _best_is_kept(kept: EpochMetrics, last: EpochMetrics) -> str:
    """What early stopping has kept, if it is not the last epoch."""
    return "" if kept.epoch == last.epoch else f"The weights of epoch {kept.epoch}, the best, are kept. "
