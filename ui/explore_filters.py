"""Explore: the filters, in widgets and in the URL."""

from collections.abc import Callable, Sequence

import streamlit as st

from core.analysis.samples import SampleFilter, file_size
from core.config import TrainConfig
from ui.explore_data import splits_to_explore
from ui.resources import catalogue, dataset_entry
from ui.url import checked_param, one_of, whole_number
from ui.words import dataset_titles, listed

DATASET = "dataset"
"""In the URL; the widget has a key of its own, for the sidebar's data set is another choice."""
_CHOSEN_DATASET = "explore_dataset"
VIEW, SPLIT, LAYOUT = "view", "split", "layout"
VIEWS = BROWSE, STATISTICS, MAP = "Browse", "Statistics", "Map"
LABELS, INK, SLANT, SHUFFLE, PAGE, INDEX = "labels", "ink", "slant", "shuffle", "grid_page", "index"
_MAX_SEED = 2**31 - 1
_MAX_SLANT = 45
_MAX_PAGE = 1_000
_INK_HELP = "Rank by amount of ink within the split: 0–10 % are its thinnest tenth."
_SLANT_HELP = "Degrees from upright; positive leans to the right, like /. The two ends have no limit."


def choose_dataset() -> str:
    """A select box that follows and writes ``?dataset=``; the name of the chosen data set."""
    titles = dataset_titles(catalogue().entries())
    wanted = checked_param(DATASET, _name_of_dataset, "")
    if wanted is not None and wanted != st.session_state.get(_CHOSEN_DATASET):
        st.session_state[_CHOSEN_DATASET] = wanted
        _forget_what_was_of_another()
    if st.session_state.get(_CHOSEN_DATASET) not in titles:
        st.session_state[_CHOSEN_DATASET] = TrainConfig().dataset
    name = st.selectbox(
        "Dataset",
        list(titles),
        format_func=titles.__getitem__,
        key=_CHOSEN_DATASET,
        persist_state="session",
        on_change=_take_dataset,
        width=260,
    )
    _write_dataset_to_url()
    return str(name)


def check_filter_params(dataset: str, split_name: str) -> None:
    """Say one sentence about each filter in the URL that does not exist."""
    parts = splits_to_explore(dataset)
    names, last = parts.train.class_names, file_size(parts, split_name) - 1
    steepest = f"from −{_MAX_SLANT} to {_MAX_SLANT}"
    permitted = "0 to 9" if names == tuple("0123456789") else listed(names)
    checked_param(LABELS, _every(LABELS, one_of(*names)), f"Labels are {permitted}, not “{{value}}”.")
    if set(st.session_state.get(LABELS) or ()) - set(names):
        st.session_state[LABELS] = []
    checked_param(INK, _every(INK, whole_number(0, 100), 2), "Ink must be two whole numbers from 0 to 100.")
    checked_param(
        SLANT, _every(SLANT, whole_number(-_MAX_SLANT, _MAX_SLANT), 2), f"Slant must be two whole numbers {steepest}."
    )
    checked_param(SHUFFLE, whole_number(0, _MAX_SEED), "The shuffle seed must be a whole number, not “{value}”.")
    checked_param(PAGE, whole_number(1, _MAX_PAGE), "The page must be a whole number from 1, not “{value}”.")
    if INDEX not in st.session_state and INDEX not in st.query_params:
        _accept_digit_as_index(last)
    if INDEX not in st.session_state:
        checked_param(INDEX, whole_number(0, last), f"The index must be from 0 to {last:,}, not “{{value}}”.")


def choose_filter(class_names: Sequence[str]) -> SampleFilter:
    """Show the filters in a row."""
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
    st.query_params[INDEX] = str(index)


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
        selection_mode="multi",
        wrap=True,
        key=LABELS,
        bind="query-params",
        persist_state="session",
        on_change=forget_page,
        help="Choose one or more. None chosen shows all.",
    )


def _choose_range(label: str, key: str, low: int, high: int, form: str, explanation: str) -> tuple[int, int]:
    chosen: tuple[int, int] = st.slider(
        label,
        low,
        high,
        (low, high),
        format=form,
        key=key,
        bind="query-params",
        persist_state="session",
        on_change=forget_page,
        help=explanation,
    )
    return chosen


def _choose_order() -> int | None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed: int | None = st.number_input(
            "Shuffle seed",
            0,
            _MAX_SEED,
            value=None,
            step=1,
            placeholder="as in the file",
            key=SHUFFLE,
            bind="query-params",
            persist_state="session",
            on_change=forget_page,
            help="The same seed gives the same order. Empty: the order of the file.",
        )
        st.button("Shuffle", icon=":material/shuffle:", on_click=_shuffle)
    return seed


def _shuffle() -> None:
    seed = st.session_state.get(SHUFFLE)
    st.session_state[SHUFFLE] = 0 if seed is None else (seed + 1) % _MAX_SEED
    forget_page()


def _accept_digit_as_index(last: int) -> None:
    """Take ``?digit=``, which names a digit on other pages, for the index, unless this page has one already."""
    digit = checked_param("digit", whole_number(0, last), f"The digit must be from 0 to {last:,}, not “{{value}}”.")
    if digit is not None:
        del st.query_params["digit"]
        choose_index(digit)


def _name_of_dataset(text: str) -> str:
    return dataset_entry(text).name


def _take_dataset() -> None:
    _forget_what_was_of_another()
    _write_dataset_to_url()


def _forget_what_was_of_another() -> None:
    """Labels, page and image belong to the data set that was shown before, unless this is the first one."""
    if LABELS in st.session_state:
        st.session_state[LABELS] = []
    if PAGE in st.session_state:
        forget_digit()


def _write_dataset_to_url() -> None:
    """A bound select box would write the title, and read nothing else."""
    name = st.session_state[_CHOSEN_DATASET]
    if name == TrainConfig().dataset:
        st.query_params.pop(DATASET, None)
    elif st.query_params.get(DATASET) != name:
        st.query_params[DATASET] = name


def _every(name: str, parse: Callable[[str], object], count: int | None = None) -> Callable[[str], None]:
    """A parser of a parameter that is there several times."""

    def parse_all(_last: str) -> None:
        values = st.query_params.get_all(name)
        if count is not None and len(values) != count:
            raise ValueError(name)
        for value in values:
            parse(value)

    return parse_all
