"""Before and after: what a run that continued from another has changed."""

import pandas as pd
import streamlit as st

from core.analysis.percent import percent, points
from core.analysis.predictions import Predictions
from core.data.dataset import ImageDataset
from core.errors import DigitLabError
from core.figures.confusion import confusion_heatmap
from core.runs.records import Run
from ui.live.figure import show_figure
from ui.shell.resources import model, run_store
from ui.shell.words import escape_markdown


def show_before_and_after(run: Run, images: ImageDataset, after: Predictions) -> None:
    """Both matrices on the same test images, and how the recall of each class moved; nothing for other runs.

    Parameters
    ----------
    images, after
        What the run was tested on, and what it says about that.
    """
    if not run.config.start_from:
        return
    st.header("Before and after", anchor=False)
    before = _before(run, images)
    if before is None:
        return
    start = run_store().get(run.config.start_from)
    gain = points(after.accuracy - before.accuracy)
    st.caption(
        f"This run continued from {escape_markdown(start.title)}. Of the same test images, that one reads "
        f"{percent(before.accuracy)} correctly, this one {percent(after.accuracy)}: {gain} percentage points."
    )
    names = after.class_names
    for column, said, words in zip(st.columns(2), (before, after), ("Before", "After"), strict=True):
        with column:
            st.markdown(f"**{words}**")
            show_figure(
                confusion_heatmap(said.confusion_matrix, names, mode="by_true_row"),
                key=f"{words} {run.run_id}",
                alt=f"Confusion matrix {words.lower()}, mistakes as shares of each row",
            )
    recalls = [100 * said.class_metrics.recall for said in (before, after)]
    table = {"Label": names, "Recall before": recalls[0], "Recall after": recalls[1], "Change": recalls[1] - recalls[0]}
    shares = dict.fromkeys(("Recall before", "Recall after"), st.column_config.NumberColumn(format="%.2f%%"))
    st.dataframe(
        pd.DataFrame(table),
        hide_index=True,
        placeholder="–",
        column_config=shares | {"Change": st.column_config.NumberColumn(format="%+.1f")},
        alt="Recall of every label before and after, and its change in percentage points",
    )


def _before(run: Run, test: ImageDataset) -> Predictions | None:
    """What the run that it continued from says about the same images."""
    try:
        network = model(run.config.start_from)
    except DigitLabError as error:
        st.caption(f"The run that it continued from cannot be compared: {escape_markdown(str(error))}")
        return None
    if network.class_names != run.class_names:
        st.caption("It continued from a network for other classes: there is nothing to compare label by label.")
        return None
    return Predictions(run.config.start_from, network.probabilities(test.images), test.labels, test.class_names)
