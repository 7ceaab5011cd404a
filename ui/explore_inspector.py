"""Explore: one digit with its pixels and the training digits nearest to it."""

import streamlit as st

from core.analysis.samples import Sample, file_size, find_sample
from core.figures.digit import digit_heatmap
from core.figures.montage import digit_montage
from ui.explore_data import neighbours_of
from ui.explore_filters import INDEX
from ui.gallery import show_montage
from ui.resources import splits

_NEIGHBOURS = 8
_QUIET = {"displayModeBar": False}


def show_inspector(split_name: str, first: int) -> None:
    """The digit with the chosen index, or the first of the grid."""
    sample = find_sample(splits(), split_name, _choose_index(split_name, first))
    _show_sample(sample)
    _show_neighbours(sample)


def _choose_index(split_name: str, first: int) -> int:
    last = file_size(splits(), split_name) - 1
    if (st.session_state.get(INDEX) or 0) > last:
        st.session_state[INDEX] = None
    typed: int | None = st.number_input(
        "Index in the file",
        0,
        last,
        value=None,
        step=1,
        placeholder=f"{first}, the first shown",
        key=INDEX,
        bind="query-params",
        persist_state="session",
        help="Click a digit in the grid, or type its place in the published file. "
        "Training and validation images share a file.",
    )
    return first if typed is None else typed


def _show_sample(sample: Sample) -> None:
    name = splits().train.class_names[sample.label]
    st.plotly_chart(
        digit_heatmap(sample.image),
        key="explore_digit",
        alt=f"The digit with index {sample.index:,}, labelled {name}, enlarged to its 28 by 28 pixels.",
        config=_QUIET,
    )
    st.markdown(
        f"Label **{name}** · index **{sample.index:,}** · {sample.split_name.lower()} split · "
        f"ink {sample.image.mean() / 255:.1%}"
    )
    st.caption("Point at a pixel to read its value: 0 is background, 255 a full stroke.")


def _show_neighbours(sample: Sample) -> None:
    near = neighbours_of(sample, _NEIGHBOURS)
    shown = splits().train.subset(near.positions)
    names = [shown.class_names[label] for label in shown.labels]
    rows = list(zip(names, shown.file_indices, near.distances, strict=True))
    agree = int((shown.labels == sample.label).sum())
    st.markdown(f"**Nearest training digits** · {agree} of {len(rows)} have the same label")
    figure = digit_montage(
        shown.images,
        [f"label {name}<br>index {index:,}<br>distance {distance:.2f}" for name, index, distance in rows],
        columns=4,
        captions=[f"{name} · {distance:.1f}" for name, _, distance in rows],
        marks=["" if label == sample.label else "wrong" for label in shown.labels],
    )
    alt = f"The nearest training digits by distance between pixels, nearest first; their labels are {', '.join(names)}."
    show_montage(figure, key="explore_neighbours", alt=alt)
    st.caption("Label · distance between the pixels on the 0–1 scale. A thick frame marks another label.")
