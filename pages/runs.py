"""Runs: every run of this home, what is said of it, what it takes on disk, and how to get rid of it."""

from ui.runs.actions import show_actions
from ui.runs.bin import show_undo
from ui.runs.export import show_export
from ui.runs.models import show_upload
from ui.runs.table import choose_from_table, show_disk_use
from ui.shell.page import page_header


def main() -> None:
    """Draw the page."""
    page_header("Runs", "Every training run is kept until you delete it. Everyone on this server sees the same runs.")
    show_disk_use()
    show_undo()
    chosen = choose_from_table()
    show_actions(chosen)
    show_export(chosen[0] if len(chosen) == 1 else None)
    show_upload()


main()
