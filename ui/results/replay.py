"""A training run again, place by place: what its figures show at each, and the control that moves them all."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from core.analysis.percent import percent
from core.analysis.replay import Learned, ReplayPlace, nearest_place, replay_places
from core.data.dataset import IMAGE_SIDE
from core.errors import RunError
from core.figures.addresses import png_address, webp_address
from core.figures.confusion import confusion_frame, unmeasured_frame
from core.figures.curves import place_frame
from core.figures.weights import weight_frame, weight_montage
from core.models.numpy_model import NumpyModel
from ui.live.convolutions import convolutions_address
from ui.live.curves import CurveView, choose_curve_view
from ui.live.network import Replayed, network_address
from ui.live.replay import Frames, Stop, place_in_url, show_replay
from ui.shell.earlier import earlier_network
from ui.shell.resources import run_store

_MOST_PICTURES, _MOST_LIVE_PICTURES = 24, 12
"""Pictures of weights that a browser is sent of one run, the second after every epoch of one that is going on.

Between them the nearest earlier one is shown.
"""
_NOW = Stop("now", "now")


def show_run_replay(run: Learned, key: str) -> None:
    """The control of the place in the run, and how its curves are drawn."""
    with st.container(horizontal=True, vertical_alignment="center"):
        show_places(run, key)
        with st.popover("Axes", icon=":material/tune:", key=f"{key}_axes", width="content"):
            choose_curve_view()


def show_places(run: Learned, key: str) -> None:
    """Play, pause and a slider over the early snapshots and epochs of the run: every figure with frames follows it."""
    places, wanted = places_of(run), place_in_url()
    start = None if wanted is None else nearest_place(places, wanted)
    show_replay(
        run.run_id,
        replay_stops(run),
        key=f"{key}_replay",
        start=None if start is None or start is places[-1] else start.name,
        empty=_why_empty(run),
    )
    if len(places) > 1 and not run.status.is_active and not kept_paths(run.run_id):
        st.caption(
            "The weights of earlier places were removed to stay within the space for weights: what was measured then "
            "follows the control, networks do not."
        )


def replay_stops(run: Learned) -> list[Stop]:
    """Where the slider can go; at the end of a run under way it follows the run."""
    places = places_of(run)
    return [*_stops(places, kept_paths(run.run_id)), *([_NOW] if run.status.is_active and places else [])]


def curve_view() -> CurveView:
    """What was chosen in the control, which is drawn below the curves; after Back it may hold nothing for a run."""
    chosen = CurveView()
    return CurveView(
        st.session_state.get("accuracy_axis") or chosen.scale,
        st.session_state.get("smoothing") or chosen.smoothing,
        st.session_state.get("epoch_axis") or chosen.epoch_axis,
    )


def places_of(run: Learned) -> list[ReplayPlace]:
    """Every moment of the run that can be gone to."""
    return replay_places(run.early, run.epochs)


def curve_frames(run: Learned) -> Frames:
    """A line at each place."""
    places = tuple((place.name, place.position) for place in places_of(run))
    return _curve_frames(run.run_id, places)


def probe_frames(
    run: Learned, images: NDArray[np.uint8], frame: Callable[[Sequence[int], Sequence[float]], dict[str, Any]]
) -> Frames:
    """What the network read in the probe digits at each place.

    Parameters
    ----------
    images
        Of the probes, uint8 ``(N, 28, 28)``: where the answers were not kept, kept weights give them.
    frame
        Draws labels and confidences.
    """
    found = {}
    for place in places_of(run):
        answers = _answers(run.run_id, place, images)
        if answers is not None:
            found[place.name] = frame(*answers)
    return Frames(run.run_id, found)


def confusion_frames(run: Learned) -> Frames:
    """The validation confusion matrix after each epoch; before the first has ended nobody has measured one."""
    matrices = {epoch.position: epoch.confusion for epoch in run.epochs}
    places = tuple(place for place in places_of(run) if place.step is not None or place.position in matrices)
    names = run_store().summary(run.run_id).class_names
    return _confusion_frames(run.run_id, tuple(place.name for place in places), names, places, matrices)


def weight_frames(run: Learned) -> Frames:
    """The first-layer weights at each place; of many epochs, those of some."""
    places, kept = places_of(run), kept_paths(run.run_id)
    names = tuple(place.name for place in places)
    most = _MOST_LIVE_PICTURES if run.status.is_active else _MOST_PICTURES
    return _weight_frames(run.run_id, names, tuple(sorted(kept.values())), most, places, kept)


def replayed_network(run: Learned, query: str = "") -> Replayed:
    """Where the browser finds the network at each place; where its weights are not kept, at the nearest earlier one.

    Parameters
    ----------
    query
        What lights it, from :func:`ui.live.network.lit_by`.
    """
    return Replayed(run.run_id, {name: network_address(run.run_id, **place) for name, place in _kept_at(run)}, query)


def replayed_convolutions(run: Learned) -> Replayed:
    """The same of the filters of a CNN."""
    return Replayed(run.run_id, {name: convolutions_address(run.run_id, **place) for name, place in _kept_at(run)})


def unit_frames(run: Learned, address: Callable[..., str], frame: Callable[[str], dict[str, Any]]) -> Frames:
    """Pictures of first-layer weights that the browser asks for at each place, kept as in :func:`replayed_network`.

    Parameters
    ----------
    address
        Called with a run’s identifier, ``step`` and ``epoch``.
    frame
        Shows what is at an address.
    """
    return Frames(run.run_id, {name: frame(address(run.run_id, **place)) for name, place in _kept_at(run)})


def _kept_at(run: Learned) -> Iterator[tuple[str, dict[str, int | None]]]:
    """Names of places, and the place itself or the nearest earlier one whose weights are kept."""
    kept, last = kept_paths(run.run_id), None
    for place in places_of(run):
        if (place.step, place.epoch) in kept:
            last = {"step": place.step, "epoch": place.epoch}
        if last is not None:
            yield place.name, last


# A run under way asks twice a second, and has something new once an epoch.
@st.cache_resource(max_entries=32, show_spinner=False)
def _curve_frames(run_id: str, places: tuple[tuple[str, float], ...]) -> Frames:
    return Frames(run_id, {name: place_frame(position) for name, position in places})


@st.cache_resource(max_entries=8, show_spinner=False)
def _confusion_frames(
    run_id: str,
    names: tuple[str, ...],  # noqa: ARG001
    class_names: tuple[str, ...],
    _places: tuple[ReplayPlace, ...],
    _matrices: dict[float, NDArray[np.int64]],
) -> Frames:
    return Frames(
        run_id,
        {
            place.name: unmeasured_frame("Measured when an epoch ends.")
            if place.step is not None
            else confusion_frame(_matrices[place.position], class_names)
            for place in _places
        },
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _weight_frames(
    run_id: str,
    names: tuple[str, ...],  # noqa: ARG001
    files: tuple[str, ...],  # noqa: ARG001
    most: int,
    _places: list[ReplayPlace],
    _kept: dict[tuple[int | None, int | None], str],
) -> Frames:
    places, kept = _places, _kept
    epochs = sum(place.step is None for place in places)
    # A power of two: while the run grows, most epochs that have a picture keep it.
    stride = 1 << ((epochs - 1) // max(1, most - (len(places) - epochs))).bit_length()
    found, last = {}, None
    for number, place in enumerate(places):
        has_own = place.step is not None or number % stride == 0 or number == len(places) - 1
        if has_own or last is None:
            last = _weight_picture(run_id, place.name, kept.get((place.step, place.epoch)))
        found[place.name] = weight_frame(last)
    return Frames(run_id, found)


def _stops(places: list[ReplayPlace], kept: Mapping[tuple[int | None, int | None], str]) -> list[Stop]:
    """With what is not kept of them; of a run without any weights on the way nothing follows, and nothing is said."""
    stops = []
    for place in places:
        said = _said(place)
        if kept and (place.step, place.epoch) not in kept:
            said += " · weights not kept"
        if place is places[0] and place.step is None:
            said += " · the start was not kept"
        stops.append(Stop(place.name, said))
    return stops


def _said(place: ReplayPlace) -> str:
    words = place.words[0].upper() + place.words[1:]
    if place.step is None:
        return f"{words} · validation accuracy {percent(place.val_accuracy)}"
    return f"{words} · validation accuracy {percent(place.val_accuracy)} on {place.val_images:,} images"


def _why_empty(run: Learned) -> str:
    if run.status.is_active:
        return "Replay: starts from the untrained network, once training has begun."
    return "Nothing to replay: how this network learned was not kept."


def _answers(run_id: str, place: ReplayPlace, images: NDArray[np.uint8]) -> tuple[list[int], list[float]] | None:
    if place.probe_predicted:
        return list(place.probe_predicted), list(place.probe_confidence)
    path = kept_paths(run_id).get((place.step, place.epoch))
    return None if path is None else _kept_answers(run_id, place.name, path, images)


def kept_places(run_id: str) -> tuple[str, ...]:
    """The files that the weights of its places are in."""
    return tuple(kept_paths(run_id).values())


def kept_paths(run_id: str) -> dict[tuple[int | None, int | None], str]:
    """Files with the weights of a place, by its batches or its epoch."""
    files = run_store().files
    early = {(step, None): str(path) for step, path in files.early_paths(run_id)}
    return early | {(None, epoch): str(path) for epoch, path in files.epoch_paths(run_id)}


@st.cache_resource(max_entries=512, show_spinner=False)
def _kept_answers(
    run_id: str,  # noqa: ARG001
    place: str,  # noqa: ARG001
    path: str,
    _images: NDArray[np.uint8],
) -> tuple[list[int], list[float]] | None:
    network = _network(path)
    return None if network is None else answers_of(network, _images)


def answers_of(network: NumpyModel, images: NDArray[np.uint8]) -> tuple[list[int], list[float]]:
    """What a network reads in each image, and how sure it is."""
    probabilities = network.probabilities(images)
    return probabilities.argmax(1).tolist(), probabilities.max(1).tolist()


@st.cache_resource(max_entries=512, show_spinner=False)
def _weight_picture(run_id: str, place: str, path: str | None) -> str | None:  # noqa: ARG001
    network = None if path is None else _network(path)
    return None if network is None else webp_address(_drawn(network.first_layer_images()))


def weight_picture(weights: NDArray[np.float32]) -> str:
    """First-layer weights, float32 ``(units, side, side)``, as the address of a picture."""
    return png_address(_drawn(weights))


def _drawn(weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Filters of a few pixels are enlarged to be seen."""
    zoom = max(1, IMAGE_SIDE // weights.shape[1])
    return weight_montage(weights.repeat(zoom, axis=1).repeat(zoom, axis=2))


def _network(path: str) -> NumpyModel | None:
    try:
        return earlier_network(path)
    except RunError:
        # Thinned out meanwhile, or damaged.
        return None
