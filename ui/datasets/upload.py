"""Bringing images in: files are read and checked, shown with a report, and kept only then."""

from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from core.data.importing.files import MOST_FILES, read_files
from core.data.importing.home import files_in_home, read_home_files
from core.data.importing.named_file import NamedFile
from core.data.importing.purposes import kept_for, why_not_trained_on
from core.data.importing.report import ImportPreview, ImportReport
from core.data.purpose import Purpose
from core.errors import DataError
from ui.datasets.catalogue import choose, show_strip
from ui.datasets.form import choose_form, chosen_form, show_before
from ui.datasets.state import DatasetsState, PendingImport
from ui.shell.resources import catalogue, settings
from ui.shell.sentences import refuse_click
from ui.shell.state import page_state
from ui.shell.words import escape_markdown

_NAMES = "import_class_names"
_UPLOAD, _HOME = "upload", "home"
_PURPOSES = {Purpose.TRAINING: "Training", Purpose.TESTING: "Testing only"}


_MEGABYTES = 200
_SHOWN_AT_ONCE, _MOST_SHOWN = 5, 100
_WORDS = (
    "Tables (CSV, TSV, ARFF), IDX files as MNIST is published, arrays (npz, npy, mat), Parquet, or pictures (JPEG, "
    "PNG, HEIC and others): a zip or tar with one folder for each class, names that begin with the class, as in "
    "`7_123.png`, or a `labels.csv` beside them; folders `train` and `test` above the classes are kept apart. Choose "
    "files that belong together in one go: images and labels, or training and test."
)


def show_upload() -> None:
    """A file uploader, and the preview of what was chosen."""
    chosen: Any = st.file_uploader(
        f"Files with images, up to {_MEGABYTES} MB each",
        # Files such as train-images-idx3-ubyte have no ending that a browser could filter by.
        type=None,
        accept_multiple_files=True,
        max_upload_size=_MEGABYTES,
        key=_uploader(),
    )
    st.caption(_WORDS)
    files, names = list(chosen or ()), _class_names(_UPLOAD)
    if files:
        chosen_files = ",".join([*(file.file_id for file in files), *names])
        form = chosen_form(chosen_files)
        key = f"{chosen_files},{form}"
        pending = page_state(DatasetsState).imports.get(_UPLOAD)
        if pending is None or pending.key != key:
            # Once: a page runs again with every click.
            _read(_UPLOAD, key, lambda: read_files(_named(files), class_names=names, form=form))
        show_preview(_UPLOAD, key)


def show_home_files() -> None:
    """What lies in the home's own folder of datasets and is not imported yet."""
    folder = settings().home / "datasets"
    st.caption(f"Files that you put into `{folder}` on this server, of the same kinds, or folders of them.")
    groups = files_in_home(settings().home)
    if not groups:
        st.info("There are no such files in that folder.", icon=":material/folder_open:")
        return
    title = st.selectbox(
        "Found there",
        [group.title for group in groups],
        format_func=lambda title: next(f"{title} ({len(g.names)})" for g in groups if g.title == title),
    )
    names = _class_names(_HOME)
    chosen = ",".join([str(title), *names])
    form = chosen_form(chosen)
    key = f"{chosen},{form}"
    read = partial(read_home_files, settings().home, str(title), form, names)
    st.button("Read it", icon=":material/visibility:", on_click=_read, args=(_HOME, key, read))
    pending = page_state(DatasetsState).imports.get(_HOME)
    if pending is not None and pending.key.startswith(f"{title},") and pending.key != key:
        _read(_HOME, key, read)
    show_preview(_HOME, key)


def show_preview(source: str, key: str) -> None:
    """What was read from there, if it is this: examples, the report, and the button that keeps it."""
    pending = page_state(DatasetsState).imports.get(source)
    if pending is None or pending.key != key:
        return
    if pending.error:
        st.error(escape_markdown(pending.error), icon=":material/error:")
        return
    preview = pending.preview
    if preview is None:
        return
    with st.container(border=True):
        preview = _choose_purpose(source, preview)
        choose_form(source, key.rpartition(",")[0], preview)
        st.markdown(f"**Preview** · {_counts(preview.report)}")
        show_before(source, preview)
        show_strip(preview.published.first_images, key=f"import_samples_{source}")
        st.caption(escape_markdown(_balance(preview.report)))
        for problem in preview.report.problems:
            st.markdown(f":material/info: {escape_markdown(problem)}")
        _show_left_out(preview.report)
        if not preview.report.problems and not preview.report.left_out:
            st.markdown(":material/check_circle: Nothing unusual was found.")
        st.text_input("Title", key=_title(source), max_chars=60)
        with st.container(horizontal=True):
            keep, discard = f"import_keep_{source}", f"import_discard_{source}"
            st.button("Keep", type="primary", icon=":material/save:", key=keep, on_click=_keep, args=(source,))
            st.button("Discard", icon=":material/close:", key=discard, on_click=_forget, args=(source,))


def _show_left_out(report: ImportReport) -> None:
    """Files that could not be read, each with its reason."""
    if not report.left_out:
        return
    count = len(report.left_out)
    files = "1 file was" if count == 1 else f"{count:,} files were"
    with st.expander(f"{files} left out", icon=":material/warning:", expanded=count <= _SHOWN_AT_ONCE):
        for sentence in report.left_out[:_MOST_SHOWN]:
            st.markdown(escape_markdown(sentence))
        if count > _MOST_SHOWN:
            st.markdown(f"… and {count - _MOST_SHOWN:,} more.")


def _choose_purpose(source: str, preview: ImportPreview) -> ImportPreview:
    """Whether it is kept to train on, where a network can learn from it; the preview as it is then."""
    can_train = not why_not_trained_on(preview)
    if _purpose(source) not in st.session_state:
        st.session_state[_purpose(source)] = kept_for(preview).published.purpose
    st.segmented_control(
        "Keep for",
        list(_PURPOSES) if can_train else [Purpose.TESTING],
        format_func=_PURPOSES.__getitem__,
        required=True,
        key=_purpose(source),
        help="With “Testing only”, all images form one test set: a few images of a few classes are enough. Evaluate "
        "and Errors then test a run on them.",
    )
    return _kept_for(source, preview)


def _kept_for(source: str, preview: ImportPreview) -> ImportPreview:
    """As somebody has chosen; with the reason where nobody had to."""
    chosen, usual = Purpose(st.session_state[_purpose(source)]), kept_for(preview)
    return usual if usual.published.purpose is chosen else kept_for(preview, chosen)


def _purpose(source: str) -> str:
    """Key of the choice of a purpose."""
    return f"import_purpose_{source}"


def _balance(report: ImportReport) -> str:
    """The smallest and the largest class."""
    least, most = int(report.class_counts.argmin()), int(report.class_counts.argmax())
    counts, names = report.class_counts, report.class_names
    return f"Images of a class: from {counts[least]:,} (“{names[least]}”) to {counts[most]:,} (“{names[most]}”)."


def _uploader() -> str:
    """Key of the uploader: a new one after each import, so that the server forgets what was uploaded."""
    done = page_state(DatasetsState).uploads
    return f"import_files_{done}" if done else "import_files"


def _counts(report: ImportReport) -> str:
    if not report.images:
        repeated = f", {report.duplicates:,} of them repeated" if report.duplicates else ""
        return f"{report.test_images:,} images for testing only{repeated}, {_classes(report)}"
    test = f" and {report.test_images:,} test images" if report.test_images else ""
    repeated = f", {report.duplicates:,} of them repeated" if report.duplicates else ""
    return f"{report.images:,} images{test}{repeated}, {_classes(report)}"


def _classes(report: ImportReport) -> str:
    return "1 class" if len(report.class_names) == 1 else f"{len(report.class_names)} classes"


def _class_names(source: str) -> tuple[str, ...]:
    text = st.text_input(
        "Class names, if they are not digits",
        placeholder="T-shirt, trousers, pullover, …",
        key=_NAMES if source == _UPLOAD else f"{_NAMES}_{source}",
        help="In the order of the labels, separated by commas. If left empty, labels above 9 serve as names.",
    )
    return tuple(name.strip() for name in text.split(",")) if text.strip() else ()


def _named(files: list[Any]) -> list[NamedFile]:
    if len(files) > MOST_FILES:
        raise DataError(f"{len(files):,} files are too many: at most {MOST_FILES:,}, or a zip of them.")
    return [NamedFile(file.name, file) for file in files]


def _title(source: str) -> str:
    """Key of the field with the title: each source has its own, for both previews may be there."""
    return f"import_title_{source}"


def _read(source: str, key: str, read: Callable[[], ImportPreview]) -> None:
    """Read what was chosen; call it before the field with the title is made."""
    imports = page_state(DatasetsState).imports
    imports.pop(source, None)
    try:
        with st.spinner("Reading and checking …"):
            preview = read()
    except DataError as error:
        imports[source] = PendingImport(key, error=str(error))
        return
    imports[source] = PendingImport(key, preview)
    st.session_state.pop(_purpose(source), None)
    st.session_state[_title(source)] = preview.title


def _keep(source: str) -> None:
    pending = page_state(DatasetsState).imports.get(source)
    if pending is None or pending.preview is None:
        return
    preview = _kept_for(source, pending.preview)
    title = st.session_state[_title(source)].strip() or preview.title
    try:
        entry = catalogue().add(preview.published, title, preview.description)
    except DataError as error:
        refuse_click(error)
        return
    _forget(source)
    choose(entry.name)
    st.toast(f"{escape_markdown(entry.title)} is in the catalogue.", icon=":material/check_circle:")


def _forget(source: str) -> None:
    state = page_state(DatasetsState)
    state.imports.pop(source, None)
    if source == _UPLOAD:
        state.uploads += 1
