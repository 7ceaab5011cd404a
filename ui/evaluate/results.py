"""Evaluate: everything that the test images say of a run."""

from streamlit.delta_generator import DeltaGenerator

from core.runs.records import Run
from ui.evaluate.confusion import check_cell_params, show_confusion
from ui.evaluate.quality import check_quality_params, show_classes, show_confidence
from ui.evaluate.refusal import show_refusal
from ui.evaluate.summary import show_summary
from ui.results.before_after import show_before_and_after
from ui.results.final import test_results


def show_test_results(run: Run, place: DeltaGenerator) -> bool:
    """Summary, confusion matrix, classes and confidence; after a sentence, False where there are no predictions yet.

    Parameters
    ----------
    place
        Where the images are chosen that it is tested on.
    """
    check_cell_params(run.class_names)
    check_quality_params()
    tested = test_results(run, place)
    if tested is None:
        return False
    show_summary(tested)
    show_confusion(tested)
    show_before_and_after(tested.run, tested.images, tested.predictions)
    show_classes(tested.predictions)
    show_confidence(tested)
    show_refusal(tested)
    return True
