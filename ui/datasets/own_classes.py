"""Own classes: name two to ten of them, draw or photograph five each, and train on them."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.data.class_names import checked_class_names
from core.data.dataset import DatasetEntry, ImageDataset
from core.data.my_drawings import ENOUGH
from core.data.purpose import Purpose
from core.drawings.pictures import MAX_BYTES, PICTURE_EXTENSIONS, read_picture
from core.drawings.preprocessing import drawing_to_digit
from core.errors import DataError, DigitLabError, UploadError
from core.figures.montage import digit_montage
from core.presets import settings_for_few
from ui.datasets.state import DatasetsState
from ui.digits.canvas import draw_canvas
from ui.digits.gallery import show_montage
from ui.digits.state import CanvasState
from ui.jobs.controls import train_from_another_page
from ui.settings.url import apply_settings
from ui.shell.columns import side_by_side
from ui.shell.page import show_error
from ui.shell.resources import drawings_lock, my_drawings
from ui.shell.sentences import refuse_click
from ui.shell.state import page_state
from ui.shell.words import escape_markdown, listed

MOST_CLASSES: Final = 10
_CANVAS: Final = "own_canvas"
_NAMES, _CLASS = "own_class_names", "own_class"
_STYLE: Final = """<style>
.st-key-own_canvas { width: 100% !important; max-width: 400px; aspect-ratio: 1; overflow: hidden; }
</style>"""
_MOST_FILES = 50
_SHOWN, _COLUMNS = 60, 10


def show_own_classes() -> None:
    """The names first; then a canvas and a place for pictures, what has been drawn, and the way to train."""
    st.caption(
        f"Name 2 to {MOST_CLASSES} things for a network to tell apart, and draw or photograph {ENOUGH} of each. "
        "They are kept on this server, 28×28 pixels each, and shown only in this browser."
    )
    text = st.text_input(
        "Names of your classes",
        key=_NAMES,
        placeholder="circle, square, star",
        max_chars=500,
        persist_state="session",
        help="Separated by commas. The same names open the same drawings again.",
    )
    _show_earlier()
    if not text.strip():
        return
    try:
        _show_set(own_class_names(text))
    except DigitLabError as error:
        show_error(error)


def own_class_names(text: str) -> tuple[str, ...]:
    """Names that somebody typed.

    Raises
    ------
    DataError
        If there are not 2 to 10, or two are the same.
    """
    names = [name for name in text.split(",") if name.strip()]
    if not 2 <= len(names) <= MOST_CLASSES:
        raise DataError(f"Name 2 to {MOST_CLASSES} classes, separated by commas, not {len(names)}.")
    return checked_class_names(names)


def _show_earlier() -> None:
    """A button for each set that was begun before."""
    entries = [entry for entry in my_drawings().sets() if len(entry.class_names) <= MOST_CLASSES]
    if not entries:
        return
    with st.container(horizontal=True):
        for entry in entries:
            label = escape_markdown(listed(entry.class_names, 4))
            st.button(
                f"{label} ({entry.images or entry.test_images})",
                key=f"own_{entry.name}",
                icon=":material/folder_open:",
                on_click=_open,
                args=(", ".join(entry.class_names),),
            )


def _open(names: str) -> None:
    st.session_state[_NAMES] = names


def _show_set(names: tuple[str, ...]) -> None:
    entry, drawings = my_drawings().entry_of(names), my_drawings().images_of(names)
    counts = np.bincount(drawings.labels, minlength=len(names)).tolist()
    st.html(_STYLE)
    left, right = side_by_side(1, 1, key="own_drawing", least=280)
    with left:
        name = _choose_class(names, counts)
        _show_counts(names, counts)
        _show_canvas(names, name)
    with right:
        _show_pictures(names, name)
        _show_drawings(drawings)
        _show_training(entry)


def _choose_class(names: tuple[str, ...], counts: Sequence[int]) -> str:
    """The class that is drawn next: the first that lacks some, unless somebody chooses another."""
    lacking = next((place for place, count in enumerate(counts) if count < ENOUGH), 0)
    key = f"{_CLASS}_{sum(counts)}_{'_'.join(names)}"
    return str(st.selectbox("Draw", names, index=lacking, key=key))


def _show_counts(names: Sequence[str], counts: Sequence[int]) -> None:
    said = (
        f"{':material/check_circle:' if count >= ENOUGH else ':material/edit:'} {escape_markdown(name)} {count}"
        for name, count in zip(names, counts, strict=True)
    )
    st.markdown(" · ".join(said))


def _show_canvas(names: tuple[str, ...], name: str) -> None:
    ink = draw_canvas(key=_CANVAS, what=name, class_names=names)
    is_kept = st.button("Keep this drawing", icon=":material/save:", disabled=ink is None)
    if is_kept and ink is not None and _keep([drawing_to_digit(ink).digit], names, name):
        page_state(CanvasState).drawing(_CANVAS).clear()
        st.rerun()


def _show_pictures(names: tuple[str, ...], name: str) -> None:
    """Photographs or pictures of one class, several at once."""
    state = page_state(DatasetsState)
    files: Any = st.file_uploader(
        f"Or photographs of {escape_markdown(name)}",
        type=list(PICTURE_EXTENSIONS),
        accept_multiple_files=True,
        max_upload_size=MAX_BYTES // 1_000_000,
        key=f"own_files_{state.own_uploads}",
        help="One in each photograph. The photographs are not kept, only what is found in them.",
    )
    if not files or not st.button("Keep these pictures", icon=":material/save:"):
        return
    images = _read(files)
    if images and _keep(images, names, name):
        state.own_uploads += 1
        st.rerun()


def _read(files: Sequence[Any]) -> list[NDArray[np.uint8]]:
    """What is found in pictures; nothing after a sentence on the first that cannot be used."""
    try:
        if len(files) > _MOST_FILES:
            raise UploadError(f"{len(files)} pictures are too many at once: choose at most {_MOST_FILES}.")
        return [_found_in(file) for file in files]
    except UploadError as error:
        show_error(error)
        return []


def _found_in(file: Any) -> NDArray[np.uint8]:
    try:
        digit = drawing_to_digit(read_picture(file.getvalue())).digit
    except UploadError as error:
        raise UploadError(f"“{file.name[:60]}”: {error}") from None
    if not digit.any():
        raise UploadError(f"“{file.name[:60]}”: No ink was found in it; use light strokes on dark, or dark on light.")
    return digit


def _keep(images: Sequence[NDArray[np.uint8]], names: tuple[str, ...], name: str) -> bool:
    try:
        with drawings_lock():
            my_drawings().add(images, [names.index(name)] * len(images), names)
    except DigitLabError as error:
        show_error(error)
        return False
    return True


def _show_drawings(drawings: ImageDataset) -> None:
    if not len(drawings):
        return
    shown = drawings.subset(np.arange(len(drawings))[-_SHOWN:])
    captions = [drawings.class_names[label] for label in shown.labels]
    figure = digit_montage(shown.images, captions, columns=_COLUMNS, captions=captions)
    show_montage(figure, key="own_drawings", alt=f"{len(shown)} drawings of yours with the names of their classes")
    st.button("Remove the last one", icon=":material/undo:", on_click=_remove_last, args=(drawings,))


def _remove_last(drawings: ImageDataset) -> None:
    try:
        with drawings_lock():
            mine = my_drawings()
            if mine.images_of(drawings.class_names).digest == drawings.digest:
                mine.remove(len(drawings) - 1, drawings.class_names)
    except DigitLabError as error:
        refuse_click(error)


def _show_training(entry: DatasetEntry | None) -> None:
    can_train = entry is not None and entry.purpose is Purpose.TRAINING
    is_begun = st.button(
        "Train on these classes",
        type="primary" if can_train else "secondary",
        icon=":material/play_arrow:",
        disabled=not can_train,
        help=f"Available once there are {ENOUGH} of each. Uses small batches and many epochs, and augments the "
        f"drawings, because there are few of them.",
    )
    if is_begun and entry is not None:
        config = settings_for_few(entry.name)
        apply_settings(config)
        train_from_another_page(config)
