"""Inside, digits as a layer sees them: a map on which those lie close together that make it say the same."""

from functools import partial

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.embedding import pca_points
from core.analysis.percent import probability_percent
from core.analysis.tsne import TsneSoFar, tsne_part, tsne_parts
from core.data.dataset import ImageDataset
from core.errors import DigitLabError
from core.explain.activation_map import (
    MAP_DIGITS,
    Grouping,
    LayerMap,
    grouped,
    layer_rows,
    mapped_layers,
    read_layer_map,
)
from core.explain.kept_results import write_result
from core.figures.digit_map import digit_map
from core.figures.sheet import picture_sheet
from core.runs.records import Run
from ui.digits.gallery import show_gallery
from ui.digits.map import LASSO_HINT, choose_box, counts_of, lassoed, show_points
from ui.inside.map_path import map_frames, map_path, show_way_of_map
from ui.inside.measured import Part, has_images, show_measured, validation_sample
from ui.live.kept import kept_figure
from ui.shell.columns import side_by_side
from ui.shell.measurement import Prepared
from ui.shell.page import show_error
from ui.shell.resources import model
from ui.shell.terms import explained
from ui.shell.url import choice, linked
from ui.shell.url_table import PARAMETERS

LAYER, LAYOUT, COLOURS = "map_layer", "layout", "colours"
_ACROSS, _UPWARDS = "spot_across", "spot_upwards"
_KEY = "activation_map"
_MOST_SHOWN, _KEPT, _SEED = 60, 12, 0


def show_activation_map(run: Run) -> None:
    """The map of a layer, coloured as is chosen, and the digits inside the lasso."""
    st.header("Digits as a layer sees them", anchor=False, help=explained("PCA", "t-SNE"))
    st.caption(
        "Each point is a validation image, placed by the layer’s activations: images with similar activations lie "
        "close together. From layer to layer, the classes usually separate."
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        layer = _choose_layer(run)
        layout = st.segmented_control("Layout", required=True, **choice(LAYOUT))
        by: Grouping = st.segmented_control("Colours", required=True, **choice(COLOURS))
    if not has_images(run):
        return
    try:
        images = validation_sample(run, MAP_DIGITS)
        _show(run, images, layer, layout, by)
    except DigitLabError as error:
        show_error(error)


def _choose_layer(run: Run) -> int:
    names = mapped_layers(run.config)
    default = str(max(1, len(names) - 2))

    def parse(text: str) -> str:
        if text not in map(str, range(len(names))):
            raise ValueError(text)
        return text

    sentence = f"The layer to map must be a number from 0 to {len(names) - 1}, not “{{value}}”."
    chosen: str = st.selectbox(
        "Layer",
        list(map(str, range(len(names)))),
        format_func=lambda number: names[int(number)],
        **linked(LAYER, parse, default, sentence),
    )
    return int(chosen)


def _show(run: Run, images: ImageDataset, layer: int, layout: str, by: Grouping) -> None:
    points = _pca(run.run_id, run.version, layer, images)
    if layout == "tsne":
        made = _tsne(run, images, layer)
        layout, points = ("tsne", made) if made is not None else ("pca", points)
    probabilities = _probabilities(run.run_id, run.version, images)
    path = map_path(run, images, layer) if layout == "pca" else None
    groups, words = grouped(by, images, probabilities), PARAMETERS[LAYOUT].words[layout]
    name, which = mapped_layers(run.config)[layer], f"{run.run_id} {run.version}"
    left, right = side_by_side(3, 2, key="activation_map_columns")
    with left:
        figure = kept_figure(
            digit_map,
            points,
            groups.numbers,
            groups.names,
            title=name,
            selected=lassoed(_KEY, which),
            hover=_hover(run.run_id, run.version, path is not None, images, probabilities),
        )
        show_points(
            figure,
            _sheet(run.run_id, run.version, images),
            key=_KEY,
            images=which,
            alt=f"Map of {len(images):,} validation images by {words} of {name.lower()}, coloured by "
            f"{PARAMETERS[COLOURS].words[by].lower()}.",
            revision=f"{which} {layer} {layout}",
            frames=None if path is None else map_frames(run, layer, by, figure.figure, path),
        )
        if layout == "pca":
            show_way_of_map(run, images, layer, by)
        box = choose_box(points, _ACROSS, _UPWARDS)
    with right:
        _show_chosen(images, probabilities, np.array(lassoed(_KEY, which) or box, dtype=np.int64))


def _show_chosen(images: ImageDataset, probabilities: NDArray[np.float32], chosen: NDArray[np.int64]) -> None:
    if not len(chosen):
        st.info(LASSO_HINT, icon=":material/lasso_select:")
        return
    inside, said = images.subset(chosen), probabilities[chosen]
    misread = int((said.argmax(axis=1) != inside.labels).sum())
    st.markdown(
        f"**{len(inside):,} chosen**, {misread:,} of them misread · {counts_of(inside.labels, inside.class_names)}"
    )
    shown = inside.subset(np.arange(min(len(inside), _MOST_SHOWN)))
    show_gallery(
        shown.images,
        _texts(shown, said),
        key="activation_map_chosen",
        alt=f"{len(shown)} of the {len(inside)} chosen images in a grid.",
        columns=8,
    )
    if len(shown) < len(inside):
        st.caption(f"The first {len(shown)} are shown.")


def _texts(images: ImageDataset, probabilities: NDArray[np.float32], when: str = "") -> list[str]:
    """Label, answer and confidence of each digit, for the pointer; of those that there are probabilities for."""
    names = images.class_names
    rows = zip(images.labels, probabilities, strict=False)
    return [
        f"label {names[label]}<br>{when}read as {names[row.argmax()]}, {probability_percent(float(row.max()))}"
        for label, row in rows
    ]


def _tsne(run: Run, images: ImageDataset, layer: int) -> NDArray[np.float64] | None:
    """The points if they are there; else a worker makes them, and the page says how far it is."""
    part = Part(
        run=run,
        name=f"tsne-{layer}",
        button="Compute the t-SNE map",
        doing="A worker is computing the t-SNE map; PCA is shown until then.",
        prepare=lambda run: _prepare(run, images, layer),
        read=partial(read_layer_map, count=len(images)),
        write=write_result,
        begins=True,
    )
    found = part.measurement.result()
    if found is None:
        show_measured(part, lambda _: None)
    return None if found is None else found.points


def _prepare(run: Run, images: ImageDataset, layer: int) -> Prepared:
    rows = layer_rows(model(run.run_id), images.images, layer)

    def finish(found: list[TsneSoFar]) -> LayerMap:
        return LayerMap(found[-1].points)

    return Prepared(tsne_part, (_SEED,), tsne_parts(rows), finish, carries=True)


# ``version`` is part of the cache's keys and nothing else; the images follow from the run.
@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _pca(run_id: str, version: str, layer: int, _images: ImageDataset) -> NDArray[np.float64]:  # noqa: ARG001
    return pca_points(layer_rows(model(run_id), _images.images, layer))


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _probabilities(run_id: str, version: str, _images: ImageDataset) -> NDArray[np.float32]:  # noqa: ARG001
    return model(run_id).probabilities(_images.images)


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _hover(
    run_id: str,  # noqa: ARG001
    version: str,  # noqa: ARG001
    moves: bool,
    _images: ImageDataset,
    _probabilities: NDArray[np.float32],
) -> list[str]:
    return _texts(_images, _probabilities, when="after the last epoch " if moves else "")


@st.cache_resource(max_entries=_KEPT, show_spinner=False)
def _sheet(run_id: str, version: str, _images: ImageDataset) -> bytes:  # noqa: ARG001
    return picture_sheet(_images.images)
