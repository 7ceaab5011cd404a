"""A download in a process of its own: the server never imports torchvision, and a download can be stopped."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal

from core.data.downloading.downloads import WORK_FOLDER, find_download
from core.errors import DataError

DownloadStatus = Literal["running", "done", "failed", "stopped"]

_ROOT = Path(__file__).resolve().parents[3]
_STALE_SECONDS = 86_400
_ORDERLY_SECONDS = 5.0


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
    """One running ``python -m core download NAME``; safe to be asked from any thread.

    Parameters
    ----------
    work
        Where its files lie while they are fetched; removed with it.
    errors
        Receives what the process says to people.
    """

    def __init__(self, process: "subprocess.Popen[str]", work: Path, errors: IO[str]) -> None:
        self._process, self._work, self._errors = process, work, errors
        self._lock = threading.Lock()
        self._snapshot = DownloadSnapshot("running", 0.0, "Starting …")
        self._reader = threading.Thread(target=self._follow, name="download", daemon=True)
        self._reader.start()

    @classmethod
    def start(
        cls, name: str, home: Path, *, mirror: str | None = None, checksums: Path | None = None
    ) -> "DownloadProcess":
        """Start the download of one of ``DOWNLOADS`` into a home.

        Parameters
        ----------
        mirror, checksums
            As for :func:`core.data.downloading.fetching.download`; the checksums in a JSON file.

        Raises
        ------
        DataError
            If there is no download of this name, or no place for its files.
        """
        find_download(name)
        try:
            (home / WORK_FOLDER).mkdir(parents=True, exist_ok=True)
            _sweep(home / WORK_FOLDER)
            work = Path(tempfile.mkdtemp(prefix="files-", dir=home / WORK_FOLDER))
        except OSError as error:
            raise DataError(f"There is nowhere to download to: {error.strerror}.") from None
        command = [sys.executable, "-m", "core", "download", name, "--work", str(work)]
        command += ["--mirror", mirror] if mirror else []
        command += ["--checksums", str(checksums)] if checksums else []
        # A file, unlike a pipe, never makes the process wait until it is read.
        errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 – it is closed by whoever follows
        process = subprocess.Popen(
            command,
            cwd=_ROOT,
            env=os.environ | {"DIGITLAB_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
        )
        return cls(process, work, errors)

    def snapshot(self) -> DownloadSnapshot:
        """How it stands now; never waits."""
        with self._lock:
            return self._snapshot

    def wait(self, seconds: float) -> DownloadSnapshot:
        """How it stands when it has ended, or after this many seconds."""
        self._reader.join(seconds)
        return self.snapshot()

    def stop(self) -> None:
        """End it, so that nothing of it is left; a few seconds at most. Nothing happens once it has ended."""
        with self._lock:
            if self._snapshot.status != "running":
                return
            self._snapshot = DownloadSnapshot("stopped", self._snapshot.fraction, "The download was stopped.")
        self._process.terminate()
        self._reader.join(_ORDERLY_SECONDS)
        if self._reader.is_alive():
            self._process.kill()
            self._reader.join(_ORDERLY_SECONDS)
        shutil.rmtree(self._work, ignore_errors=True)

    def _follow(self) -> None:
        """Read what the process says until it ends."""
        process = self._process
        assert process.stdout is not None
        dataset = ""
        for line in process.stdout:
            told = _parsed(line)
            dataset = str(told.get("dataset", dataset))
            if "fraction" in told:
                self._become(DownloadSnapshot("running", float(told["fraction"]), str(told["sentence"])))
        code = process.wait()
        with self._errors:
            self._errors.seek(0)
            errors = self._errors.read().strip().splitlines()
        shutil.rmtree(self._work, ignore_errors=True)
        now = self.snapshot()
        if code == 0 and dataset:
            self._become(DownloadSnapshot("done", 1.0, "The images are in the catalogue.", dataset))
        else:
            sentence = errors[-1] if errors and code == 2 else "The download ended unexpectedly: try again."
            self._become(replace(now, status="failed", sentence=sentence))

    def _become(self, snapshot: DownloadSnapshot) -> None:
        with self._lock:
            if self._snapshot.status == "running":
                self._snapshot = snapshot


def _parsed(line: str) -> dict[str, Any]:
    """One line of the process; nothing for half a line, which a process that is killed may leave."""
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _sweep(folder: Path) -> None:
    """Remove what downloads have left that were killed together with their server."""
    for left in folder.glob("files-*"):
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
