"""Draw, many pictures: files of a person's own, read one after another, in a table."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from numpy.typing import NDArray

from core.analysis.paging import page_slice
from core.analysis.percent import probability_percent
from core.analysis.verdict import verdict_words
from core.data.apart import one_process
from core.data.importing.named_file import NamedFile
from core.figures.addresses import png_address
from core.reading.answers import Answer, answers
from core.reading.sources import Remark, Unreadable, read_sources
from core.reading.submission import submission_csv
from core.reading.table import answers_csv
from core.runs.records import Run
from ui.digits.reader import reader_of
from ui.draw.state import ManyState
from ui.shell.paging import page_shown
from ui.shell.resources import framing_of_run, run_store
from ui.shell.state import page_state
from ui.shell.url import bound, choice
from ui.shell.words import escape_markdown, item

MOST_IMAGES = 50_000
"""What one session keeps; Kaggle's test file has 28,000."""
_MEGABYTES = 200
_PAGE_SIZE = 50
_SORT, _PAGE = "answers_by", "answers_page"
_MOST_NAMED = 8


def show_many(run: Run) -> None:
    """Upload pictures, zips or tables; what the network makes of each, to sort, leaf through and take away."""
    what = item(run.class_names)
    files: Any = st.file_uploader(
        f"Pictures, zips, tables or arrays, up to {_MEGABYTES} MB a file",
        accept_multiple_files=True,
        max_upload_size=_MEGABYTES,
        help=f"One {what} in each picture. Files are sent only to this server and are not kept.",
    )
    st.caption(
        f"Scans and photos of one {what} each, zips of them, or a row for each image: CSV such as Kaggle’s test.csv, "
        "ARFF, IDX, npz, npy, mat, Parquet; labels in them are ignored. Files that cannot be read are named."
    )
    read = _read(files, run) if files else ManyState()
    _show_unreadable(read.unreadable)
    for sentence in read.remarks[:_MOST_NAMED]:
        st.caption(f":material/info: {escape_markdown(sentence)}")
    if read.answers:
        st.markdown(_summary(read.answers))
    order = st.segmented_control("Order", required=True, **choice(_SORT, on_change=_first_page))
    if read.answers:
        _show_table(read.answers, str(order), run.class_names)
        _show_downloads(read, run)


def _read(files: Sequence[Any], run: Run) -> ManyState:
    """What the network makes of the files; once, for a page runs again with every click."""
    state = page_state(ManyState)
    key = ",".join([*(file.file_id for file in files), run.run_id, run_store().summary(run.run_id).version])
    if state.key == key:
        return state
    # What another click interrupts is not kept: the next run of the page reads the files again.
    state.key, state.answers, state.unreadable, state.remarks = "", [], [], []
    read = ManyState()
    reader = reader_of(run)
    named = [NamedFile(file.name, file) for file in files]
    with st.spinner("Reading …"), one_process():
        for answer in answers(read_sources(named, framing_of_run(run.config)), reader):
            if isinstance(answer, Remark):
                read.remarks.append(answer.sentence)
            elif isinstance(answer, Unreadable):
                read.unreadable.append(answer.sentence)
            elif len(read.answers) == MOST_IMAGES:
                read.unreadable.append(
                    f"Only the first {MOST_IMAGES:,} images are read here; `python -m core predict` reads them all."
                )
                break
            else:
                read.answers.append(answer)
    is_whole = not read.unreadable and len(files) == 1
    state.is_table = is_whole and [answer.found.row for answer in read.answers] == list(range(len(read.answers)))
    state.answers, state.unreadable, state.remarks, state.key = read.answers, read.unreadable, read.remarks, key
    return state


def _show_unreadable(sentences: Sequence[str]) -> None:
    if not sentences:
        return
    more = len(sentences) - _MOST_NAMED
    shown = [escape_markdown(sentence) for sentence in sentences[:_MOST_NAMED]]
    st.warning("  \n".join([*shown, *([f"… and {more:,} more"] if more > 0 else [])]), icon=":material/error:")


def _summary(read: Sequence[Answer]) -> str:
    counts = Counter(verdict_words(answer.verdict) for answer in read)
    images = "1 image" if len(read) == 1 else f"{len(read):,} images"
    return f"**{images} read**: {', '.join(f'{count:,} {word}' for word, count in counts.most_common())}."


def _show_table(read: Sequence[Answer], order: str, class_names: Sequence[str]) -> None:
    """One page of the answers, in the order that was chosen."""
    positions = _ordered(read, order)
    page, pages = page_shown(_PAGE, len(read), _PAGE_SIZE)
    shown = [read[position] for position in page_slice(positions, page, _PAGE_SIZE)]
    st.dataframe(
        pd.DataFrame([_row(answer, class_names) for answer in shown]),
        hide_index=True,
        row_height=48,
        placeholder="–",
        column_config={
            "Picture": st.column_config.ImageColumn(width="small", help="As the network gets it: 28×28 pixels"),
            "File": st.column_config.TextColumn(width="large"),
        },
        alt=f"{len(shown)} images, the label that the network reads in each, and how sure it is",
    )
    if pages > 1:
        st.pagination(pages, max_visible_pages=5, **bound(_PAGE))


def _ordered(read: Sequence[Answer], order: str) -> NDArray[np.int64]:
    """Positions in the order of the files, or by confidence, those without ink at its lower end."""
    if order == "files":
        return np.arange(len(read))
    confidence = np.array([0.0 if answer.label is None else answer.confidence for answer in read])
    return np.argsort(confidence if order == "unsure" else -confidence, kind="stable")


def _row(answer: Answer, class_names: Sequence[str]) -> dict[str, Any]:
    found, label = answer.found, answer.label
    return {
        "Picture": png_address(found.image),
        "Label": None if label is None else class_names[label],
        "Verdict": verdict_words(answer.verdict),
        "Confidence": None if label is None else probability_percent(answer.confidence),
        "File": found.path if found.row is None else f"{found.path}, image {found.row + 1:,}",
    }


def _show_downloads(read: ManyState, run: Run) -> None:
    with st.container(horizontal=True):
        st.download_button(
            "Download as CSV",
            lambda: answers_csv(read.answers, run.class_names),
            file_name=f"answers-{run.run_id}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.download_button(
            "Download as submission",
            lambda: submission_csv([answer.most_probable for answer in read.answers], run.class_names),
            file_name="submission.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            disabled=not read.is_table,
            help="Kaggle’s `ImageId,Label`, an answer for every row: for one table that was read whole.",
        )


def _first_page() -> None:
    if st.session_state.get(_PAGE, 1) != 1:
        st.session_state[_PAGE] = 1
