"""Inside: what a network has learned, layer by layer and unit by unit."""

from ui.choices.run import choose_run
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Inside", "What has a network learned, and what does it do with a digit?")
    choose_run()


main()
