"""Home's card of the latest run: how good it is, what it mixes up, and where to go from there."""

import streamlit as st

from core.analysis.confusion import most_confused_pairs
from core.analysis.percent import percent
from core.analysis.verdict import named
from core.errors import NewerVersionError
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.status import RunStatus
from ui.choices.run import default_run
from ui.settings.sidebar import settings_query
from ui.shell.resources import run_store
from ui.shell.terms import explained
from ui.shell.words import escape_markdown, item


def show_latest() -> None:
    """The newest run of this browser with a finished epoch; the demo run until there is one."""
    store = run_store()
    newest = default_run().run_id
    try:
        run = store.get(newest)
    except NewerVersionError:
        # Its row can be read, its epochs cannot.
        run = store.get(DEMO_RUN_ID)
    with st.container(border=True):
        st.header("The demo run" if run.is_demo else f"Your latest run: {escape_markdown(run.title)}", anchor=False)
        left, right = st.columns([1, 2])
        with left:
            accuracy = "–" if run.val_accuracy is None else percent(run.val_accuracy)
            st.metric("Validation accuracy", accuracy, help=explained("Accuracy", "Validation set"))
        with right:
            st.markdown(_sentence(run))
            st.caption(_measured_on(run))
            _show_next_steps(run)


def _sentence(run: Run) -> str:
    """Its status, and the mistake that it makes most often on the validation images."""
    epochs = f"{run.epochs_done:g} of {run.config.epochs} epochs"
    done = "" if run.status is RunStatus.COMPLETED else f"It is {run.status} after {epochs}. "
    pairs = most_confused_pairs(run.kept_epoch.confusion, 2) if run.kept_epoch else ()
    if not pairs:
        return f"{done}It makes no mistake on the validation images."
    worst = pairs[0]
    true, predicted = (escape_markdown(run.class_names[label]) for label in (worst.true_label, worst.predicted_label))
    shared = len(pairs) > 1 and pairs[1].count == worst.count
    mistake = "One of its most common mistakes" if shared else "Its most common mistake"
    times = "once" if worst.count == 1 else f"{worst.count} times"
    return (
        f"{done}{mistake} on the validation images: it reads {named(true)} as {named(predicted)}, "
        f"{times} ({percent(worst.share)} of all “{true}”)."
    )


def _measured_on(run: Run) -> str:
    """Why a run has two accuracies."""
    images = int(run.kept_epoch.confusion.sum()) if run.kept_epoch else 0
    validation = (
        f"Validation accuracy is measured on {images:,} images kept out of training; settings are chosen by it."
    )
    if run.test_accuracy is None or not (run.test_looks or run.is_demo):
        return f"{validation} The test images come last: Evaluate reads them."
    return f"{validation} On the test images, which decide nothing, it is {percent(run.test_accuracy)}."


def _show_next_steps(run: Run) -> None:
    chosen = {"run": run.run_id}
    with st.container(horizontal=True):
        st.page_link("errors.py", label="See what it gets wrong", icon=":material/error_outline:", query_params=chosen)
        st.page_link(
            "draw.py",
            label="Draw a digit for this network" if item(run.class_names) == "digit" else "Draw for this network",
            icon=":material/gesture:",
            query_params=chosen,
        )
        st.page_link(
            "train.py",
            label="Change a setting and train again",
            icon=":material/tune:",
            query_params=settings_query(run.config),
        )
