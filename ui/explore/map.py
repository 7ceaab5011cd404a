"""Explore, Map: digits as points, and a lasso to choose some."""

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.embedding import class_centres
from core.data.dataset import ImageDataset
from core.figures.digit_map import digit_map
from ui.digits.gallery import show_gallery
from ui.digits.map import LASSO_HINT, choose_box, counts_of, lassoed, show_points
from ui.explore.browse import hover_texts
from ui.explore.data import (
    map_sample,
    map_sheet,
    pca_points,
    tsne_of,
)
from ui.explore.filters import BROWSE, LAYOUT, VIEW, choose_index
from ui.live.kept import kept_figure
from ui.shell.columns import side_by_side
from ui.shell.measurement import Measurement, begin, show_running, show_start
from ui.shell.polling import show_polled
from ui.shell.url import choice, go_to
from ui.shell.url_table import PARAMETERS
from ui.shell.words import escape_markdown, item

_PCA, _TSNE = PARAMETERS[LAYOUT].words.values()
_MOST_SHOWN = 80
_KEY = "explore_map"
_ACROSS, _UPWARDS = "map_across", "map_upwards"


def show_map(dataset: str, split_name: str) -> None:
    """The choice of a layout, the map, and the images inside the lasso."""
    head = st.container(horizontal=True, vertical_alignment="bottom", gap="medium")
    with head:
        layout = _choose_layout()
    sample = map_sample(dataset, split_name)
    points = pca_points(dataset, split_name) if layout == _PCA else _tsne(dataset, split_name)
    if points is None:
        layout, points = _PCA, pca_points(dataset, split_name)
    head.markdown(f"**{len(sample):,} {split_name.lower()} {item(sample.class_names)}s by {layout}**")
    left, right = side_by_side(3, 2, key="explore_map_columns")
    images = f"{dataset} {split_name}"
    with left:
        centres = class_centres(points, sample.labels, len(sample.class_names)) if layout == _TSNE else None
        figure = kept_figure(
            digit_map,
            points,
            sample.labels,
            sample.class_names,
            title=f"Map by {layout}",
            centres=centres,
            selected=lassoed(_KEY, images),
            hover=hover_texts(sample),
        )
        show_points(
            figure,
            map_sheet(dataset, split_name),
            key=_KEY,
            images=images,
            alt=f"Map by {layout}: each point is an image, coloured by label; those that look alike lie together.",
            revision=f"{images} {layout}",
        )
        box = choose_box(points, _ACROSS, _UPWARDS)
        chosen = np.array(lassoed(_KEY, images) or box, dtype=np.int64)
    with right:
        _show_chosen(sample, chosen)


def _choose_layout() -> str:
    """The layout by the name that people read."""
    chosen = st.segmented_control(
        "Layout",
        required=True,
        help="PCA shows the two directions in which the images differ most. "
        "t-SNE keeps images with similar pixels close together; distances between far clusters mean little.",
        **choice(LAYOUT),
    )
    return PARAMETERS[LAYOUT].words[chosen]


def _tsne(dataset: str, split_name: str) -> NDArray[np.float64] | None:
    """The points if they are there; else a worker makes them and the page says how far it is."""
    measurement = tsne_of(dataset, split_name)
    points = measurement.result()
    if points is None:
        begin(measurement)
        show_polled(_show_progress, measurement, dataset, split_name, busy=lambda: measurement.is_running)
    return points


def _show_progress(measurement: Measurement[NDArray[np.float64]], dataset: str, split_name: str) -> None:
    """How far the worker is; the rest of the page stays usable."""
    doing = (
        f"A worker is computing the t-SNE map of {len(map_sample(dataset, split_name)):,} images; PCA is shown until "
        "then."
    )
    if not show_running(measurement, doing, key="explore_tsne_stop", failed="The t-SNE map could not be made"):
        show_start(measurement, "Compute the t-SNE map", key="explore_tsne_start")


def _show_chosen(sample: ImageDataset, chosen: NDArray[np.int64]) -> None:
    """The chosen digits, what they are, and a way to look at one closely."""
    if not len(chosen):
        st.info(LASSO_HINT, icon=":material/lasso_select:")
        return
    inside = sample.subset(chosen)
    st.markdown(
        f"**{len(inside):,} {item(inside.class_names)}s chosen** · {counts_of(inside.labels, inside.class_names)}"
    )
    shown = inside.subset(np.arange(min(len(inside), _MOST_SHOWN)))
    place = show_gallery(
        shown.images,
        hover_texts(shown),
        key="explore_chosen",
        alt=f"{len(shown)} of the {len(inside)} chosen images in a grid.",
        columns=8,
    )
    if len(shown) < len(inside):
        st.caption(f"The first {len(shown)} are shown.")
    if place is None:
        st.caption("Click one to look at it closely.")
        return
    index = int(shown.file_indices[place])
    name = shown.class_names[shown.labels[place]]
    st.button(
        f"Look closely at the {escape_markdown(name)} with index {index:,}", on_click=_look_closely, args=(index,)
    )


def _look_closely(index: int) -> None:
    choose_index(index)
    go_to(VIEW, BROWSE, PARAMETERS[VIEW].default)
