"""Robustness: what a network still reads when its images get worse."""

from ui.robustness.attacks import show_attacks
from ui.robustness.choice import choose_subjects
from ui.robustness.corruptions import show_corruptions
from ui.robustness.others import show_other_digits
from ui.robustness.strengths import show_strengths
from ui.robustness.sturdier import show_sturdier
from ui.robustness.together import show_together
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Robustness", "How much can go wrong with an image before a network misreads it?")
    if subjects := choose_subjects():
        show_strengths(subjects)
        show_together(subjects)
        show_sturdier(subjects)
        show_corruptions(subjects)
        show_attacks(subjects)
        show_other_digits(subjects)


main()
