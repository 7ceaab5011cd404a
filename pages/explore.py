"""Explore: images before any network sees them."""

from ui.choices.about import show_about
from ui.explore.views import check_view_params, choose_view, show_view
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header(
        "Explore",
        "70,000 handwritten digits, or images of your own: browse them, see what they have in common, and find the "
        "odd ones before a network meets them.",
    )
    check_view_params()
    dataset, view, split_name = choose_view()
    show_view(dataset, view, split_name)
    show_about(dataset)


main()
