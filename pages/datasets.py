"""Datasets: where images come from, and how to bring in others."""

import streamlit as st

from ui.datasets.catalogue import choose_dataset, show_details
from ui.datasets.download import show_downloads
from ui.datasets.upload import show_home_files, show_upload
from ui.shell.page import page_header
from ui.shell.resources import catalogue


def main() -> None:
    """Draw the page."""
    page_header("Datasets", "Where images come from: those that come with Digit Lab, and those that you bring in.")
    # Read before the page is drawn, so that what has just been kept is in the table at once.
    entry = choose_dataset(catalogue().entries())
    show_details(entry)
    st.subheader("Bring images in", anchor=False, divider="grey")
    st.markdown(
        "Nothing is kept before you have seen a preview and a report. All who use this server see what is kept."
    )
    upload, home, network = st.tabs(
        [":material/upload: Upload", ":material/folder: On this server", ":material/cloud_download: Download"]
    )
    with upload:
        show_upload()
    with home:
        show_home_files()
    with network:
        show_downloads()


main()
