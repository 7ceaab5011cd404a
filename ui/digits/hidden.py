"""The training images that a network sees as most alike: near in what its last hidden layer says."""

import streamlit as st

from core.data.dataset import ImageDataset
from core.explain.hidden_space import HiddenSpace, evenly_chosen, has_hidden_layer, hidden_space, last_hidden
from ui.digits.asked import Asked, training_images
from ui.digits.changes import IMAGES_GONE
from ui.digits.gallery import show_gallery
from ui.shell.background import find_work, is_running, start_work
from ui.shell.polling import show_polled
from ui.shell.words import escape_markdown, item

_NEAREST = 10


def show_hidden_neighbours(asked: Asked) -> None:
    """The nearest of some thousand training images; a worker asks the network about these once."""
    train = training_images(asked.run)
    if train is None:
        st.info(IMAGES_GONE, icon=":material/delete:")
        return
    key = f"hidden space {' '.join(asked.network)}"
    if find_work(key) is None:
        _start(asked, train, key)
    show_polled(_show, asked, train, key, busy=lambda: is_running(key))


def _start(asked: Asked, train: ImageDataset, key: str) -> None:
    start_work(key, hidden_space, asked.model, train.images[evenly_chosen(len(train))])


def _show(asked: Asked, train: ImageDataset, key: str) -> None:
    work, what = find_work(key), item(asked.names)
    if work is None or work.is_running:
        seconds = 0 if work is None else work.seconds
        st.caption(f"A worker is passing the training {what}s through the network: {seconds:.0f} s so far.")
        return
    if work.error:
        st.error(f"The neighbours could not be found: {escape_markdown(work.error)}")
        st.button("Try again", on_click=_start, args=(asked, train, key))
        return
    space: HiddenSpace = work.result
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
