"""Runs: every run of this home, what it takes on disk, and how to get rid of it."""

import streamlit as st

from ui.choices.run import unfolded
from ui.runs.export import show_export
from ui.runs.models import show_upload
from ui.runs.table import choose_from_table, show_actions, show_disk_use
from ui.shell.page import page_header
from ui.shell.resources import run_store


def main() -> None:
    """Draw the page."""
    page_header("Runs", "Every training is kept until you delete it. All who use this server see the same runs.")
    runs = run_store().runs()
    show_disk_use(runs)
    chosen = choose_from_table(unfolded(runs))
    if chosen is None:
        st.caption("Select a row to open, rename or delete a run.")
    else:
        show_actions(chosen)
    show_export(chosen)
    show_upload()


main()
