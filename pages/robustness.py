"""Robustness: what a network still reads when its images get worse."""

from ui.choices.run import choose_run
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Robustness", "How much can go wrong with an image before a network misreads it?")
    choose_run()


main()
