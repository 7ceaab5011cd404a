"""Explore: the filters, in widgets and in the URL."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

import streamlit as st

from core.analysis.browsing import SampleFilter, file_size
from core.config import TrainConfig
from core.data.dataset import SPLIT_NAMES
from ui.choices.dataset import whole_splits
from ui.shell.resources import catalogue, dataset_entry
from ui.shell.url import checked_param, one_of, whole_number
from ui.shell.words import dataset_titles, listed, plain

DATASET = "dataset"
"""In the URL; the widget has a key of its own, for the sidebar's data set is another choice."""
_CHOSEN_DATASET = "explore_dataset"
VIEW, IMAGES, LAYOUT = "view", "images", "layout"
VIEWS = BROWSE, STATISTICS, MAP = "Browse", "Statistics", "Map"
LABELS, INK, SLANT, ORDER, PAGE, INDEX = "labels", "ink", "slant", "order", "grid_page", "index"
"""Keys of the widgets as well; none may be a setting's name, for the session keeps settings under theirs."""
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


def check_images_param() -> None:
    """Say one sentence about a split in the URL that does not exist."""
    splits = one_of(*SPLIT_NAMES)
    checked_param(IMAGES, splits, f"There is no split “{{value}}”; there are {', '.join(SPLIT_NAMES)}.")
    _take_former("split", IMAGES, splits)


def check_filter_params(dataset: str, split_name: str) -> None:
    """Say one sentence about each filter in the URL that does not exist."""
    parts = whole_splits(dataset)
    names, last = parts.train.class_names, file_size(parts, split_name) - 1
    permitted = "0 to 9" if names == tuple("0123456789") else plain(listed(names))
    checked_param(LABELS, _every(LABELS, one_of(*names)), f"Labels are {permitted}, not “{{value}}”.")
    if set(st.session_state.get(LABELS) or ()) - set(names):
        st.session_state[LABELS] = []
    seeds = whole_number(0, _MAX_SEED)
    checked_param(ORDER, seeds, "The shuffle seed must be a whole number, not “{value}”.")
    _take_former("shuffle", ORDER, seeds)
    checked_param(PAGE, whole_number(1, _MAX_PAGE), "The page must be a whole number from 1, not “{value}”.")
    if INDEX not in st.session_state and INDEX not in st.query_params:
        _accept_digit_as_index(last)
    if INDEX not in st.session_state:
        checked_param(INDEX, whole_number(0, last), f"The index must be from 0 to {last:,}, not “{{value}}”.")


def choose_filter(class_names: Sequence[str]) -> SampleFilter:
    """Show the filters in a row, and say one sentence about a range in the URL that is none."""
    ink_in_url = _range_in_url(INK, 0, 100)
    slant_in_url = _range_in_url(SLANT, -_MAX_SLANT, _MAX_SLANT)
    labels, order = st.columns([3, 2], gap="medium")
    ink, slant = st.columns(2, gap="medium")
    with labels:
        names = _choose_labels(class_names)
    with ink:
        ink_range = _choose_range("Ink, thin ↔ thick", INK, 0, 100, "%d%%", _INK_HELP, ink_in_url)
    with slant:
        low, high = _choose_range(
            "Slant, left ↔ right", SLANT, -_MAX_SLANT, _MAX_SLANT, "%d°", _SLANT_HELP, slant_in_url
        )
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


def _choose_range(
    label: str, key: str, low: int, high: int, form: str, explanation: str, bind: Literal["query-params"] | None
) -> tuple[int, int]:
    chosen: tuple[int, int] = st.slider(
        label,
        low,
        high,
        (low, high),
        format=form,
        key=key,
        bind=bind,
        persist_state="session",
        on_change=forget_page,
        help=explanation,
    )
    return chosen


def _range_in_url(name: str, low: int, high: int) -> Literal["query-params"] | None:
    """How a slider may follow the URL in this run: not if that has no range, or one the wrong way round.

    The slider would take the latter, even out of a URL from which it has just been removed.
    """

    def parse_both(_last: str) -> None:
        first, second = map(whole_number(low, high), st.query_params.get_all(name))
        if first > second:
            raise ValueError(name)

    was_there = name in st.query_params
    lowest = str(low).replace("-", "−")
    checked_param(
        name,
        parse_both,
        f"{name.capitalize()} must be two whole numbers from {lowest} to {high}, the smaller one first.",
    )
    return None if was_there and name not in st.query_params else "query-params"


def _choose_order() -> int | None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        seed: int | None = st.number_input(
            "Shuffle seed",
            0,
            _MAX_SEED,
            value=None,
            step=1,
            placeholder="as in the file",
            key=ORDER,
            bind="query-params",
            persist_state="session",
            on_change=forget_page,
            help="The same seed gives the same order. Empty: the order of the file.",
        )
        st.button("Shuffle", icon=":material/shuffle:", on_click=_shuffle)
    return seed


def _shuffle() -> None:
    seed = st.session_state.get(ORDER)
    st.session_state[ORDER] = 0 if seed is None else (seed + 1) % _MAX_SEED
    forget_page()


def _take_former(former: str, name: str, parse: Callable[[str], object]) -> None:
    """Take what an older link says under a former name; Train’s settings, which have these names now, do not fit."""
    raw = st.query_params.get(former)
    if raw is None or name in st.query_params or name in st.session_state:
        return
    with suppress(ValueError):
        st.session_state[name] = parse(raw)
        st.query_params[name] = raw
        del st.query_params[former]


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


def _every(name: str, parse: Callable[[str], object]) -> Callable[[str], None]:
    """A parser of a parameter that is there several times."""

    def parse_all(_last: str) -> None:
        for value in st.query_params.get_all(name):
            parse(value)

    return parse_all
