"""What all test results share: getting them, counting that somebody looked, and saying kindly that there are none."""

import math

import streamlit as st

from core.analysis.calibration import reliability
from core.analysis.classification import top_k_accuracy
from core.analysis.intervals import accuracy_interval
from core.analysis.predictions import Predictions
from core.errors import DigitLabError
from core.runs.records import DEMO_RUN_ID, Run, RunStatus
from ui.page import show_error
from ui.resources import predictions as stored_predictions
from ui.resources import run_store
from ui.state import app_state

_ACCURACY_HELP = (
    "Share of the test images that it reads rightly. The interval is Wilson's: measured again and again on other test "
    "images of the same kind, 95 of 100 such intervals would hold its true accuracy."
)
_ECE_HELP = "ECE: how far confidence and accuracy lie apart on average. 0% would be perfectly honest."
_ENDINGS = {
    RunStatus.STOPPED: "This run was stopped: these are the results of its last weights.",
    RunStatus.INTERRUPTED: "This run was interrupted: these are the results of its last weights.",
    RunStatus.FAILED: "This run failed: these are the results of its last good weights.",
}


def percent(share: float, digits: int = 2) -> str:
    """A share from 0 to 1 in words: ``97.71%``; a dash for the share of nothing."""
    return "–" if math.isnan(share) else f"{share:.{digits}%}"


def final_predictions(run: Run) -> Predictions | None:
    """What a run says about the test images, or None after a sentence that says why there is nothing yet."""
    if run.status.is_active:
        st.info(
            f"This run is {run.status}. Test results come when it has ended; until then, validation shows how it does.",
            icon=":material/hourglass_top:",
        )
        _offer_demo(run)
        return None
    try:
        found = stored_predictions(run.run_id)
    except DigitLabError as error:
        show_error(error)
        _offer_demo(run)
        return None
    if run.status in _ENDINGS:
        st.caption(f":material/info: {_ENDINGS[run.status]}")
    return found


def count_look(run: Run) -> int:
    """Count that this session looks at the test results of a run, once; how often they were looked at by now."""
    looked_at = app_state().looked_at
    if run.run_id in looked_at:
        return max(run.test_looks, 1)
    looked_at.add(run.run_id)
    run_store().count_test_look(run.run_id)
    return run.test_looks + 1


def show_summary(run: Run, predictions: Predictions) -> None:
    """The four numbers that sum a run up on the test images, and how far to trust them."""
    looks = count_look(run)
    total = len(predictions.labels)
    interval = accuracy_interval(predictions.accuracy, total)
    ece = reliability(predictions.confidence, predictions.correct).expected_calibration_error
    top2, top3 = (top_k_accuracy(predictions.probabilities, predictions.labels, k) for k in (2, 3))
    with st.container(horizontal=True, gap="medium"):
        st.metric(
            "Test accuracy",
            percent(interval.share),
            f"95% interval {interval.low:.2%} – {interval.high:.2%}",
            delta_color="off",
            delta_arrow="off",
            width="content",
            help=_ACCURACY_HELP,
        )
        for k, share in ((2, top2), (3, top3)):
            meaning = f"The true label is among its {k} most probable ones."
            st.metric(f"Test top-{k} accuracy", percent(share), width="content", help=meaning)
        st.metric("Test calibration error", percent(ece), width="content", help=_ECE_HELP)
    times = "once" if looks == 1 else f"{looks} times"
    st.caption(
        f"Measured on {total:,} test images that it never trained on. **Test set looked at {times}** for this run: "
        "choose settings by validation accuracy, so that this number stays an honest last check."
    )


def _offer_demo(run: Run) -> None:
    with st.container(horizontal=True):
        if not run.is_demo:
            st.button("Show the demo run", icon=":material/play_circle:", on_click=_choose_demo)
        if run.status.is_active:
            st.page_link("train.py", label="Watch it train", icon=":material/model_training:")


def _choose_demo() -> None:
    st.query_params["run"] = DEMO_RUN_ID
