"""My drawings: what this browser has drawn and labelled for the classes of a run, and what the run makes of it."""

import numpy as np
import streamlit as st

from core.analysis.predictions import Predictions
from core.data.dataset import DatasetEntry, ImageDataset
from core.errors import DigitLabError
from core.figures.montage import digit_montage
from core.runs.records import Run
from ui.digits.gallery import show_montage
from ui.draw.fine_tune import show_fine_tuning
from ui.shell.page import show_error
from ui.shell.resources import drawings_lock, model, my_drawings
from ui.shell.sentences import refuse_click
from ui.shell.words import escape_markdown, item

_SHOWN, _COLUMNS = 60, 8


def show_mine(run: Run) -> None:
    """The drawings, what can be done with them, and what fine-tuning on them has changed; nothing without any."""
    try:
        entry, drawings = my_drawings().entry_of(run.class_names), my_drawings().images_of(run.class_names)
        if entry is None:
            return
        st.header("My drawings", anchor=False)
        show_drawings(entry, drawings, _read_by(run, drawings), run)
        _show_removal(drawings)
        show_fine_tuning(run, drawings)
    except DigitLabError as error:
        show_error(error)


def show_drawings(entry: DatasetEntry, drawings: ImageDataset, said: Predictions, run: Run) -> None:
    """The newest ones with their labels and what is read."""
    count, what = len(drawings), item(run.class_names)
    words = f"{what}" if count == 1 else f"{what}s"
    st.caption(
        f"Version {entry.number}: {count:,} {words}, of which {escape_markdown(run.title)} reads "
        f"{int(said.correct.sum()):,} as labelled. They are shown only in this browser."
        + (f" The last {_SHOWN} of them:" if count > _SHOWN else "")
    )
    places = np.arange(count)[-_SHOWN:]
    names = run.class_names
    pairs = [(names[drawings.labels[place]], names[said.predicted[place]]) for place in places]
    figure = digit_montage(
        drawings.images[places],
        [
            f"drawing {place + 1}: labelled {true}, read as {read}"
            for place, (true, read) in zip(places, pairs, strict=True)
        ],
        columns=_COLUMNS,
        marks=["right" if true == read else "wrong" for true, read in pairs],
        captions=[true for true, _ in pairs],
    )
    show_montage(figure, key="draw_mine", alt=f"{len(places)} drawings of yours with their labels", max_height=320)


def _show_removal(drawings: ImageDataset) -> None:
    with st.popover("Remove one …", icon=":material/delete:"):
        number = st.number_input("Drawing", 1, len(drawings), value=len(drawings), key=f"mine_number_{len(drawings)}")
        label = drawings.class_names[drawings.labels[number - 1]]
        st.caption(f"They are numbered in the order of the picture; this one is labelled {escape_markdown(label)}.")
        st.button("Remove", on_click=_remove, args=(int(number) - 1, drawings))


def _remove(position: int, drawings: ImageDataset) -> None:
    """Take it out, unless the drawings have changed since it was chosen."""
    try:
        with drawings_lock():
            mine = my_drawings()
            if mine.images_of(drawings.class_names).digest == drawings.digest:
                mine.remove(position, drawings.class_names)
    except DigitLabError as error:
        refuse_click(error)


def _read_by(run: Run, drawings: ImageDataset) -> Predictions:
    probabilities = model(run.run_id).probabilities(drawings.images)
    return Predictions(run.run_id, probabilities, drawings.labels, drawings.class_names)
