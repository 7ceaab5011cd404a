"""Errors: every test image that a run gets wrong, and one of them under the magnifying glass."""

from ui.errors.mistakes import show_mistakes
from ui.results.choice import choose_run_to_test
from ui.results.final import test_results
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Errors", "Every test image that a network gets wrong. Which of them would you get wrong too?")
    tested = test_results(*choose_run_to_test())
    if tested is not None:
        show_mistakes(tested)


main()
