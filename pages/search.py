"""Search: many settings compete within a budget, and the winner becomes a run."""

from ui.search.board import show_board
from ui.search.choice import choose_search
from ui.search.plan import show_plan
from ui.settings.sidebar import training_settings
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header(
        "Search",
        "Many settings compete within a budget, on all workers at once. Validation images decide; the test set is "
        "not used.",
    )
    config = training_settings()
    name = choose_search()
    if name:
        show_board(name)
    else:
        show_plan(config)


main()
