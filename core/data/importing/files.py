"""Files of any kind → images with a report; what a file is shows in its content, not only in its name."""

import re
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Literal

from core.data.dataset import DIGIT_NAMES
from core.data.importing.archives import Archive, Member, open_archive
from core.data.class_names import checked_class_names
from core.data.importing.assemble import RawPart, make_preview
from core.data.importing.idx_files import is_idx, part_of, read_idx_files
from core.data.importing.kaggle_csv import CsvImages, read_kaggle_csv
from core.data.importing.named_file import NamedFile
from core.data.importing.picture_folders import read_archive, read_pictures
from core.data.importing.report import ImportPreview, counted, was
from core.data.importing.text_lines import open_text
from core.errors import DataError

MOST_FILES = 4

Kind = Literal["csv", "idx", "zip", "folder"]
_ENDINGS = re.compile(r"(\.(csv|gz|zip|idx\d?|txt)|-(images|labels)[-.]idx\d[-.]u?byte)+$", re.IGNORECASE)


def read_files(files: Sequence[NamedFile], *, title: str = "", class_names: Sequence[str] = ()) -> ImportPreview:
    """Recognise and read files: Kaggle's CSV, IDX files (a pair, or training and test), a zip or folder of pictures.

    A zip may hold CSV or IDX files as well, as Kaggle's download does.

    Parameters
    ----------
    title
        Proposed by the file names if left out.
    class_names
        In label order, for labels that are not digits; CSV and IDX files carry none.

    Raises
    ------
    DataError
        If they are not readable, too large, damaged, or hold no labels; one sentence that names the file and, in a
        CSV, the row.
    """
    if not files:
        raise DataError("Choose at least one file.")
    if len(files) > MOST_FILES:
        raise DataError(f"{len(files)} files are too many: at most {MOST_FILES} belong to one data set.")
    class_names = checked_class_names(class_names) if class_names else ()
    title = title or _title_of(files[0].name)
    kinds = {file.name: kind_of(file) for file in files}
    kind = kinds[files[0].name]
    if other := next((name for name, its_kind in kinds.items() if its_kind != kind), None):
        raise DataError(f"{files[0].name} and {other} are of different kinds: import one kind at a time.")
    if kind == "csv":
        return _read_csv_files(files, title, class_names)
    if kind == "idx":
        return read_idx_files(files, title=title, class_names=class_names)
    if len(files) > 1:
        raise DataError("Import one zip or folder at a time.")
    return read_pictures(files[0], title=title) if kind == "folder" else _read_zip(files[0], title, class_names)


def kind_of(file: NamedFile) -> Kind:
    """What a file is, by its first bytes.

    Raises
    ------
    DataError
        If it is nothing that can be imported, or cannot be read.
    """
    if file.is_folder:
        return "folder"
    head = file.head()
    if not head:
        raise DataError(f"{file.name} is empty.")
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if is_idx(file):
        return "idx"
    with open_text(file) as stream:
        text = stream.read(1024)
    if text and b"\0" not in text and (b"," in text or b"\n" in text):
        return "csv"
    raise DataError(f"{file.name} is neither a CSV, nor an IDX file, nor a zip of pictures.")


def _read_zip(file: NamedFile, title: str, class_names: Sequence[str]) -> ImportPreview:
    with open_archive(file) as archive:
        inner = _data_files(archive)
        if not inner:
            return read_archive(archive, title=title)
        with ExitStack() as streams:
            names = [NamedFile(member.path.name, streams.enter_context(archive.open(member))) for member in inner]
            return read_files(names, title=title, class_names=class_names)


def _data_files(archive: Archive) -> list[Member]:
    """CSV or IDX files in an archive, each once; empty where it holds pictures."""
    found: dict[str, dict[str, Member]] = {"csv": {}, "idx": {}}
    for member in archive.members:
        name = member.path.name.lower()
        kind = "idx" if re.search(r"idx\d[-.]u?byte", name) else "csv" if re.search(r"\.csv(\.gz)?$", name) else ""
        # Kaggle packs an example of what is to be handed in beside the images; others pack each file twice.
        if kind and "submission" not in name:
            found[kind].setdefault(re.sub(r"[-.]", "", name), member)
    return list((found["csv"] or found["idx"]).values())


def _read_csv_files(files: Sequence[NamedFile], title: str, class_names: Sequence[str]) -> ImportPreview:
    names = tuple(class_names) or DIGIT_NAMES
    read = [(file, read_kaggle_csv(file, names)) for file in files]
    notes = [note for _, content in read for note in content.notes]
    labelled = [(file, content) for file, content in read if content.labels is not None]
    if not labelled:
        raise DataError(
            f"{files[0].name} has no labels: a network can predict its images, but not learn from them. "
            "Import a file with a column “label”."
        )
    notes += [
        f"{file.name} has no labels: its {counted(len(content.images), 'image')} {was(len(content.images))} left out."
        for file, content in read
        if content.labels is None
    ]
    if len(labelled) == 1:
        train, test = labelled[0][1], None
    else:
        train, test = _by_name(labelled, "train"), _by_name(labelled, "test")
    description = f"Read from CSV: {', '.join(file.name for file, _ in labelled)}."
    return make_preview(
        _raw(train), _raw(test) if test else None, names, title=title, description=description, notes=notes
    )


def _by_name(labelled: Sequence[tuple[NamedFile, CsvImages]], part: str) -> CsvImages:
    chosen = [content for file, content in labelled if part_of(file.name) == part]
    if len(chosen) != 1:
        raise DataError(
            f"Of {len(labelled)} CSV files with labels, {len(chosen)} are for the {part} by their names: "
            "name the one for the test with “test”."
        )
    return chosen[0]


def _raw(content: CsvImages) -> RawPart:
    assert content.labels is not None
    return RawPart(content.images, content.labels)


def _title_of(name: str) -> str:
    """``train-images-idx3-ubyte.gz`` → ``train``."""
    return _ENDINGS.sub("", name.replace("\\", "/").rpartition("/")[2]).strip(" ._-")[:60] or "Imported images"
