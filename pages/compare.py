"""Compare: what runs have been told apart by, how they learned, and where two of them disagree."""

from ui.compare.chosen import choose_compared
from ui.compare.curves import show_curves
from ui.compare.pair import show_pair
from ui.compare.settings import show_again, show_settings
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Compare", "Runs side by side: their settings, how they learned, and the images they disagree on.")
    compared = choose_compared()
    if compared.runs:
        show_settings(compared)
        show_curves(compared)
        show_pair(compared)
        show_again(compared)


main()
