"""One image, read by a run as it was at each place of its training: its probabilities, and which place is shown."""

import hashlib
from collections.abc import Iterator
from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.replay import Learned, nearest_place
from core.errors import RunError
from core.figures.probabilities import probability_frame, unknown_frame
from core.models.numpy_model import NumpyModel
from ui.digits.asked import Earlier
from ui.live.place import place_at_rest
from ui.live.replay import Frames, place_in_url
from ui.results.replay import kept_paths, places_of
from ui.shell.earlier import earlier_network, size_of

_MOST_BYTES: Final = 64_000_000
"""Of networks that are held to read one more image; of larger ones every second, third … place is asked."""
_NOT_KEPT: Final = "Its weights at this point were not kept."


def answer_frames(
    run: Learned, image: NDArray[np.uint8], newest: NDArray[np.float32], *, true_label: int | None = None
) -> Frames:
    """What the bars of an image's probabilities show at each place; a sentence where its weights are not kept.

    Parameters
    ----------
    image
        uint8 ``(28, 28)``, as the network gets it.
    newest
        Probabilities ``(K,)`` that the bars show by themselves.
    """
    paths = kept_paths(run.run_id)
    asked = tuple((place.name, paths.get((place.step, place.epoch), "")) for place in places_of(run))
    key = hashlib.sha256(image.tobytes()).hexdigest(), hashlib.sha256(newest.tobytes()).hexdigest(), true_label
    return _frames(run.run_id, asked, key, image, newest)


def place_shown(run: Learned, *, key: str) -> Earlier | None:
    """The place that the control of a run rests at; None at its end. What calls this is drawn again at another."""
    places = places_of(run)
    if len(places) < 2:
        return None
    wanted = place_in_url()
    start = None if wanted is None else nearest_place(places, wanted)
    name = place_at_rest(run.run_id, key=key, start="" if start is None or start is places[-1] else start.name)
    place = next((place for place in places[:-1] if place.name == name), None)
    if place is None:
        return None
    return Earlier(place.words, kept_paths(run.run_id).get((place.step, place.epoch), ""))


@st.cache_resource(max_entries=64, show_spinner=False)
def _frames(
    run_id: str,
    asked: tuple[tuple[str, str], ...],
    key: tuple[str, str, int | None],
    _image: NDArray[np.uint8],
    _newest: NDArray[np.float32],
) -> Frames:
    found = {name: unknown_frame(_NOT_KEPT) for name, _ in asked}
    for name, network in _models(asked):
        probabilities = network.probabilities(_image[None])[0]
        found[name] = probability_frame(probabilities, _newest, network.class_names, true_label=key[2])
    return Frames(run_id, found)


def _models(asked: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, NumpyModel]]:
    """The networks at places of a run, of as many as may be held; those that are gone meanwhile are left out."""
    stride = 0
    for number, (name, path) in enumerate((name, path) for name, path in asked if path):
        if stride and number % stride:
            continue
        try:
            network = earlier_network(path)
        except RunError:
            continue
        stride = stride or max(1, -(-len(asked) * size_of(network) // _MOST_BYTES))
        yield name, network
