"""Datasets: the ways in which images come in."""

import streamlit as st

from ui.datasets.download import show_downloads
from ui.datasets.upload import show_home_files, show_upload


def show_ways_in() -> None:
    """Upload, files on this server, and downloads, a tab each."""
    st.header("Bring images in", anchor=False, divider="grey")
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
