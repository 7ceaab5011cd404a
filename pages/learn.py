"""Learn: what the other pages do, step by step, with numbers that are real."""

from ui.learn.parts import choose_part, show_part
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Learn", "How a network reads digits: ask, follow, try, and check what is said against what happens.")
    show_part(choose_part())


main()
