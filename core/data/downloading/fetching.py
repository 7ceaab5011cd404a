"""A download, in the process that does nothing else: fetch, check, unpack, read, keep."""

import gzip
import hashlib
import http.client
import json
import shutil
import tempfile
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from core.data.catalogue import Catalogue
from core.data.dataset import DatasetEntry
from core.data.downloading.downloads import WORK_FOLDER, Download, find_download
from core.data.downloading.torchvision_sets import Resource, TorchvisionSet, torchvision_set
from core.data.importing.assemble import make_preview
from core.data.importing.report import ImportPreview
from core.errors import DataError

TIMEOUT_SECONDS = 30.0
MOST_BYTES = 1_500_000_000
_CHUNK = 1 << 18
_AGENT = "digitlab"

Say = Callable[[float, str], None]
"""Is told the fraction that is done, 0–1, and what is going on."""


def download(
    name: str,
    home: Path,
    say: Say,
    *,
    mirror: str | None = None,
    checksums: Mapping[str, str] | None = None,
    work: Path | None = None,
) -> tuple[DatasetEntry, ImportPreview]:
    """Fetch one of ``DOWNLOADS`` and keep it in the catalogue.

    Parameters
    ----------
    mirror
        Address of a folder that holds files of the same names; torchvision's own addresses if None.
    checksums
        MD5 by file name instead of torchvision's: for tests, whose mirror serves small files.
    work
        An empty folder for what is fetched; one in the home if None.

    Raises
    ------
    DataError
        If there is no such download, no network, a file is not the published one, or it cannot be kept. Nothing is
        left behind then.
    """
    known = find_download(name)
    with _work_folder(home, work) as folder:
        say(0.0, f"Asking torchvision about {known.title} …")
        source = torchvision_set(name)
        if checksums is not None:
            resources = [replace(one, md5=checksums.get(one.file_name, one.md5)) for one in source.resources]
            source = replace(source, resources=tuple(resources))
        _fetch_all(known, source, folder, mirror, say)
        say(0.95, "Checking and keeping the images …")
        preview = _preview(known, source, folder)
    entry = Catalogue(home).add(preview.published, preview.title, preview.description, known.framing)
    return entry, preview


@contextmanager
def _work_folder(home: Path, given: Path | None) -> Iterator[Path]:
    try:
        (home / WORK_FOLDER).mkdir(parents=True, exist_ok=True)
        folder = given or Path(tempfile.mkdtemp(prefix="files-", dir=home / WORK_FOLDER))
    except OSError as error:
        raise DataError(f"There is nowhere to download to: {error.strerror}.") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fetch_all(known: Download, source: TorchvisionSet, folder: Path, mirror: str | None, say: Say) -> None:
    finished = 0
    for resource in source.resources:
        place = folder / resource.folder / resource.file_name
        place.parent.mkdir(parents=True, exist_ok=True)
        urls = resource.urls if mirror is None else (f"{mirror.rstrip('/')}/{resource.file_name}",)
        _fetch(known, replace(resource, urls=urls), place, partial(_tell, known, say, finished))
        finished += place.stat().st_size
        _unpack(place, source.unzips)


def _tell(known: Download, say: Say, finished: int, received: int) -> None:
    """Say how many bytes are there: those of finished files and those of the file that is coming."""
    done = finished + received
    if done > MOST_BYTES:
        raise DataError(f"{known.title} is far larger than it should be: the download was cancelled.")
    say(min(0.9, 0.9 * done / (known.megabytes * 1e6)), f"Downloading {known.title}: {done / 1e6:,.1f} MB …")


def _fetch(known: Download, resource: Resource, place: Path, tell: Callable[[int], None]) -> None:
    """Fetch one file from the first address that gives the right one; another one starts from nothing."""
    reasons = []
    for url in resource.urls:
        try:
            digest = _transfer(url, place, tell)
        except BrokenPipeError:
            # Not the network: whoever was told of the progress has gone.
            raise
        except (OSError, http.client.HTTPException, ValueError, OverflowError) as error:
            reasons.append(_reason(error))
            continue
        if digest == resource.md5:
            return
        reasons.append(f"{resource.file_name} is not the published file (its MD5 differs)")
    raise DataError(
        f"{known.title} could not be downloaded: {reasons[-1]}. Check the network, or import files that you have."
    )


def _transfer(url: str, place: Path, tell: Callable[[int], None]) -> str:
    """Write what an address gives into a file; its MD5, which tells damage, not malice.

    Parameters
    ----------
    tell
        Is told how many bytes this address has given so far.
    """
    digest = hashlib.md5(usedforsecurity=False)
    if not url.startswith(("http://", "https://")):
        raise ValueError("an address must begin with http:// or https://")
    request = urllib.request.Request(url, headers={"User-Agent": _AGENT})
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer, place.open("wb") as file:
        while piece := answer.read(_CHUNK):
            file.write(piece)
            digest.update(piece)
            tell(file.tell())
    return digest.hexdigest()


def _reason(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answers {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return "there is no network, or its server does not answer"
    if isinstance(error, TimeoutError):
        return "its server has stopped answering"
    return str(error)[:100] or type(error).__name__


def _unpack(place: Path, members: tuple[str, ...]) -> None:
    """Leave what torchvision reads: IDX files without gzip; of a zip the members that are needed."""
    try:
        if place.suffix == ".gz":
            with gzip.open(place) as packed:
                _copy(packed, place.with_suffix(""))
        elif place.suffix == ".zip":
            with zipfile.ZipFile(place) as archive:
                for member in members:
                    with archive.open(member) as inner, gzip.open(inner) as packed:
                        _copy(packed, place.parent / Path(member).stem)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, KeyError) as error:
        raise DataError(f"{place.name} cannot be unpacked: {error}.") from None


def _copy(packed: Any, target: Path) -> None:
    with target.open("wb") as file:
        shutil.copyfileobj(packed, file, _CHUNK)


def _preview(known: Download, source: TorchvisionSet, folder: Path) -> ImportPreview:
    try:
        train, test = source.read(folder, True), source.read(folder, False)
    except (ValueError, TypeError, RuntimeError, AssertionError, IndexError, KeyError, OSError) as error:
        # What torchvision's and SciPy's readers raise on content that is not as it should be.
        raise DataError(f"{known.title} was downloaded, but cannot be read: {str(error)[:120]}.") from error
    return make_preview(
        train,
        test,
        source.class_names,
        title=known.title,
        description=f"{known.description} Downloaded through torchvision.",
        notes=source.notes,
    )


def read_checksums(path: Path) -> Mapping[str, str]:
    """MD5 by file name, from a JSON object; for tests.

    Raises
    ------
    DataError
        If the file cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): str(md5) for name, md5 in content.items()}
    except (OSError, ValueError, AttributeError) as error:
        raise DataError(f"The checksums in {path} cannot be read: {error}.") from None
