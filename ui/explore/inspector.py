"""Explore: one digit with its pixels and the training digits nearest to it."""

import streamlit as st

from core.analysis.browsing import Sample, file_size, find_sample, splits_of_file
from core.data.dataset import TRAINING, Splits
from core.figures.digit import digit_heatmap
from core.figures.montage import digit_montage
from core.figures.names import shortened
from ui.choices.dataset import whole_splits
from ui.digits.gallery import show_montage
from ui.explore.data import neighbours_of
from ui.explore.filters import INDEX
from ui.live.figure import show_figure
from ui.live.kept import kept_figure
from ui.shell.url import bound
from ui.shell.words import escape_markdown, item

_NEIGHBOURS = 8


def show_inspector(dataset: str, split_name: str, first: int) -> None:
    """The image with the chosen index, or the first of the grid."""
    parts = whole_splits(dataset)
    sample = find_sample(parts, split_name, _choose_index(parts, split_name, first))
    _show_sample(sample, parts)
    _show_neighbours(dataset, sample, parts)


def show_pixels(dataset: str, index: int) -> None:
    """The training image with this index, enlarged."""
    parts = whole_splits(dataset)
    _show_sample(find_sample(parts, TRAINING, index), parts)


def show_neighbours(dataset: str, index: int) -> None:
    """The training images nearest to one of them."""
    parts = whole_splits(dataset)
    _show_neighbours(dataset, find_sample(parts, TRAINING, index), parts)


def _choose_index(parts: Splits, split_name: str, first: int) -> int:
    last = file_size(parts, split_name) - 1
    sharing = " and ".join(name.lower() for name in splits_of_file(parts, split_name))
    if (st.session_state.get(INDEX) or 0) > last:
        st.session_state[INDEX] = None
    typed: int | None = st.number_input(
        "Index in the file",
        0,
        last,
        value=None,
        step=1,
        placeholder=f"{first}, the first shown",
        **bound(INDEX),
        help=f"Click in the grid, or type an index in the published file. This file holds: {sharing}.",
    )
    return first if typed is None else typed


def _show_sample(sample: Sample, parts: Splits) -> None:
    name = parts.train.class_names[sample.label]
    what = item(parts.train.class_names)
    show_figure(
        kept_figure(digit_heatmap, sample.image),
        key="explore_digit",
        alt=f"The {what} with index {sample.index:,}, labelled {name}, enlarged to its 28 by 28 pixels.",
    )
    st.markdown(
        f"Label **{escape_markdown(name)}** · index **{sample.index:,}** · {sample.split_name.lower()} split · "
        f"ink {sample.image.mean() / 255:.1%}"
    )
    st.caption("Point at a pixel to see its value: 0 is background, 255 a full stroke.")


def _show_neighbours(dataset: str, sample: Sample, parts: Splits) -> None:
    near = neighbours_of(dataset, sample, _NEIGHBOURS)
    shown = parts.train.subset(near.positions)
    names = [shown.class_names[label] for label in shown.labels]
    rows = list(zip(names, shown.file_indices, near.distances, strict=True))
    agree = int((shown.labels == sample.label).sum())
    st.markdown(f"**Nearest training {item(shown.class_names)}s** · {agree} of {len(rows)} have the same label")
    figure = kept_figure(
        digit_montage,
        shown.images,
        [f"label {name}<br>index {index:,}<br>distance {distance:.2f}" for name, index, distance in rows],
        columns=4,
        captions=[f"{shortened(name, 8)} · {distance:.1f}" for name, _, distance in rows],
        marks=["" if label == sample.label else "wrong" for label in shown.labels],
    )
    alt = f"The nearest training images by distance between pixels, nearest first; their labels are {', '.join(names)}."
    show_montage(figure, key="explore_neighbours", alt=alt)
    st.caption("Label · distance between the pixels on the 0–1 scale. A thick frame marks another label.")
