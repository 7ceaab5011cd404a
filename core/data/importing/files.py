"""Files of any kind → images with a report; what a file is shows in its content, not only in its name."""

import re
from collections.abc import Sequence
from dataclasses import replace

from core.data.apart import one_process
from core.data.budget import one_budget
from core.data.class_names import checked_class_names
from core.data.importing.archives import Archive, open_archive
from core.data.importing.arrays import read_array_files
from core.data.importing.chosen import chosen_together
from core.data.importing.form import Form
from core.data.importing.found import Found, part_of_file, put_together
from core.data.importing.idx_files import read_idx_files
from core.data.importing.kaggle_csv import read_kaggle_csv
from core.data.importing.kinds import BRING, kind_of
from core.data.importing.label_lists import EXAMPLE
from core.data.importing.label_tables import with_labels
from core.data.importing.named_file import NamedFile
from core.data.importing.parts import Part
from core.data.importing.picture_folders import read_archive
from core.data.importing.pixel_cells import unfolded
from core.data.importing.purposes import FEWEST_IMAGES
from core.data.importing.report import ImportPreview, counted, was
from core.data.importing.sorting import Contents, contents_of, in_memory, without_strays
from core.data.importing.table_layout import read_layout
from core.errors import DataError, TooMuchError

MOST_FILES = 1_000
# Of a file system; looking for endings takes the square of the length.
_LONGEST_NAME = 255
_ENDINGS = re.compile(
    r"(\.(csv|tsv|gz|zip|tar|tgz|bz2|xz|idx\d?|txt|arff|npz|npy|mat|parquet)|-(images|labels)[-.]idx\d[-.]u?byte)+$",
    re.IGNORECASE,
)
# Beside data, these are of training and hold no images: “training_report.pdf”, “train_model.h5”.
_NO_DATA = re.compile(
    r"(^|[^a-z])(models?|weights)([^a-z]|$)"
    r"|\.(pdf|docx?|odt|rtf|pptx?|odp|html?|svg|ps|ipynb|pth|ckpt|keras|onnx|tflite|safetensors|mp4|mkv|webm)$",
    re.IGNORECASE,
)


class _UnlabelledError(DataError):
    """Data without any image to train on that has a label."""


@one_process()
@one_budget()
def read_files(
    files: Sequence[NamedFile], *, title: str = "", class_names: Sequence[str] = (), form: Form | None = None
) -> ImportPreview:
    """Recognise and read files: tables, IDX files, arrays, pictures, or a zip, tar or folder of any of them.

    Parameters
    ----------
    title
        Proposed by the file names if left out.
    class_names
        In label order, for labels that are not digits.
    form
        What is done to pictures; if None, what is usual for them.

    Raises
    ------
    DataError
        If they are not readable, too large, damaged, or hold no labels; one sentence that names the file and, in a
        table, the row.
    """
    if not files:
        raise DataError("Choose at least one file.")
    if len(files) > MOST_FILES:
        raise DataError(f"{len(files):,} files are too many: at most {MOST_FILES:,}, or a zip or folder of them.")
    class_names = checked_class_names(class_names) if class_names else ()
    title = title or _title_of(min(files, key=_says_little).name)
    if len(files) == 1 and kind_of(files[0]) in ("folder", "zip", "tar"):
        with open_archive(files[0]) as archive:
            return _read_archive(archive, title, class_names, form)
    if folder := next((file.name for file in files if file.is_folder), None):
        raise DataError(f"{folder} is a folder: import one folder at a time, or only files.")
    with chosen_together(files) as archive:
        return _read_archive(archive, title, class_names, form, is_inner=archive.is_joined)


def _read_archive(
    archive: Archive, title: str, class_names: Sequence[str], form: Form | None, *, is_inner: bool = False
) -> ImportPreview:
    archive = without_strays(archive)
    found = contents_of(archive)
    if found.has_data:
        try:
            return _read_data(found, archive, title, class_names, form)
        except _UnlabelledError as error:
            if len(found.pictures) < FEWEST_IMAGES:
                raise
            return _read_pictures_beside(found, archive, title, class_names, form, error)
    fault = next(iter(found.faults.values()), "")
    if found.pictures:
        return _read_pictures(found, archive, title, class_names, form, fault)
    if found.archives:
        return _read_inner(found, title, class_names, form, is_inner=is_inner)
    if fault or found.unread:
        raise DataError(fault or next(iter(found.unread.values())))
    if found.others:
        # Whatever is wrong with it is said as of a table of images.
        read_layout(unfolded(found.others[0]))
    raise DataError(f"There is nothing in {archive.name} that Digit Lab can read. {BRING}")


def _read_inner(
    found: Contents, title: str, class_names: Sequence[str], form: Form | None, *, is_inner: bool
) -> ImportPreview:
    """The one archive in an archive."""
    if len(found.archives) > 1 or is_inner:
        names = ", ".join(file.name for file in found.archives[:3])
        raise DataError(f"There are archives inside ({names}): unpack them, and import their folder.")
    with open_archive(in_memory(found.archives[0])) as archive:
        return _read_archive(archive, title, class_names, form, is_inner=True)


def _read_pictures(
    found: Contents, archive: Archive, title: str, class_names: Sequence[str], form: Form | None, fault: str
) -> ImportPreview:
    """Pictures; a few that cannot be imported may only be beside a table, whose fault is said then."""
    try:
        return read_archive(archive, found, title=title, class_names=class_names, form=form)
    except DataError as error:
        if not fault or isinstance(error, TooMuchError) or len(found.pictures) >= FEWEST_IMAGES:
            raise
        raise DataError(fault) from None


def _read_pictures_beside(
    found: Contents, archive: Archive, title: str, class_names: Sequence[str], form: Form | None, fault: DataError
) -> ImportPreview:
    """Pictures, where the data beside them have no labels; what is wrong with those where pictures give none either."""
    data = [file for files in found.kinds for file in files]
    notes = [f"{file.name} was left out: the pictures beside it were imported." for file in data]
    archive = replace(archive, notes=(*archive.notes, *notes))
    is_said = any(sentence in str(fault) for sentence in found.not_read.values())
    found = replace(found, unread=({} if is_said else {data[0].name: str(fault)}) | found.unread)
    try:
        return read_archive(archive, found, title=title, class_names=class_names, form=form)
    except TooMuchError:
        raise
    except DataError:
        raise fault from None


def _read_data(
    found: Contents, archive: Archive, title: str, class_names: Sequence[str], form: Form | None
) -> ImportPreview:
    """Tables, else IDX files, else arrays; what is beside them is left out and said."""
    if len(found.kinds) > 1 and archive.is_selection:
        raise DataError(_different_kinds(found, found.kinds[1][0]))
    read: list[Found] = []
    try:
        _refuse_faults(found)
        _refuse_test_alone(found)
        read, used = _found_in(found, class_names, form)
        return put_together(
            read,
            title=title,
            description=_made_of(found),
            class_names=class_names,
            form=form,
            notes=[*archive.notes, *_beside_data(found, used)],
            left_out=[*found.not_read.values(), *found.faults_but([file.name for file in used])],
        )
    except (TooMuchError, _UnlabelledError):
        raise
    except DataError as error:
        # A table with a fault may have labels.
        if (found.tables and not read) or any(one.labels is not None for one in read):
            raise
        raise _UnlabelledError(str(error)) from None


def _refuse_faults(found: Contents) -> None:
    """A table of images with a fault that may be the one to train on: other data would be taken for that."""
    parts = _parts_read(found)
    covered = {"test", *parts, *((None, "val") if parts & {None, "train"} else ())}
    for name, fault in found.faults.items():
        if part_of_file(name) not in covered:
            raise DataError(fault)


def _refuse_test_alone(found: Contents) -> None:
    """Data for the test, beside a file to train on that is not read: the test would be taken for that."""
    if _parts_read(found) & {None, "train"}:
        return
    first = found.kinds[0][0].name
    unread = {
        name: f"By its name, {first} is not for training, and {sentence}"
        for name, sentence in found.not_read.items()
        if not _NO_DATA.search(name.rpartition("/")[2])
    }
    others = {file.name: _different_kinds(found, file) for files in found.kinds[1:] for file in files}
    for name, sentence in (unread | others).items():
        if part_of_file(name) in ("train", "val"):
            raise _UnlabelledError(sentence)


def _parts_read(found: Contents) -> set[Part | None]:
    """What the data that are read are for, by their names."""
    return {part_of_file(file.name) for file in found.kinds[0]}


def _different_kinds(found: Contents, other: NamedFile) -> str:
    return f"{found.kinds[0][0].name} and {other.name} are of different kinds: import one kind at a time."


def _found_in(found: Contents, class_names: Sequence[str], form: Form | None) -> tuple[list[Found], list[NamedFile]]:
    """What the data hold, and the tables that hold their labels."""
    if found.tables:
        return with_labels([_read_table(file) for file in found.tables], found.lists)
    if found.idx:
        return read_idx_files(found.idx), []
    return read_array_files(found.arrays, form=form, class_names=class_names), []


def _beside_data(found: Contents, used: Sequence[NamedFile]) -> list[str]:
    """A sentence about whatever is beside the data and is not read."""
    others = [file for file in found.others if file not in used and file.name not in found.faults]
    notes = [f"{file.name} holds no images and was left out." for file in others]
    notes += [f"{file.name} is of another kind and was left out." for files in found.kinds[1:] for file in files]
    if count := len(found.pictures):
        notes.append(f"{counted(count, 'picture')} beside the data {was(count)} left out.")
    return notes


def _made_of(found: Contents) -> str:
    if found.tables:
        return _table_words(found.tables)
    return "Read from IDX files" if found.idx else "Read from arrays"


def _table_words(tables: Sequence[NamedFile]) -> str:
    return "Read from CSV" if all(".csv" in file.name.lower() for file in tables) else "Read from tables"


def _read_table(file: NamedFile) -> Found:
    read = read_kaggle_csv(file)
    return Found(file.name, read.images, read.labels, part_of_file(file.name), notes=read.notes)


def _says_little(file: NamedFile) -> tuple[bool, bool]:
    """Of several files that one gives its name which is most of the dataset, the first of those that are alike."""
    return bool(EXAMPLE.search(file.name)), part_of_file(file.name) == "test"


def _title_of(name: str) -> str:
    """``train-images-idx3-ubyte.gz`` → ``train``."""
    own = name.replace("\\", "/").rpartition("/")[2][-_LONGEST_NAME:]
    return _ENDINGS.sub("", own).strip(" ._-")[:60] or "Imported images"
