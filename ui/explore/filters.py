"""Explore: the filters, in widgets and in the URL."""

from collections.abc import Sequence

import streamlit as st

from core.analysis.browsing import SampleFilter, file_size
from core.config import TrainConfig
from ui.choices.dataset import dataset_to_explore, whole_splits
from ui.shell.resources import datasets_to_train_on
from ui.shell.url import bound, check_choice, checked_param, linked, take_former_name, write_param
from ui.shell.url_table import PARAMETERS
from ui.shell.url_values import all_given, one_of, span, whole_number
from ui.shell.words import dataset_titles, escape_markdown, listed

DATASET = "dataset"
"""In the URL; the widget has a key of its own, for the sidebar's dataset is another choice."""
_CHOSEN_DATASET = "explore_dataset"
VIEW, IMAGES, LAYOUT = "view", "images", "layout"
BROWSE, STATISTICS, MAP, LABELLING = "browse", "statistics", "map", "labels"
LABELS, INK, SLANT, ORDER, PAGE, INDEX = "labels", "ink", "slant", "order", "grid_page", "index"
"""Keys of the widgets as well; none may be a setting's name, for the session keeps settings under theirs."""
_MAX_SEED = 2**31 - 1
_MAX_SLANT = 45
_MAX_PAGE = 100_000
"""More than any dataset fills; that there are fewer is said where they are counted."""
_INK_HELP = "Rank by amount of ink within the split: 0–10% are its thinnest tenth."
_SLANT_HELP = "Degrees from upright; positive leans to the right, like /. The two ends are open."


def choose_dataset() -> str:
    """A select box that follows and writes ``?dataset=``; the name of the chosen dataset."""
    titles, usual = dataset_titles(datasets_to_train_on()), TrainConfig().dataset
    link = linked(_CHOSEN_DATASET, dataset_to_explore, usual, "", param=DATASET, on_change=_forget_what_was_of_another)
    return str(st.selectbox("Dataset", list(titles), format_func=titles.__getitem__, width=260, **link))


def check_images_param() -> None:
    """Say one sentence about a split in the URL that does not exist."""
    check_choice(IMAGES)
    take_former_name(IMAGES, PARAMETERS[IMAGES].parse)


def check_filter_params(dataset: str, split_name: str) -> None:
    """Say one sentence about each filter in the URL that does not exist."""
    parts = whole_splits(dataset)
    names, last = parts.train.class_names, file_size(parts, split_name) - 1
    _check_labels(names)
    if set(st.session_state.get(LABELS) or ()) - set(names):
        st.session_state[LABELS] = []
    seeds = whole_number(0, _MAX_SEED)
    checked_param(ORDER, seeds, "The shuffle seed must be a whole number, not “{value}”.")
    take_former_name(ORDER, seeds)
    checked_param(PAGE, whole_number(1, _MAX_PAGE), "The page must be a whole number from 1, not “{value}”.")
    if INDEX not in st.session_state and INDEX not in st.query_params:
        _accept_digit_as_index(last)
    checked_param(INDEX, whole_number(0, last), f"The index must be from 0 to {last:,}, not “{{value}}”.")


def choose_filter(class_names: Sequence[str]) -> SampleFilter:
    """Show the filters in a row, and say one sentence about a range in the URL that is none."""
    _check_range(INK, 0, 100)
    _check_range(SLANT, -_MAX_SLANT, _MAX_SLANT)
    labels, order = st.columns([3, 2], gap="medium")
    ink, slant = st.columns(2, gap="medium")
    with labels:
        names = _choose_labels(class_names)
    with ink:
        ink_range = _choose_range("Ink, thin ↔ thick", INK, 0, 100, "%d%%", _INK_HELP)
    with slant:
        low, high = _choose_range("Slant, left ↔ right", SLANT, -_MAX_SLANT, _MAX_SLANT, "%d°", _SLANT_HELP)
    with order:
        seed = _choose_order()
    unlimited = (-90 if low == -_MAX_SLANT else low, 90 if high == _MAX_SLANT else high)
    return SampleFilter(tuple(class_names.index(name) for name in names), ink_range, unlimited, seed)


def choose_index(index: int) -> None:
    """Choose a digit while its widget is not there: then the URL does not follow by itself."""
    st.session_state[INDEX] = index
    write_param(INDEX, str(index))


def forget_page() -> None:
    """Go back to the first page: the digits in the grid are others now."""
    st.session_state[PAGE] = 1


def forget_digit() -> None:
    """Go back to the first page and the first digit: the split is another now."""
    forget_page()
    st.session_state[INDEX] = None


def _choose_labels(class_names: Sequence[str]) -> list[str]:
    return st.pills(
        "Labels",
        class_names,
        format_func=escape_markdown,
        selection_mode="multi",
        wrap=True,
        **bound(LABELS),
        on_change=forget_page,
        help="Choose one or more. Leave empty for all.",
    )


def _choose_range(label: str, key: str, low: int, high: int, form: str, explanation: str) -> tuple[int, int]:
    chosen: tuple[int, int] = st.slider(
        label,
        low,
        high,
        (low, high),
        format=form,
        **bound(key),
        on_change=forget_page,
        help=explanation,
    )
    return chosen


def _check_labels(names: Sequence[str]) -> None:
    """Name a label in the URL that is none, and bring the others into the form that the widget reads and writes."""
    by_form = {escape_markdown(name): name for name in names}
    permitted = "0 to 9" if names == tuple("0123456789") else escape_markdown(listed(names))
    known = all_given(LABELS, one_of(*by_form, *names))
    given = checked_param(LABELS, known, f"Labels are {permitted}, not “{{value}}”.") or []
    chosen = [by_form.get(label, label) for label in given]
    forms = [escape_markdown(name) for name in chosen]
    if forms != given:
        st.session_state[LABELS] = chosen
        write_param(LABELS, *forms)


def _check_range(name: str, low: int, high: int) -> None:
    lowest = str(low).replace("-", "−")
    checked_param(
        name,
        span(name, low, high),
        f"{name.capitalize()} must be two whole numbers from {lowest} to {high}, the smaller one first.",
    )


def _choose_order() -> int | None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed: int | None = st.number_input(
            "Shuffle seed",
            0,
            _MAX_SEED,
            value=None,
            step=1,
            placeholder="as in the file",
            **bound(ORDER),
            on_change=forget_page,
            help="The same seed gives the same order. Leave empty for the order of the file.",
        )
        st.button("Shuffle", icon=":material/shuffle:", on_click=_shuffle)
    return seed


def _shuffle() -> None:
    seed = st.session_state.get(ORDER)
    st.session_state[ORDER] = 0 if seed is None else (seed + 1) % _MAX_SEED
    forget_page()


def _accept_digit_as_index(last: int) -> None:
    """Take ``?digit=``, which names a digit on other pages, for the index, unless this page has one already."""
    digit = checked_param("digit", whole_number(0, last), f"The digit must be from 0 to {last:,}, not “{{value}}”.")
    if digit is not None:
        write_param("digit")
        choose_index(digit)


def _forget_what_was_of_another() -> None:
    """Labels, page and image belong to the dataset that was shown before, unless this is the first one."""
    if LABELS in st.session_state:
        st.session_state[LABELS] = []
    if PAGE in st.session_state:
        forget_digit()
