"""Datasets: the ways in which images come in."""

import streamlit as st

from ui.datasets.download import show_downloads
from ui.datasets.own_classes import show_own_classes
from ui.datasets.upload import show_home_files, show_upload


def show_ways_in() -> None:
    """Upload, files on this server, and downloads, a tab each."""
    st.header("Import images", anchor=False, divider="grey")
    st.markdown(
        "Nothing is kept until you have seen a preview and a report. Everyone on this server sees what is kept, "
        "except what you draw; only you can delete what you import."
    )
    upload, home, network, own = st.tabs(
        [
            ":material/upload: Upload",
            ":material/folder: On this server",
            ":material/cloud_download: Download",
            ":material/draw: Draw your own",
        ]
    )
    with upload:
        show_upload()
    with home:
        show_home_files()
    with network:
        show_downloads()
    with own:
        show_own_classes()
