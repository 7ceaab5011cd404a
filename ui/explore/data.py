"""What Explore shows, computed once for all sessions of the server."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.browsing import Sample
from core.analysis.embedding import pca_map, sample_positions
from core.analysis.ink_measures import InkMeasures, ink_measures
from core.analysis.map_cache import read_map, write_map
from core.analysis.neighbours import nearest_neighbours, squared_lengths
from core.analysis.pixels import ClassImages, IntensityHistogram, class_images, intensity_histogram
from core.analysis.tsne import TsneSoFar, tsne_part, tsne_parts
from core.data.dataset import ImageDataset
from core.figures.sheet import picture_sheet
from ui.choices.dataset import whole_splits
from ui.shell.measurement import Kept, Measurement, Prepared
from ui.shell.resources import settings

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


def tsne_of(dataset: str, split_name: str) -> Measurement[NDArray[np.float64]]:
    """The map by t-SNE, which a worker makes."""
    sample = map_sample(dataset, split_name)

    def prepare() -> Prepared:
        def finish(found: list[TsneSoFar]) -> NDArray[np.float64]:
            return found[-1].points

        return Prepared(tsne_part, (MAP_SEED,), tsne_parts(sample.images), finish, carries=True)

    def read(path: Path) -> NDArray[np.float64] | None:
        return read_map(path, len(sample))

    path = settings().home / "cache" / f"tsne-{sample.digest[:16]}-{MAP_SEED}.npy"
    return Measurement(f"t-SNE {sample.digest} {MAP_SEED}", prepare, Kept(path, read, write_map))


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
