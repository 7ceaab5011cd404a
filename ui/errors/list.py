"""The list of a run's mistakes: sorted, filtered, in pages, and as a file."""

import math
from collections.abc import Sequence

import numpy as np
import streamlit as st

from core.analysis.paging import page_of, page_slice
from core.analysis.percent import probability_percent
from core.analysis.ranking import ErrorTable, errors_csv
from core.figures.names import longest
from ui.digits.gallery import show_gallery
from ui.errors.state import ErrorsState
from ui.results.final import Tested
from ui.shell.paging import page_shown
from ui.shell.state import page_state
from ui.shell.url import bound, check_choice, checked_param, choice, write_param
from ui.shell.url_values import one_of, whole_number
from ui.shell.words import escape_markdown, item, listed

ANY = "any"
DIGIT = "digit"
INSPECTED = "inspected"
"""The widget's own key: other pages number other digits under the name that the URL has for it."""
_SORT, _TRUE, _PREDICTED, _PAGE = "sort", "true", "predicted", "page"
_PAGE_SIZE = 40
_COLUMNS = ((6, 10), (12, 8), (math.inf, 5))
"""Letters of the longest caption, and tiles in a row that then have room for it; each divides the page."""
_ORDER_HELP = (
    "Confidence: how sure it was of its wrong answer. Loss: how improbable it found the true label. Margin: confidence "
    "minus the probability of the true label. The worst mistakes come first."
)


def show_list(tested: Tested, errors: ErrorTable) -> ErrorTable:
    """The mistakes of a run to filter and leaf through; those that the filters leave."""
    if not len(errors):
        st.success(
            f"This run reads every test {item(errors.class_names)} correctly: there is no mistake to show.",
            icon=":material/celebration:",
        )
        return errors
    chosen = choose_errors(errors)
    if len(chosen):
        show_errors(tested, chosen, len(errors))
    else:
        st.info("It never makes this mistake. Choose other labels, or “any”.", icon=":material/filter_alt_off:")
    return chosen


def check_list_params(class_names: Sequence[str], images: int) -> None:
    """Say one sentence about each thing in the URL that does not exist."""
    check_choice(_SORT)
    for name, words in ((_TRUE, "true label"), (_PREDICTED, "predicted label")):
        known = f"There is no {words} “{{value}}”: it must be one of {escape_markdown(listed(class_names))}."
        checked_param(name, one_of(ANY, *class_names), known)
    there = f"There is no test {item(class_names)} “{{value}}”: it must be a whole number from 0 to {images - 1:,}."
    wanted = checked_param(DIGIT, whole_number(0, images - 1), there, key=INSPECTED)
    if wanted is not None and st.session_state.get(INSPECTED) != wanted:
        st.session_state[INSPECTED] = wanted
        page_state(ErrorsState).turn_to = wanted


def choose_errors(errors: ErrorTable) -> ErrorTable:
    """Sort and filter widgets; the mistakes that they leave, worst first."""
    names = errors.class_names
    with st.container(horizontal=True, vertical_alignment="bottom"):
        order = st.segmented_control(
            "Sort by",
            required=True,
            help=_ORDER_HELP,
            **choice(_SORT, on_change=_first_page),
        )
        true_label = _choose_label("True label", names, _TRUE)
        predicted_label = _choose_label("Predicted label", names, _PREDICTED)
    return errors.where(true_label, predicted_label).sorted_by(order)


def show_errors(tested: Tested, errors: ErrorTable, total: int) -> None:
    """One page of the mistakes as a gallery; a click chooses the digit to inspect.

    Parameters
    ----------
    errors
        Those to list, in order.
    total
        Mistakes before any filter.
    """
    test, what = tested.images, item(errors.class_names)
    page, pages = page_shown(_PAGE, len(errors), _PAGE_SIZE, turn_to=_page_of_link(errors))
    shown = errors.rows(page_slice(np.arange(len(errors)), page, _PAGE_SIZE))
    captions = [_caption(shown, row) for row in range(len(shown))]
    columns = _columns(captions)
    inspected = st.session_state.get(INSPECTED)
    mistakes = "mistake" if total == 1 else "mistakes"
    count = f"{total:,}" if len(errors) == total else f"{len(errors):,} of {total:,}"
    st.markdown(f"**{count} {mistakes}**")
    show_gallery(
        test.images[shown.positions],
        [_hover(shown, row, what) for row in range(len(shown))],
        key=f"errors_{tested.key}",
        alt=f"{len(shown)} test {what}s that were read incorrectly, page {page} of {pages}",
        columns=columns,
        rows=_PAGE_SIZE // columns if pages > 1 else 0,
        selected=_place_of(int(errors.positions[0]) if inspected is None else inspected, shown),
        captions=captions,
        on_pick=lambda row: inspect(int(shown.positions[row])),
    )
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.pagination(pages, max_visible_pages=5, **bound(_PAGE))
        st.download_button(
            "Download as CSV",
            lambda: errors_csv(errors, test.file_indices),
            file_name=f"errors-{tested.run.run_id}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def go_to_place(place: int, errors: ErrorTable) -> None:
    """Choose the mistake at this place of the list; beyond its end, the last one."""
    if len(errors):
        place = min(max(0, place), len(errors) - 1)
        inspect(int(errors.positions[place]), place)


def inspect(position: int, place: int | None = None) -> None:
    """Choose a digit; with its place in the list, the gallery turns to its page."""
    st.session_state[INSPECTED] = position
    write_param(DIGIT, str(position))
    if place is not None:
        st.session_state[_PAGE] = page_of(place, _PAGE_SIZE)


def take_number(images: int) -> None:
    """Bring a number that was typed to the nearest that there is, remember what it was, and let the URL follow."""
    position = st.session_state[INSPECTED]
    if position is not None and not 0 <= position < images:
        page_state(ErrorsState).refused = int(position)
        position = st.session_state[INSPECTED] = min(max(0, position), images - 1)
    write_param(DIGIT, *([] if position is None else [str(position)]))


def _choose_label(label: str, names: Sequence[str], key: str) -> int | None:
    if st.session_state.get(key, ANY) not in (ANY, *names):
        # It was chosen among the classes of another run.
        st.session_state[key] = ANY
    chosen = st.selectbox(
        label,
        (ANY, *names),
        **bound(key),
        on_change=_first_page,
        width=106 if longest(names) <= 3 else 160,
    )
    return None if chosen == ANY else list(names).index(chosen)


def _caption(errors: ErrorTable, row: int) -> str:
    """What it is and what it was taken for: ``9→4``."""
    return f"{errors.class_names[errors.true_labels[row]]}→{errors.class_names[errors.predicted[row]]}"


def _columns(captions: Sequence[str]) -> int:
    """Fewer tiles in a row where their captions are long."""
    return next(columns for letters, columns in _COLUMNS if longest(captions) <= letters)


def _hover(errors: ErrorTable, row: int, what: str) -> str:
    true, read = errors.class_names[errors.true_labels[row]], errors.class_names[errors.predicted[row]]
    return (
        f"Test {what} {errors.positions[row]}<br>true {true}, read as {read}<br>"
        f"confidence {probability_percent(float(errors.confidence[row]))}, loss {errors.loss[row]:.2f}"
    )


def _page_of_link(errors: ErrorTable) -> int | None:
    """The page that holds the digit which a link has just named, once."""
    state = page_state(ErrorsState)
    place, state.turn_to = _place_of(state.turn_to, errors), None
    return None if place is None else page_of(place, _PAGE_SIZE)


def _place_of(digit: int | None, shown: ErrorTable) -> int | None:
    places = [] if digit is None else np.flatnonzero(shown.positions == digit).tolist()
    return places[0] if places else None


def _first_page() -> None:
    if st.session_state.get(_PAGE, 1) != 1:
        st.session_state[_PAGE] = 1
