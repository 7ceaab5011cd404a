"""Explore, Browse: page through the digits that the filters leave."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.browsing import choose_samples
from core.analysis.paging import page_count, page_slice
from core.data.dataset import ImageDataset
from ui.choices.dataset import whole_splits
from ui.digits.gallery import show_gallery
from ui.explore.data import measures_of
from ui.explore.filters import INDEX, PAGE, choose_filter
from ui.explore.inspector import show_inspector
from ui.shell.columns import side_by_side
from ui.shell.url import bound
from ui.shell.words import item

_PAGE_SIZE = 100


def show_browse(name: str, split_name: str) -> None:
    """Filters, a page of the grid, and one image of the dataset called ``name`` beside it."""
    dataset = whole_splits(name).named(split_name)
    what = item(dataset.class_names)
    positions = choose_samples(dataset.labels, measures_of(name, split_name), choose_filter(dataset.class_names))
    if not len(positions):
        st.info(f"No {what} matches all filters. Widen the range of ink or slant, or choose more labels.")
        return
    pages = page_count(len(positions), _PAGE_SIZE)
    page = _page_within(pages)
    shown = dataset.subset(page_slice(positions, page, _PAGE_SIZE))
    grid, inspector = side_by_side(3, 2, key="explore_browse_columns")
    with grid:
        st.markdown(
            f"**{len(positions):,}** of {len(dataset):,} {split_name.lower()} {what}s, page {page:,} of {pages:,}"
        )
        _show_grid(shown, split_name)
        st.pagination(pages, **bound(PAGE))
    with inspector:
        show_inspector(name, split_name, first=int(shown.file_indices[0]))


def _show_grid(shown: ImageDataset, split_name: str) -> None:
    names = shown.class_names
    show_gallery(
        shown.images,
        hover_texts(shown),
        key="explore_grid",
        alt=f"{len(shown)} {item(names)}s of the {split_name.lower()} split in a grid; the labels of the first row are "
        + ", ".join(names[label] for label in shown.labels[:10])
        + ".",
        selected=_place_of(st.session_state.get(INDEX), shown.file_indices),
        on_pick=lambda place: _choose_index(int(shown.file_indices[place])),
    )


def hover_texts(dataset: ImageDataset) -> list[str]:
    """Label and index of each digit, for the pointer."""
    names = dataset.class_names
    pairs = zip(dataset.labels, dataset.file_indices, strict=True)
    return [f"label {names[label]}<br>index {index:,}" for label, index in pairs]


def _choose_index(index: int) -> None:
    st.session_state[INDEX] = index


def _page_within(pages: int) -> int:
    """The page to show; before the widget is made, a deep link may ask for one that these digits do not fill."""
    # The URL has been checked.
    wanted: int = st.session_state.get(PAGE) or int(st.query_params.get(PAGE, "1"))
    if wanted > pages:
        st.warning(f"There is no page {wanted:,}; page {pages:,} is the last.")
        st.session_state[PAGE] = pages
    return min(wanted, pages)


def _place_of(index: int | None, indices: NDArray[np.int64]) -> int | None:
    """Where an index is on this page of the grid; with none chosen, the first."""
    if index is None:
        return 0
    found = np.flatnonzero(indices == index)
    return int(found[0]) if len(found) else None
