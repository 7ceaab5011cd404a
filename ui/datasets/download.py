"""Datasets from the network, through torchvision, in a process of their own."""

import threading
from dataclasses import dataclass, field

import streamlit as st

from core.data.downloading.downloads import DOWNLOADS
from core.data.downloading.process import DownloadProcess, DownloadSnapshot
from core.errors import DataError
from ui.datasets.catalogue import choose
from ui.shell.polling import show_polled
from ui.shell.resources import settings
from ui.shell.sentences import refuse_click
from ui.shell.words import escape_markdown

_NAME = "download_name"


@dataclass
class _Downloads:
    """The download of this server, running or ended: one at a time, shared by all sessions."""

    name: str = ""
    process: DownloadProcess | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def snapshot(self) -> DownloadSnapshot | None:
        return None if self.process is None else self.process.snapshot()

    @property
    def is_running(self) -> bool:
        snapshot = self.snapshot
        return snapshot is not None and snapshot.status == "running"


def show_downloads() -> None:
    """A choice of datasets, and how the download goes."""
    name = st.selectbox(
        "Dataset", list(DOWNLOADS), format_func=lambda name: DOWNLOADS[name].title, key=_NAME, width=320
    )
    download = DOWNLOADS[str(name)]
    st.caption(
        f"{download.description} About {download.megabytes} MB, downloaded by torchvision and verified by checksum."
    )
    st.button(
        "Download",
        icon=":material/cloud_download:",
        disabled=_downloads().is_running,
        on_click=start_download,
        args=(download.name,),
    )
    show_polled(_show_state, busy=lambda: _downloads().is_running)


def start_download(name: str) -> None:
    """Begin, unless another one is under way."""
    downloads = _downloads()
    try:
        with downloads.lock:
            if not downloads.is_running:
                downloads.process = DownloadProcess.start(name, settings().home)
                downloads.name = name
    except DataError as error:
        refuse_click(error)


def _show_state() -> None:
    downloads = _downloads()
    snapshot = downloads.snapshot
    if snapshot is None:
        return
    title = DOWNLOADS[downloads.name].title
    if snapshot.status == "running":
        st.progress(snapshot.fraction, f"{title}: {snapshot.sentence}")
        st.button("Stop the download", icon=":material/stop:", on_click=_stop)
        return
    if snapshot.status == "done":
        st.success(f"{title} is in the catalogue.", icon=":material/check_circle:")
        if st.button(f"Show {title}", on_click=choose, args=(snapshot.dataset,)):
            # What it shows lies outside of this fragment.
            st.rerun()
    elif snapshot.status == "failed":
        st.error(escape_markdown(snapshot.sentence), icon=":material/cloud_off:")
    else:
        st.caption(snapshot.sentence)


def _stop() -> None:
    process = _downloads().process
    if process is not None:
        process.stop()


@st.cache_resource(show_spinner=False)
def _downloads() -> _Downloads:
    return _Downloads()
