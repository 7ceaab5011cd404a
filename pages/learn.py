"""Learn: what the other pages do, step by step, with numbers that are real."""

from ui.learn.ways import choose_way, show_way
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Learn", "How a network reads digits: ask questions, follow one digit, and check claims by experiment.")
    show_way(choose_way())


main()
