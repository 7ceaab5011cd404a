"""What Explore shows, computed once for all sessions of the server."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.browsing import Sample
from core.analysis.embedding import class_centres, pca_map, pixel_rows, sample_positions
from core.analysis.ink_measures import InkMeasures, ink_measures
from core.analysis.map_cache import read_map, write_map
from core.analysis.neighbours import nearest_neighbours, squared_lengths
from core.analysis.pixels import ClassImages, IntensityHistogram, class_images, intensity_histogram
from core.analysis.tsne import TSNE_PARTS, TsneSoFar, tsne_part
from core.data.dataset import ImageDataset
from core.figures.sheet import picture_sheet
from ui.choices.dataset import whole_splits
from ui.shell.resources import settings
from ui.shell.series import Series, find_series, start_series, stop_series

_KEPT = 12
MAP_SEED = 0


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Training images near one image, nearest first: positions in the training split and distances (0 … 28)."""

    positions: NDArray[np.int64]
    distances: NDArray[np.float64]


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def measures_of(dataset: str, split_name: str) -> InkMeasures:
    """Ink and slant of the images of a split."""
    return ink_measures(whole_splits(dataset).named(split_name).images)


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def class_images_of(dataset: str, split_name: str) -> ClassImages:
    """Mean and standard deviation image of each class of a split."""
    return class_images(whole_splits(dataset).named(split_name))


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def histogram_of(dataset: str, split_name: str) -> IntensityHistogram:
    """Pixel values of a split, with the normalisation of the training split."""
    parts = whole_splits(dataset)
    return intensity_histogram(parts.named(split_name), parts.normalisation)


def neighbours_of(dataset: str, sample: Sample, count: int) -> Neighbours:
    """The nearest training images of an image, without the image itself."""
    return _neighbours_of(dataset, sample.split_name, sample.index, count, sample)


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def map_sample(dataset: str, split_name: str) -> ImageDataset:
    """The images that the map of a split shows."""
    images = whole_splits(dataset).named(split_name)
    return images.subset(sample_positions(images.labels, seed=MAP_SEED))


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def map_sheet(dataset: str, split_name: str) -> bytes:
    """The images of a map in one PNG, in the order of the sample."""
    return picture_sheet(map_sample(dataset, split_name).images)


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def pca_points(dataset: str, split_name: str) -> NDArray[np.float64]:
    """The map by PCA, at once."""
    return pca_map(map_sample(dataset, split_name).images)


def tsne_points(dataset: str, split_name: str) -> NDArray[np.float64] | None:
    """The map by t-SNE if it was made before, by this server or an earlier one."""
    stored = _stored_map(dataset, split_name)
    series = find_tsne(dataset, split_name)
    if stored is not None or series is None or not series.is_done:
        return stored
    points: NDArray[np.float64] = series.result
    write_map(_map_file(dataset, split_name), points)
    _stored_map.clear()
    tsne_centres.clear()
    return points


def find_tsne(dataset: str, split_name: str) -> Series | None:
    """The work on the map by t-SNE, if a worker was asked for it."""
    return find_series(_map_key(dataset, split_name))


def start_tsne(dataset: str, split_name: str) -> None:
    """Have a worker make the map by t-SNE, unless one is at it or has made it."""

    def finish(found: list[TsneSoFar]) -> NDArray[np.float64]:
        return found[-1].points

    shared = pixel_rows(map_sample(dataset, split_name).images), MAP_SEED
    start_series(_map_key(dataset, split_name), tsne_part, shared, TSNE_PARTS, finish, carries=True)


def stop_tsne(dataset: str, split_name: str) -> None:
    """Ask for no more of it."""
    stop_series(_map_key(dataset, split_name))


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def tsne_centres(dataset: str, split_name: str) -> NDArray[np.float64] | None:
    """Where the name of each class is on the map by t-SNE, once it is there."""
    sample, points = map_sample(dataset, split_name), _stored_map(dataset, split_name)
    return None if points is None else class_centres(points, sample.labels, len(sample.class_names))


@st.cache_resource(show_spinner=False, max_entries=3)
def _training_lengths(dataset: str) -> NDArray[np.float32]:
    return squared_lengths(whole_splits(dataset).train.images)


@st.cache_resource(show_spinner=False, max_entries=512)
def _neighbours_of(dataset: str, split_name: str, index: int, count: int, _sample: Sample) -> Neighbours:
    train = whole_splits(dataset).train
    lengths = _training_lengths(dataset)
    positions, distances = nearest_neighbours(_sample.image, train.images, count + 1, lengths=lengths)
    itself = (train.file_indices[positions] == index) & (split_name == "Training")
    return Neighbours(positions[~itself][:count], distances[~itself][:count])


@st.cache_resource(show_spinner=False, max_entries=_KEPT)
def _stored_map(dataset: str, split_name: str) -> NDArray[np.float64] | None:
    return read_map(_map_file(dataset, split_name), len(map_sample(dataset, split_name)))


def _map_file(dataset: str, split_name: str) -> Path:
    return settings().home / "cache" / f"tsne-{map_sample(dataset, split_name).digest[:16]}-{MAP_SEED}.npy"


def _map_key(dataset: str, split_name: str) -> str:
    return f"t-SNE {map_sample(dataset, split_name).digest} {MAP_SEED}"
