"""The training images that a network sees as most alike: near in what its last hidden layer says."""

import streamlit as st

from core.data.dataset import ImageDataset
from core.explain.hidden_space import HiddenSpace, evenly_chosen, has_hidden_layer, hidden_space, joined, last_hidden
from ui.digits.asked import Asked, training_images
from ui.digits.changes import IMAGES_GONE
from ui.digits.gallery import show_gallery
from ui.shell.measurement import Measurement, Prepared, begin, show_running, show_start
from ui.shell.polling import show_polled
from ui.shell.words import item

_NEAREST = 10
_PART = 500
"""Images that a worker passes through the network before it can be stopped."""


def show_hidden_neighbours(asked: Asked) -> None:
    """The nearest of some thousand training images; a worker asks the network about these once."""
    train = training_images(asked.run)
    if train is None:
        st.info(IMAGES_GONE, icon=":material/delete:")
        return
    begin(_space(asked, train))
    show_polled(_show, asked, train, busy=lambda: _space(asked, train).is_running)


def _space(asked: Asked, train: ImageDataset) -> Measurement[HiddenSpace]:
    """Kept in memory alone, by weights: it is had again sooner than it is read."""
    key = f"hidden space {' '.join(asked.network)}"

    def prepare() -> Prepared:
        images = train.images[evenly_chosen(len(train))]
        parts = [images[start : start + _PART] for start in range(0, len(images), _PART)]
        return Prepared(hidden_space, (asked.model,), parts, joined)

    return Measurement(key, prepare)


def _show(asked: Asked, train: ImageDataset) -> None:
    measured, what = _space(asked, train), item(asked.names)
    doing = f"A worker is passing the training {what}s through the network."
    if show_running(measured, doing, key="stop_neighbours", failed="The neighbours could not be found"):
        return
    space = measured.result()
    if space is None:
        show_start(measured, "Find them", key="find_neighbours")
        return
    network = asked.model
    near, distances = space.nearest(last_hidden(network, asked.image[None])[0], _NEAREST)
    positions = evenly_chosen(len(train))[near]
    labels = [train.class_names[label] for label in train.labels[positions]]
    show_gallery(
        train.images[positions],
        [f"label {label}, distance {distance:.3f}" for label, distance in zip(labels, distances, strict=True)],
        key="why_neighbours",
        alt=f"The {len(labels)} nearest training {what}s as the network sees them, labelled {', '.join(labels)}",
        captions=labels,
    )
    where = "by the activations of its last hidden layer" if has_hidden_layer(network) else "by their pixels"
    asked_of = "all" if len(space.points) == len(train) else f"{len(space.points):,} of"
    st.caption(
        f"Nearest {where}, by angle, among {asked_of} {len(train):,} training {what}s, with their labels. "
        f"{'' if has_hidden_layer(network) else 'This network has no hidden layer: it sees the pixels themselves. '}"
        "Neighbours with another label show what the network considers similar."
    )
