"""What all test results share: getting them, counting that somebody looked, and saying kindly that there are none."""

import streamlit as st

from core.analysis.predictions import Predictions
from core.errors import DigitLabError
from core.runs.records import DEMO_RUN_ID, Run, RunStatus
from ui.choices.run import is_chosen
from ui.results.state import ResultsState
from ui.shell.page import show_error
from ui.shell.resources import predictions as stored_predictions
from ui.shell.resources import run_store
from ui.shell.state import page_state
from ui.shell.url import write_param

_ENDINGS = {
    RunStatus.STOPPED: "This run was stopped: these are the results of its last weights.",
    RunStatus.INTERRUPTED: "This run was interrupted: these are the results of its last weights.",
    RunStatus.FAILED: "This run failed: these are the results of its last good weights.",
}


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
    """Count that this session looks at the test results of a run, once; how often they were looked at by now.

    Only what somebody asked to see counts, not a run that a page just opened with.
    """
    looked_at = page_state(ResultsState).looked_at
    if not is_chosen(run.run_id):
        return run.test_looks
    if run.run_id in looked_at:
        return max(run.test_looks, 1)
    looked_at.add(run.run_id)
    run_store().count_test_look(run.run_id)
    return run.test_looks + 1


def _offer_demo(run: Run) -> None:
    with st.container(horizontal=True):
        if not run.is_demo:
            st.button("Show the demo run", icon=":material/play_circle:", on_click=_choose_demo)
        if run.status.is_active:
            st.page_link("train.py", label="Watch it train", icon=":material/model_training:")


def _choose_demo() -> None:
    write_param("run", DEMO_RUN_ID)
