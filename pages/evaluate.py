"""Evaluate: how good a run is on the test images, and what it takes for what."""

from ui.choices.card import show_card
from ui.evaluate.baselines import show_baselines
from ui.evaluate.quality import show_learning
from ui.evaluate.results import show_test_results
from ui.results.choice import choose_run_to_test
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header(
        "Evaluate", "How well does a network read images that it has never seen, and which classes does it confuse?"
    )
    run, place = choose_run_to_test()
    has_results = show_test_results(run, place)
    show_card(run, page="evaluate")
    show_learning(run, has_control=has_results)
    show_baselines(run)


main()
