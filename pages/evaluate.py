"""Evaluate: how good a run is on the test images, and what it takes for what."""

from ui.choices.run import choose_run
from ui.evaluate.baselines import show_baselines
from ui.evaluate.confusion import check_cell_params, show_confusion
from ui.evaluate.quality import check_quality_params, show_classes, show_confidence, show_learning
from ui.evaluate.start import show_before_and_after
from ui.evaluate.summary import show_summary
from ui.results.final import final_predictions
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Evaluate", "How good is a network on images that it has never seen, and which ones does it confuse?")
    run = choose_run()
    check_cell_params(run.class_names)
    check_quality_params()
    predictions = final_predictions(run)
    if predictions is not None:
        show_summary(run, predictions)
        show_confusion(run, predictions)
        show_before_and_after(run, predictions)
        show_classes(predictions)
        show_confidence(predictions)
    show_learning(run)
    show_baselines(run)


main()
