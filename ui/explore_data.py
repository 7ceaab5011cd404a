"""What Explore shows, computed once for all sessions of the server."""

import time
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.embedding import class_centres, pca_map, sample_positions, tsne_map
from core.analysis.map_cache import read_map, write_map
from core.analysis.neighbours import nearest_neighbours, squared_lengths
from core.analysis.samples import (
    ClassBalance,
    ClassImages,
    InkMeasures,
    IntensityHistogram,
    Sample,
    class_balance,
    class_images,
    ink_measures,
    intensity_histogram,
    split_named,
)
from core.data.dataset import ImageDataset
from ui.resources import engine, settings, splits

MapLayout = Literal["PCA", "t-SNE"]
MAP_SEED = 0


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Training images near one image, nearest first: positions in the training split and distances (0 … 28)."""

    positions: NDArray[np.int64]
    distances: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MapWork:
    """A map that a worker is making, and since when (seconds of the monotonic clock)."""

    future: Future[NDArray[np.float64]]
    since: float = field(default_factory=time.monotonic)


@st.cache_resource(show_spinner=False)
def measures_of(split_name: str) -> InkMeasures:
    """Ink and slant of the images of a split."""
    return ink_measures(split_named(splits(), split_name).images)


@st.cache_resource(show_spinner=False)
def balance_of_splits() -> ClassBalance:
    """Images of each class in each split."""
    return class_balance(splits())


@st.cache_resource(show_spinner=False)
def class_images_of(split_name: str) -> ClassImages:
    """Mean and standard deviation image of each class of a split."""
    return class_images(split_named(splits(), split_name))


@st.cache_resource(show_spinner=False)
def histogram_of(split_name: str) -> IntensityHistogram:
    """Pixel values of a split, with the normalisation of the training split."""
    return intensity_histogram(split_named(splits(), split_name), splits().normalisation)


def neighbours_of(sample: Sample, count: int) -> Neighbours:
    """The nearest training images of an image, without the image itself."""
    return _neighbours_of(sample.split_name, sample.index, count, sample)


@st.cache_resource(show_spinner=False)
def map_sample(split_name: str) -> ImageDataset:
    """The digits that the map of a split shows."""
    dataset = split_named(splits(), split_name)
    return dataset.subset(sample_positions(dataset.labels, seed=MAP_SEED))


@st.cache_resource(show_spinner=False)
def pca_points(split_name: str) -> NDArray[np.float64]:
    """The map by PCA, at once."""
    return pca_map(map_sample(split_name).images)


def tsne_points(split_name: str) -> NDArray[np.float64] | None:
    """The map by t-SNE if it was made before, by this server or an earlier one.

    Raises
    ------
    Exception
        What the worker raised, once; the next request starts anew.
    """
    works = _map_works()
    work = works.get(split_name)
    if work is None:
        return _stored_map(split_name)
    if not work.future.done():
        return None
    try:
        points = work.future.result()
    finally:
        works.pop(split_name, None)
    write_map(_map_file(split_name), points)
    _stored_map.clear()
    tsne_centres.clear()
    return points


def tsne_seconds(split_name: str) -> float | None:
    """Seconds since a worker was asked for the map; None if none is at it any more."""
    work = _map_works().get(split_name)
    return None if work is None or work.future.done() else time.monotonic() - work.since


def start_tsne(split_name: str) -> None:
    """Have a worker make the map by t-SNE, unless one is at it."""
    if split_name not in _map_works():
        images = map_sample(split_name).images
        _map_works()[split_name] = MapWork(engine().analyse(tsne_map, images, MAP_SEED))


@st.cache_resource(show_spinner=False)
def tsne_centres(split_name: str) -> NDArray[np.float64] | None:
    """Where the name of each class stands on the map by t-SNE, once it is there."""
    sample, points = map_sample(split_name), _stored_map(split_name)
    return None if points is None else class_centres(points, sample.labels, len(sample.class_names))


@st.cache_resource(show_spinner=False)
def _training_lengths() -> NDArray[np.float32]:
    return squared_lengths(splits().train.images)


@st.cache_resource(show_spinner=False, max_entries=512)
def _neighbours_of(split_name: str, index: int, count: int, _sample: Sample) -> Neighbours:
    train = splits().train
    positions, distances = nearest_neighbours(_sample.image, train.images, count + 1, lengths=_training_lengths())
    itself = (train.file_indices[positions] == index) & (split_name == "Training")
    return Neighbours(positions[~itself][:count], distances[~itself][:count])


@st.cache_resource(show_spinner=False)
def _map_works() -> dict[str, MapWork]:
    """What workers are making, by split; shared by all sessions."""
    return {}


@st.cache_resource(show_spinner=False)
def _stored_map(split_name: str) -> NDArray[np.float64] | None:
    return read_map(_map_file(split_name), len(map_sample(split_name)))


def _map_file(split_name: str) -> Path:
    return settings().home / "cache" / f"tsne-{map_sample(split_name).digest[:16]}-{MAP_SEED}.npy"
