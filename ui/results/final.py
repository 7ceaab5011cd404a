"""What all test results share: getting them, counting that somebody looked, and saying kindly that there are none."""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.analysis.predictions import Predictions
from core.data.dataset import ImageDataset
from core.errors import DigitLabError
from core.runs.records import DEMO_RUN_ID, Run
from core.runs.status import RunStatus
from ui.choices.run import is_chosen
from ui.results.choice import OWN, choose_dataset
from ui.results.state import ResultsState
from ui.shell.page import show_error
from ui.shell.predictions import images_of_other, predictions_on, seen_by
from ui.shell.predictions import predictions as stored_predictions
from ui.shell.resources import dataset_title, images_to_test, run_store
from ui.shell.state import page_state
from ui.shell.url import write_param
from ui.shell.words import escape_markdown, listed

_ENDINGS = {
    RunStatus.STOPPED: "This run was stopped: these are the results of its last weights.",
    RunStatus.INTERRUPTED: "This run was interrupted: these are the results of its last weights.",
    RunStatus.FAILED: "This run failed: these are the results of its last good weights.",
}


@dataclass(frozen=True, eq=False)
class Tested:
    """A run, the images that it was tested on, and what it says about them.

    Parameters
    ----------
    dataset
        The dataset they are of, or ``own``.
    images
        Labels count the classes of the run; some of those may have no image.
    counts
        Whether looks at these results count: they are of the run's own test set.
    sentence
        Which images they are.
    """

    run: Run
    dataset: str
    images: ImageDataset
    predictions: Predictions
    counts: bool
    sentence: str

    @property
    def query(self) -> dict[str, str]:
        """What a link to another page says of run and dataset."""
        return {"run": self.run.run_id} | ({} if self.dataset == OWN else {"tested_on": self.dataset})

    @property
    def key(self) -> str:
        """Names run and images, for widgets that must not outlive either."""
        return f"{self.run.run_id}_{self.dataset}"


def test_results(run: Run, place: DeltaGenerator) -> Tested | None:
    """What a run says about the images that are chosen, or None after a sentence that says why there is nothing yet.

    Parameters
    ----------
    place
        Where the images are chosen.
    """
    if run.status.is_active:
        st.info(
            f"This run is {run.status}. Test results come when it has ended; until then, validation shows how it is "
            "doing.",
            icon=":material/hourglass_top:",
        )
        _offer_demo(run)
        return None
    with place:
        dataset = choose_dataset(run)
    try:
        tested = _tested_on_own(run) if dataset == OWN else _tested_on_other(run, dataset)
    except DigitLabError as error:
        show_error(error)
        _offer_demo(run)
        return None
    if run.status in _ENDINGS:
        st.caption(f":material/info: {_ENDINGS[run.status]}")
    return tested


def count_look(tested: Tested) -> int:
    """Count that this session looks at the test results of a run, once; how often they were looked at by now.

    Only what somebody asked to see counts, not a run that a page just opened with, and only its own test set.
    """
    run = tested.run
    if not tested.counts:
        return run.test_looks
    if not is_chosen(run.run_id):
        return run.test_looks
    return run.test_looks + 1 if count_look_at(run.run_id) else max(run.test_looks, 1)


def count_look_at(run_id: str) -> bool:
    """Count that this session looks at the test results of a run; whether it is the first time."""
    looked_at = page_state(ResultsState).looked_at
    if run_id in looked_at:
        return False
    looked_at.add(run_id)
    run_store().count_test_look(run_id)
    return True


def _tested_on_own(run: Run) -> Tested:
    predictions = stored_predictions(run)
    sentence = f"Measured on {len(predictions.labels):,} test images that it never trained on."
    return Tested(run, OWN, images_to_test(run.config), predictions, counts=True, sentence=sentence)


def _tested_on_other(run: Run, dataset: str) -> Tested:
    found, title = images_of_other(run, dataset), escape_markdown(dataset_title(dataset))
    predictions = predictions_on(run, dataset)
    which = "its own test set under another name" if found.is_own else "not its own test set"
    sentence = f"Measured on {found.words} of **{title}**: {which}."
    support = predictions.class_metrics.support
    lacking = [name for name, count in zip(run.class_names, support, strict=True) if not count]
    if lacking:
        sentence += f" There is no image of {escape_markdown(listed(lacking))}."
    if seen := seen_by(run, dataset):
        sentence += f" :material/warning: {seen:,} of these images were also used to train or select it."
    return Tested(run, dataset, found.images, predictions, counts=found.is_own, sentence=sentence)


def _offer_demo(run: Run) -> None:
    with st.container(horizontal=True):
        if not run.is_demo:
            st.button("Show the demo run", icon=":material/play_circle:", on_click=_choose_demo)
        if run.status.is_active:
            st.page_link("train.py", label="Watch it train", icon=":material/model_training:")


def _choose_demo() -> None:
    write_param("run", DEMO_RUN_ID)
