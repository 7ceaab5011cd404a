"""Evaluate: how good a run is on the test images, and what it takes for what."""

from ui.evaluate_baselines import show_baselines
from ui.evaluate_confusion import check_cell_params, show_confusion
from ui.evaluate_quality import check_quality_params, show_classes, show_confidence, show_learning
from ui.evaluate_results import final_predictions, show_summary
from ui.evaluate_start import show_before_and_after
from ui.page import page_header
from ui.run_picker import choose_run

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
