"""The confusion matrix with the digits of the chosen cell beside it."""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.confusion import ConfusedPair, MatrixMode, most_confused_pairs
from core.analysis.paging import page_slice
from core.analysis.percent import probability_percent
from core.analysis.ranking import cell_positions
from core.figures.confusion import confusion_heatmap
from ui.digits.gallery import show_gallery
from ui.evaluate.epochs import matrix_frames, show_control
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.results.final import Tested
from ui.shell.columns import side_by_side
from ui.shell.paging import page_shown
from ui.shell.terms import explained
from ui.shell.url import bound, check_choice, checked_param, choice
from ui.shell.url_values import one_of
from ui.shell.words import escape_markdown, item, listed, one

_TRUE, _PREDICTED, _PAIR, _PAGE = "true_label", "predicted_label", "confused_pair", "cell_page"
_CELLS = "cells"
_PAIRS = 6
_PAGE_SIZE = 40
_COLUMNS = 8
_SAID_HEIGHT, _PAGES_HEIGHT = 40, 44
"""Pixels kept for what not every cell has."""


def check_cell_params(class_names: Sequence[str]) -> None:
    """Say one sentence about a label or a mode in the URL that does not exist."""
    for name, words in ((_TRUE, "true label"), (_PREDICTED, "predicted label")):
        known = f"There is no {words} “{{value}}”: it must be one of {escape_markdown(listed(class_names))}."
        checked_param(name, one_of(*class_names), known)
    check_choice(_CELLS)


@st.fragment
def show_confusion(tested: Tested) -> None:
    """Matrix, most confused pairs and the images of one cell; a click, a pair or two select boxes choose the cell."""
    predictions = tested.predictions
    names = predictions.class_names
    pairs = most_confused_pairs(predictions.confusion_matrix, _PAIRS)
    st.header("Confusion matrix", anchor=False, help=explained("Confusion matrix"))
    st.caption(
        "Test images: rows are true labels, columns predictions. Grey: correct. The stronger the colour, the more "
        f"mistakes. Click a cell to see its {item(names)}s."
    )
    left, right = side_by_side(11, 9, key="evaluate_columns", least=340)
    with right:
        cell = _choose_cell(names, pairs)
        _show_cell(tested, cell)
    with left:
        mode = _choose_mode()
        figure = kept_figure(confusion_heatmap, predictions.confusion_matrix, names, mode=mode, selected=cell)
        show_figure(
            figure,
            key="evaluate_confusion",
            shape="0.95",
            alt=_alt(pairs, names),
            revision=tested.key,
            on_click=lambda click: _choose(click.customdata, names),
            frames=matrix_frames(tested, mode),
        )
        show_control(tested)


def _choose_mode() -> MatrixMode:
    mode: MatrixMode = st.segmented_control(
        "Cells show",
        required=True,
        help="Row %: share of all images with this label; the diagonal is the recall. "
        "Column %: share of all images read as this label; the diagonal is the precision.",
        **choice(_CELLS),
    )
    return mode


def _choose_cell(names: Sequence[str], pairs: Sequence[ConfusedPair]) -> tuple[int, int]:
    """Two select boxes and the most confused pairs, which all say the same cell."""
    first = (pairs[0].true_label, pairs[0].predicted_label) if pairs else (0, 0)
    _begin_with(first, names)
    columns = st.columns(2)
    chosen = [
        column.selectbox(label, names, index=None, **bound(key), on_change=_first_page)
        for column, label, key in zip(columns, ("True label", "Predicted label"), (_TRUE, _PREDICTED), strict=True)
    ]
    cell = names.index(chosen[0] or names[first[0]]), names.index(chosen[1] or names[first[1]])
    if pairs:
        texts = {pair.words(names): pair for pair in pairs}
        current = [text for text, pair in texts.items() if (pair.true_label, pair.predicted_label) == cell]
        st.session_state[_PAIR] = current[0] if current else None
        st.pills(
            "Most confused pairs",
            list(texts),
            format_func=escape_markdown,
            key=_PAIR,
            wrap=True,
            on_change=lambda: _take_pair(texts, names),
        )
    else:
        st.caption("Every test image is read correctly: all lie on the diagonal.")
    return cell


def _begin_with(cell: tuple[int, int], names: Sequence[str]) -> None:
    """Open on a cell that is worth a look, unless the URL or an earlier visit names one."""
    for key, label in zip((_TRUE, _PREDICTED), cell, strict=True):
        if st.session_state.get(key) not in names:
            wanted = st.query_params.get(key)
            st.session_state[key] = wanted if wanted in names else names[label]


def _show_cell(tested: Tested, cell: tuple[int, int]) -> None:
    """The images of a cell; whatever it holds, the same things stand in the same places."""
    predictions = tested.predictions
    kind = item(predictions.class_names)
    positions = cell_positions(predictions, *cell)
    page, pages = page_shown(_PAGE, len(positions), _PAGE_SIZE)
    shown = page_slice(positions, page, _PAGE_SIZE)
    true_name, read_name = (predictions.class_names[label] for label in cell)
    what = f"true {true_name}, read as {read_name}"
    digits = kind if len(positions) == 1 else f"{kind}s"
    most_confident = ", most confident first" if len(positions) > 1 else ""
    st.markdown(f"**{len(positions):,} {digits}: {escape_markdown(what)}**{most_confident}")
    said = st.container(height=_SAID_HEIGHT, border=False, vertical_alignment="center")
    sure = [probability_percent(float(predictions.confidence[position])) for position in shown]
    hover = [f"Test {kind} {position}, confidence {share}" for position, share in zip(shown, sure, strict=True)]
    picked = show_gallery(
        tested.images.images[shown],
        hover,
        key=f"cell_{tested.key}",
        alt=f"{len(shown)} test {kind}s: {what}" if len(shown) else f"No test {kind}s: {what}",
        columns=_COLUMNS,
        rows=_PAGE_SIZE // _COLUMNS,
    )
    with st.container(height=_PAGES_HEIGHT, border=False):
        if pages > 1:
            st.pagination(pages, max_visible_pages=5, **bound(_PAGE))
    with said:
        _show_picked(tested, shown, picked)


def _show_picked(tested: Tested, shown: NDArray[np.int64], picked: int | None) -> None:
    """The image that was clicked, in one line."""
    predictions = tested.predictions
    kind = item(predictions.class_names)
    if not len(shown):
        st.caption("This cell is empty: the network never makes this mistake. Choose another one.")
        return
    if picked is None:
        st.caption(f"Click {one(kind)} to see its number and confidence.")
        return
    position = int(shown[picked])
    target = tested.query | {"digit": str(position)}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"Test {kind} {position}: confidence {probability_percent(float(predictions.confidence[position]))}"
        )
        st.page_link("errors.py", label=f"Inspect this {kind}", icon=":material/search:", query_params=target)


def _take_pair(texts: dict[str, ConfusedPair], names: Sequence[str]) -> None:
    pair = texts.get(st.session_state[_PAIR])
    if pair is not None:
        _choose((pair.true_label, pair.predicted_label), names)


def _choose(cell: Sequence[int], names: Sequence[str]) -> None:
    st.session_state[_TRUE], st.session_state[_PREDICTED] = names[cell[0]], names[cell[1]]
    _first_page()


def _first_page() -> None:
    if st.session_state.get(_PAGE, 1) != 1:
        st.session_state[_PAGE] = 1


def _alt(pairs: Sequence[ConfusedPair], names: Sequence[str]) -> str:
    worst = [pair.words(names) for pair in pairs[:3]]
    told = f"Most confused: {'; '.join(worst)}." if worst else "No image is read incorrectly."
    return f"Confusion matrix of {len(names)} labels on the test images. {told}"
