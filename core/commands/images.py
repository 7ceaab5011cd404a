"""``import``, ``datasets``, ``download`` and ``export-csv``."""

import math
import os
import signal
import sys
import time
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

from core.atomic import replacing
from core.commands.output import say, tell
from core.data.catalogue import Catalogue
from core.data.dataset import DatasetEntry
from core.data.importing.named_file import NamedFile
from core.data.importing.report import ImportReport
from core.data.purpose import Purpose
from core.errors import DataError
from core.settings import Settings

STANDARD_OUTPUT = "-"
_PROGRESS_SECONDS = 0.1


def import_files(options: Namespace) -> None:
    """Check images and keep them as a dataset: tables, IDX files, arrays or pictures; one line about it.

    What cannot be read is left out, with a line on standard error for each.
    """
    from core.data.importing.files import read_files
    from core.data.importing.form import Form
    from core.data.importing.purposes import kept_for

    catalogue = _catalogue()
    files = _named(options.files)
    names = tuple(options.class_names.split(",")) if options.class_names else ()
    purpose = Purpose(options.purpose) if options.purpose else None
    form = Form(options.form) if options.form else None
    preview = kept_for(read_files(files, title=options.title or "", class_names=names, form=form), purpose)
    entry = catalogue.add(preview.published, options.title or preview.title, preview.description)
    for sentence in (*preview.report.problems, *preview.report.left_out):
        tell(sentence)
    say(_entry_line(entry) | _report_line(preview.report))


def datasets(_options: Namespace) -> None:
    """List the datasets that there are; a line for each."""
    for entry in _catalogue().entries():
        say(_entry_line(entry))


def download(options: Namespace) -> None:
    """Download a dataset through torchvision and keep it; a line for every step, then one about it."""
    from core.data.downloading.fetching import download as fetch
    from core.data.downloading.fetching import read_checksums

    checksums = read_checksums(Path(options.checksums)) if options.checksums else None
    with _orderly_end():
        entry, preview = fetch(
            options.name,
            Settings.from_environment().home,
            _progress(),
            mirror=options.mirror,
            checksums=checksums,
            work=Path(options.work) if options.work else None,
        )
    say(_entry_line(entry) | _report_line(preview.report))


def export_csv(options: Namespace) -> None:
    """Write images in Kaggle's CSV format, to a file or (``-``) to standard output."""
    from core.data.importing.kaggle_writer import write_kaggle_csv

    published = _catalogue().load(options.dataset)
    part = published.train if options.part == "train" else published.test
    if published.purpose is Purpose.TESTING:
        part = published.test
    if part is None:
        raise DataError(f"{options.dataset} has no test set of its own: export --part train.")
    if options.file == STANDARD_OUTPUT:
        write_kaggle_csv(part, sys.stdout.buffer, labels=not options.no_labels)
        return
    try:
        with replacing(Path(options.file)) as temporary, temporary.open("xb") as stream:
            write_kaggle_csv(part, stream, labels=not options.no_labels)
    except OSError as error:
        raise DataError(f"{options.file} cannot be written: {error.strerror}.") from None
    say({"dataset": options.dataset, "part": options.part, "images": len(part), "path": options.file})


def _catalogue() -> Catalogue:
    return Catalogue(Settings.from_environment().home)


def _named(names: Sequence[str]) -> list[NamedFile]:
    """The files by their own names; pictures, files of one name and those of a part with the folders that part them."""
    from core.data.importing.kinds import is_picture_name
    from core.data.importing.parts import part_of_path

    paths = [Path(name) for name in names]
    for path in paths:
        _check_there(path)
    shown = [path.name or name for path, name in zip(paths, names, strict=True)]
    alike = Counter(shown)
    folders = [Path(os.path.abspath(path)).parent for path in paths]  # noqa: PTH100 - a link keeps its own name
    with suppress(ValueError):  # Files on several drives have no folder in common.
        top = Path(os.path.commonpath(folders))
        below = [PurePosixPath(folder.relative_to(top).as_posix()) for folder in folders]
        shown = [
            (folder / name).as_posix() if is_picture_name(name) or alike[name] > 1 or part_of_path(folder) else name
            for folder, name in zip(below, shown, strict=True)
        ]
    return [NamedFile(name, path) for name, path in zip(shown, paths, strict=True)]


def _check_there(path: Path) -> None:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"There is no file {path}.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None


def _entry_line(entry: DatasetEntry) -> dict[str, Any]:
    return {
        "dataset": entry.name,
        "title": entry.title,
        "description": entry.description,
        "images": entry.images,
        "test_images": entry.test_images,
        "class_names": list(entry.class_names),
        "built_in": entry.is_built_in,
        "for": entry.purpose.value,
    }


def _report_line(report: ImportReport) -> dict[str, Any]:
    return {
        "class_counts": report.class_counts.tolist(),
        "duplicates": report.duplicates,
        "overlap": report.overlap,
        "inverted": report.inverted,
        "problems": list(report.problems),
        "left_out": list(report.left_out),
    }


def _progress() -> Callable[[float, str], None]:
    """Says a line at once, then ten a second at most."""
    last = -math.inf

    def tell_of(fraction: float, sentence: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_SECONDS:
            last = now
            say({"fraction": round(fraction, 4), "sentence": sentence})

    return tell_of


@contextmanager
def _orderly_end() -> Iterator[None]:
    """Let a request to end remove what is half done, as Control-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
