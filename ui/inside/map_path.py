"""Inside: the map of a layer follows the control once a worker has looked at every kept place of the run."""

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from core.analysis.embedding import Projection
from core.data.dataset import ImageDataset
from core.explain.activation_map import Grouping, layer_rows
from core.explain.kept_results import write_result
from core.explain.map_path import MOST_PLACES, MapPath, points_at, read_path
from core.explain.moments import evenly
from core.figures.digit_map import map_frame
from core.runs.records import Run
from ui.inside.measured import Part, show_measured
from ui.live.replay import Frames
from ui.results.replay import kept_paths, places_of
from ui.shell.earlier import earlier_network
from ui.shell.measurement import Prepared
from ui.shell.resources import model


def map_path(run: Run, images: ImageDataset, layer: int) -> MapPath | None:
    """Where the digits lay at earlier places, if a worker has computed it."""
    path = _part(run, images, layer).measurement.result() if _can_follow(run, layer) else None
    return path if path is not None and path.points.shape[1] == len(images) else None


@st.cache_resource(max_entries=8, show_spinner=False)
def _frames(key: str, places: tuple[tuple[str, float], ...], _figure: go.Figure, _path: MapPath) -> Frames:
    run_id = key.split()[0]
    found = {name: points for name, position in places if (points := _path.at(position)) is not None}
    return Frames(run_id, {name: map_frame(_figure, points) for name, points in found.items()})


def map_frames(run: Run, layer: int, by: Grouping, figure: go.Figure, path: MapPath) -> Frames:
    """The points at each place; ``figure`` is the map at the end, coloured by this."""
    key = f"{run.run_id} {run.version} {layer} {by}"
    return _frames(key, tuple((place.name, place.position) for place in places_of(run)), figure, path)


def show_way_of_map(run: Run, images: ImageDataset, layer: int, by: Grouping) -> None:
    """What is drawn of earlier places, or the way to it."""
    if _can_follow(run, layer):
        show_measured(_part(run, images, layer), lambda _: _say(by))


def _say(by: Grouping) -> None:
    colours = "" if by == "label" else " Colours are those after the last epoch."
    st.caption(f"The map follows the control at the top, seen along the directions of the last epoch.{colours}")


def _can_follow(run: Run, layer: int) -> bool:
    """Pixels are the same at every place."""
    is_pixels = layer == 0 and run.config.architecture != "cnn"
    return not is_pixels and len(kept_paths(run.run_id)) > 1


def _part(run: Run, images: ImageDataset, layer: int) -> Part[MapPath]:
    return Part(
        run=run,
        name=f"map-path-{layer}",
        button="Make the map follow",
        doing="A worker examines the layer after each kept epoch.",
        prepare=lambda run: _prepare(run, images, layer),
        read=read_path,
        write=write_result,
    )


def _prepare(run: Run, images: ImageDataset, layer: int) -> Prepared:
    kept = kept_paths(run.run_id)
    places = [place for place in places_of(run) if (place.step, place.epoch) in kept]
    chosen = evenly(places, MOST_PLACES)
    projection = Projection.of(layer_rows(model(run.run_id), images.images, layer))
    networks = [earlier_network(kept[place.step, place.epoch]) for place in chosen]
    positions = np.array([place.position for place in chosen])

    def finish(points: list[NDArray[np.float32]]) -> MapPath:
        return MapPath(positions, np.stack(points))

    return Prepared(points_at, (images.images, layer, projection), networks, finish)
