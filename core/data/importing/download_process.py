"""A download in a process of its own: the server never imports torchvision, and a download can be stopped."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

DownloadStatus = Literal["running", "done", "failed", "stopped"]


@dataclass(frozen=True)
class DownloadSnapshot:
    """How a download stands.

    Parameters
    ----------
    fraction
        0–1 of the bytes.
    sentence
        What it is doing, or why it failed.
    dataset
        The name in the catalogue once it is done, else empty.
    """

    status: DownloadStatus
    fraction: float
    sentence: str
    dataset: str = ""


class DownloadProcess:
    """One running ``python -m core download NAME``; safe to be asked from any thread."""

    @classmethod
    def start(cls, name: str, home: Path, *, mirror: str | None = None) -> "DownloadProcess":
        """Start the download of one of ``DOWNLOADS`` into a home.

        Raises
        ------
        DataError
            If there is no download of this name.
        """
        raise NotImplementedError

    def snapshot(self) -> DownloadSnapshot:
        """How it stands now; never waits."""
        raise NotImplementedError

    def stop(self) -> None:
        """End it and remove what it has left behind; at most a second. Nothing happens once it is done."""
        raise NotImplementedError
