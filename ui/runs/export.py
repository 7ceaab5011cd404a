"""A run as files for other programs and for people."""

from functools import partial

import streamlit as st

from core.data.drawn import drawn_by
from core.errors import DataError, DigitLabError
from core.exports.data_file import data_files, files_in_words, place_of_images
from core.exports.formats import FORMATS, ExportFormat
from core.exports.subject import subject_of_run
from core.exports.zipping import zipped
from core.runs.class_order import require_own_order
from core.runs.records import Run
from ui.results.final import count_look_at
from ui.shell.page import show_error
from ui.shell.resources import catalogue, dataset_entry, model, run_store, viewer


def show_export(run: Run | None) -> None:
    """Choose a format and take the file away; nothing where no run is chosen, or it has no weights."""
    if run is None or not run.epochs_done:
        return
    with st.expander("Export", key=f"export_{run.run_id}", on_change="rerun") as box:
        if box.open:
            _show_choice(run)


def made(run_id: str, entry: ExportFormat, mark: str | None) -> bytes:
    """What the button hands out; it is computed apart from the page, when somebody asks for it."""
    files = entry.make(subject_of_run(run_store(), run_id, mark))
    return zipped(files.contents) if len(files.contents) > 1 else files.contents[files.main]


def _show_choice(run: Run) -> None:
    try:
        # Better said now than by a download that fails.
        model(run.run_id)
    except DigitLabError as error:
        show_error(error)
        return
    name = st.selectbox(
        "Format",
        list(FORMATS),
        format_func=lambda name: FORMATS[name].title,
        key=f"export_format_{run.run_id}",
    )
    entry = FORMATS[name]
    if entry.shows_test and not _is_comparable(run):
        return
    st.caption(entry.about + (f" {_about_images(run)}" if entry.reads_images else ""))
    st.download_button(
        "Export",
        partial(made, run.run_id, entry, viewer()),
        file_name=f"{run.run_id}{entry.ending}",
        key=f"export_now_{run.run_id}",
        icon=":material/download:",
        on_click=_count,
        args=(run.run_id, entry),
        help="A zip where there is more than one file." + (" It counts as a look at the test set." * entry.shows_test),
    )
    command = f"python -m core export --run {run.run_id} --format {name} --out exports"
    st.caption(f"The same on the command line, where `mlflow` is a format too: `{command}`")


def _is_comparable(run: Run) -> bool:
    """Whether a program or report can compare the run with its images; a sentence says why not."""
    try:
        names = dataset_entry(run.config.dataset).class_names
    except DataError:
        # They do without the images, and say so.
        return True
    try:
        require_own_order(run, names)
    except DataError as error:
        show_error(error)
        return False
    return True


def _about_images(run: Run) -> str:
    """Whether the images that a program reads are among its files, or where they are."""
    dataset = run.config.dataset
    if place := place_of_images(dataset, catalogue()):
        files = files_in_words(data_files(dataset, run.run_id))
        return f"The images of the run are not included: the program reads {files}, {place}."
    return f"The images of the run are included{', drawings among them' if drawn_by(dataset) else ''}."


def _count(run_id: str, entry: ExportFormat) -> None:
    if entry.shows_test:
        count_look_at(run_id)
