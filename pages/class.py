"""Class: everybody’s runs of one exercise, and what a teacher needs to make one."""

from ui.classroom.about import show_about
from ui.classroom.board import show_board
from ui.classroom.key import show_key
from ui.classroom.maker import show_maker
from ui.classroom.nickname import show_nickname
from ui.shell.exercise import whole_exercise
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Class", "One exercise for a class: everyone trains on their own device, and all see the results.")
    exercise = whole_exercise()
    show_about(exercise)
    if exercise.name:
        show_nickname(exercise)
        show_board(exercise)
    show_maker()
    show_key()


main()
