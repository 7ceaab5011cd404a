"""Datasets: where images come from, and how to import others."""

from ui.datasets.catalogue import choose_dataset, show_details
from ui.datasets.ways_in import show_ways_in
from ui.shell.page import page_header
from ui.shell.resources import catalogue


def main() -> None:
    """Draw the page."""
    page_header("Datasets", "Images to train and test on: those that come with Digit Lab, and those that you import.")
    # Read before the page is drawn, so that what has just been kept is in the table at once.
    entries = catalogue().entries()
    show_ways_in()
    show_details(choose_dataset(entries))


main()
